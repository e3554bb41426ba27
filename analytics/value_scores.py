"""Composite value with the customers: columns of their list, a panel on their page, fields of filters, groups."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import F, FilteredRelation, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Team
from analytics import customer_cells, publishing, segments, summaries
from analytics.algorithms.composite import INDICATORS, Dimension
from analytics.analyses.composite import DIMENSION_LABELS, INDICATOR_LABELS, weight_name
from analytics.customer_scores import NO_RUN, scores_of
from analytics.models import CompositeValue, Run
from customers.extensions import Label, ListColumn, Panel, Registry
from customers.filters import Field
from customers.filters.expression import Moment
from customers.filters.kinds import NUMBER
from customers.filters.sources import RoundedColumn, Rows
from customers.models import Customer
from customers.querysets import CustomerQuerySet

# By the names that the sums have; see `analytics.summaries`.
GROUPS: dict[str, Label] = {
    "segment": gettext_lazy("Segment"),
    "region": gettext_lazy("Region"),
    "team": gettext_lazy("Team"),
    "lifecycle": gettext_lazy("Stage"),
}
MOST_GROUPS = 20


@dataclass(frozen=True)
class GroupValue:
    """`deviation`: None of a single customer."""

    label: Label
    customers: int
    mean: float
    deviation: float | None


def _current_id() -> int:
    run = publishing.current_runs().get("composite")
    return run.pk if run else NO_RUN


def with_value(customers: CustomerQuerySet) -> CustomerQuerySet:
    current = Q(composite_values__run_id=_current_id())
    return customers.alias(composite=FilteredRelation("composite_values", condition=current)).annotate(
        composite_score=F("composite__score"),
        composite_perceived=F("composite__perceived"),
        composite_customer=F("composite__customer_id"),
    )


def panel(request: HttpRequest, customer: Customer) -> Mapping[str, Any] | None:
    """Left out until it has been published once."""
    run = publishing.current_runs().get("composite")
    if run is None:
        return None
    value = scores_of(customer).composite
    parts = [(DIMENSION_LABELS[name], getattr(value, name)) for name in Dimension] if value else []
    return {"run": run, "value": value, "parts": parts, "mean": run.metrics.get("mean")}


def current_values(moment: Moment) -> QuerySet[Any, Any]:
    return CompositeValue._default_manager.filter(run_id=publishing.current_run_id("composite") or NO_RUN)


FIELDS = (
    Field("value.score", gettext_lazy("Composite value, 0 to 1"), NUMBER, Rows(current_values, RoundedColumn("score"))),
    Field(
        "value.perceived",
        gettext_lazy("Perceived value, 0 to 1"),
        NUMBER,
        Rows(current_values, RoundedColumn("perceived")),
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
            numeric=True,
            annotate=with_value,
            descending_first=True,
        ),
        ListColumn(
            "perceived",
            gettext_lazy("Perceived value"),
            "composite_perceived",
            customer_cells.share,
            numeric=True,
            annotate=with_value,
        ),
        Panel("composite", gettext_lazy("Composite value"), "analytics/customer/composite.html", panel),
    )


# --- the page of a run ------------------------------------------------------------------------------------------------


def group_values(run: Run) -> list[tuple[Label, list[GroupValue]]]:
    """Mean and standard deviation by segment, region, team and stage, the largest groups first."""
    rows = summaries.frame_of("composite_groups", run)
    names = _Names()
    found = []
    for group, title in GROUPS.items():
        largest = rows[rows["dimension"] == group].sort_values("customers", ascending=False).head(MOST_GROUPS)
        values = [
            GroupValue(names.label(group, each["value"]), int(each["customers"]), each["mean"], each["deviation"])
            for each in largest.astype(object).where(largest.notna(), None).to_dict("records")
        ]
        if values:
            found.append((title, values))
    return found


class _Names:
    """What groups are called, teams asked for once."""

    def __init__(self) -> None:
        self._teams = {str(pk): name for pk, name in Team.objects.values_list("pk", "name")}
        self._stages: dict[str, Label] = dict(Customer.Lifecycle.choices)

    def label(self, group: str, value: str) -> Label:
        if group == "segment":
            return segments.words(value).label if value else _("no segment")
        if group == "region":
            return value or _("no region")
        return self._teams.get(value, _("no team")) if group == "team" else self._stages.get(value, value)


def indicator_rows(run: Run) -> list[tuple[Label, Label, float, float | None, float]]:
    """Of each indicator: dimension, name, weight that was set, weight that counted, share of whom it is known."""
    used, known = run.fitted["weights"], run.metrics["known"]
    return [
        (
            DIMENSION_LABELS[each.dimension],
            INDICATOR_LABELS[each.name],
            run.params.get(weight_name(each.name), 0.0),
            used.get(each.name),
            known.get(each.name, 0.0),
        )
        for each in INDICATORS
    ]
