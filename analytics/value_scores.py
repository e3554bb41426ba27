"""Composite value with the customers: columns of their list, a panel on their page, fields of filters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import F, FilteredRelation, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from analytics import customer_cells, publishing, score_history
from analytics.algorithms.composite import Dimension
from analytics.analyses.composite import DIMENSION_LABELS
from analytics.customer_scores import NO_RUN, asked_run_id, scores_of
from analytics.models import CompositeValue
from analytics.score_days import as_of
from customers.extensions import FilterLink, ListColumn, Panel, Registry
from customers.filters import Field
from customers.filters.expression import Moment
from customers.filters.kinds import NUMBER
from customers.filters.sources import RoundedColumn, Rows, joined_columns
from customers.models import Customer
from customers.querysets import CustomerQuerySet


def _current_id() -> int:
    run = publishing.current_runs().get("composite")
    return run.pk if run else NO_RUN


def with_value(customers: CustomerQuerySet) -> CustomerQuerySet:
    current = Q(composite_values__run_id=_current_id())
    return (
        customers.alias(composite=FilteredRelation("composite_values", condition=current))
        .alias(**joined_columns("composite", "score", "perceived"))
        .annotate(
            composite_score=F("composite__score"),
            composite_perceived=F("composite__perceived"),
            composite_customer=F("composite__customer_id"),
        )
    )


def panel(request: HttpRequest, customer: Customer) -> Mapping[str, Any] | None:
    """Left out until it has been published once."""
    run = publishing.current_runs().get("composite")
    if run is None:
        return None
    value = scores_of(customer).composite
    parts = [(DIMENSION_LABELS[name], getattr(value, name)) for name in Dimension] if value else []
    trend = score_history.trend_of_composite(customer)
    return {"run": run, "value": value, "parts": parts, "mean": run.metrics.get("mean"), "trend": trend}


def current_values(moment: Moment) -> QuerySet[Any, Any]:
    return CompositeValue._default_manager.filter(run_id=asked_run_id("composite", moment))


FIELDS = (
    Field(
        "value.score",
        gettext_lazy("Composite value, 0 to 1"),
        NUMBER,
        Rows(current_values, RoundedColumn("score"), joined_as="composite"),
    ),
    Field(
        "value.perceived",
        gettext_lazy("Perceived value, 0 to 1"),
        NUMBER,
        Rows(current_values, RoundedColumn("perceived"), joined_as="composite"),
    ),
)


def register(registry: Registry) -> None:
    registry.add(
        ListColumn(
            "composite",
            gettext_lazy("Composite value"),
            "composite_score",
            customer_cells.share,
            sort="composite_score",
            sort_beside="composite_customer",
            joined="composite",
            numeric=True,
            annotate=with_value,
            descending_first=True,
            as_of=as_of("composite"),
        ),
        ListColumn(
            "perceived",
            gettext_lazy("Perceived value"),
            "composite_perceived",
            customer_cells.share,
            numeric=True,
            annotate=with_value,
            as_of=as_of("composite"),
        ),
        Panel("composite", gettext_lazy("Composite value"), "analytics/customer/composite.html", panel),
        FilterLink("value", gettext_lazy("Their value"), "chart-pie", "analytics:group_value"),
    )
