"""Expected purchases with the customers: columns of their list, a panel on their page, fields of filters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import F, FilteredRelation, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from analytics import customer_cells, publishing, score_history
from analytics.analyses.clv import MODELS
from analytics.customer_scores import NO_RUN, asked_run_id, scores_of
from analytics.models import LifetimeValue
from analytics.score_days import as_of
from customers import cells, plain_cells
from customers.extensions import Label, ListColumn, Panel, Registry
from customers.filters import Field
from customers.filters.expression import Moment
from customers.filters.kinds import DATE, MONEY, NUMBER, Kind
from customers.filters.sources import Column, MinorColumn, RoundedColumn, Rows, joined_columns
from customers.models import Customer
from customers.querysets import CustomerQuerySet


def with_lifetime_value(customers: CustomerQuerySet) -> CustomerQuerySet:
    run = publishing.current_runs().get("clv")
    current = Q(lifetime_values__run_id=run.pk if run else NO_RUN)
    return (
        customers.alias(clv=FilteredRelation("lifetime_values", condition=current))
        .alias(
            **joined_columns(
                "clv", "expected_spend_12m_minor", "expected_purchases_12m", "alive_probability", "next_purchase_date"
            )
        )
        .annotate(
            clv_spend=F("clv__expected_spend_12m_minor"),
            clv_alive=F("clv__alive_probability"),
            clv_next=F("clv__next_purchase_date"),
            clv_customer=F("clv__customer_id"),
        )
    )


def panel(request: HttpRequest, customer: Customer) -> Mapping[str, Any] | None:
    """Left out until the model has been published once."""
    run = publishing.current_runs().get("clv")
    if run is None:
        return None
    # Runs of before the models were judged apart hold other things under these names, or nothing.
    told = [run.fitted.get(target) for target in ("purchases", "spend")]
    used = [each if isinstance(each, str) else run.fitted["model"] for each in told]
    return {
        "run": run,
        "value": scores_of(customer).lifetime_value,
        "trend": score_history.trend_of_expected_spend(customer),
        # Runs of earlier versions told it by the best of all three.
        "model": MODELS[run.fitted.get("staying", run.fitted["model"])],
        "purchases_model": MODELS[used[0]],
        "spend_model": MODELS[used[1]],
    }


def current_values(moment: Moment) -> QuerySet[Any, Any]:
    return LifetimeValue._default_manager.filter(run_id=asked_run_id("clv", moment))


def _field(key: str, label: Label, kind: Kind, column: Column) -> Field:
    return Field(f"clv.{key}", label, kind, Rows(current_values, column, joined_as="clv"))


FIELDS = (
    _field("spend", _("Expected spend, 12 months"), MONEY, MinorColumn("expected_spend_12m_minor")),
    _field("purchases", _("Expected purchases, 12 months"), NUMBER, RoundedColumn("expected_purchases_12m")),
    _field("alive", _("Still a customer, 0 to 1"), NUMBER, RoundedColumn("alive_probability")),
    _field("next", _("Next purchase expected"), DATE, Column("next_purchase_date")),
)


def register(registry: Registry) -> None:
    registry.add(
        ListColumn(
            "clv_spend",
            _("Expected spend, 12 months"),
            "clv_spend",
            customer_cells.money,
            sort="clv_spend",
            sort_beside="clv_customer",
            joined="clv",
            numeric=True,
            annotate=with_lifetime_value,
            descending_first=True,
            plain=plain_cells.money,
            as_of=as_of("clv"),
        ),
        ListColumn(
            "clv_alive",
            _("Still a customer"),
            "clv_alive",
            customer_cells.share,
            sort="clv_alive",
            sort_beside="clv_customer",
            joined="clv",
            numeric=True,
            annotate=with_lifetime_value,
            as_of=as_of("clv"),
        ),
        ListColumn(
            "clv_next",
            _("Next purchase expected"),
            "clv_next",
            cells.day,
            sort="clv_next",
            sort_beside="clv_customer",
            joined="clv",
            annotate=with_lifetime_value,
            as_of=as_of("clv"),
        ),
        Panel("clv", _("What to expect"), "analytics/customer/lifetime_value.html", panel),
    )
