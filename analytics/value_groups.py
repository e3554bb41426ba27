"""Composite value by groups of customers: mean and standard deviation of each that is counted, and of any other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Avg, Count, StdDev
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Team, User
from analytics import publishing, segments, summaries
from analytics.algorithms.composite import INDICATORS, Dimension
from analytics.analyses.composite import DIMENSION_LABELS, INDICATOR_LABELS, weight_name
from analytics.customer_scores import NO_RUN
from analytics.findings import Label
from analytics.models import CompositeValue, Run
from core.countries import country_name
from core.templatetags.ui import active_locale
from customers.models import Customer
from customers.querysets import CustomerQuerySet

# By the names that the sums have; see `analytics.summaries`.
GROUPS: dict[str, Label] = {
    "segment": gettext_lazy("Segment"),
    "cluster": gettext_lazy("Group"),
    "country": gettext_lazy("Country"),
    "region": gettext_lazy("Region"),
    "team": gettext_lazy("Team"),
    "owner": gettext_lazy("Owner"),
    "source": gettext_lazy("Source"),
    "lifecycle": gettext_lazy("Stage"),
}
_NONE: dict[str, Label] = {
    "segment": gettext_lazy("no segment"),
    "cluster": gettext_lazy("no group"),
    "country": gettext_lazy("no country"),
    "region": gettext_lazy("no region"),
    "team": gettext_lazy("no team"),
    "owner": gettext_lazy("no owner"),
    "source": gettext_lazy("no source"),
}
MOST_GROUPS = 20
# Of any group of customers the score, its parts, and what they think themselves.
PARTS: dict[str, Label] = {
    "score": gettext_lazy("Composite value"),
    **{str(name): DIMENSION_LABELS[name] for name in Dimension},
    "perceived": gettext_lazy("As they perceive it"),
}


@dataclass(frozen=True)
class GroupValue:
    """`mean`: None of nobody. `deviation`: None of a single customer."""

    label: Label
    customers: int
    mean: float | None
    deviation: float | None


def of_any(customers: CustomerQuerySet) -> list[GroupValue]:
    """Of these customers by the run that is shown; a part of those of whom it is known."""
    run_id = publishing.current_run_id("composite") or NO_RUN
    values = CompositeValue.objects.filter(run_id=run_id, customer_id__in=customers.order_by().values("pk"))
    sums = values.aggregate(
        **{f"{name}_count": Count(name) for name in PARTS},
        **{f"{name}_mean": Avg(name) for name in PARTS},
        **{f"{name}_deviation": StdDev(name, sample=True) for name in PARTS},
    )
    return [
        GroupValue(label, *(sums[f"{name}_{figure}"] for figure in ("count", "mean", "deviation")))
        for name, label in PARTS.items()
    ]


def group_values(run: Run) -> list[tuple[Label, list[GroupValue]]]:
    """Mean and standard deviation by each of `GROUPS`, the largest first."""
    rows = summaries.frame_of("composite_groups", run).sort_values("customers", ascending=False, kind="stable")
    largest = {group: rows[rows["dimension"] == group].head(MOST_GROUPS) for group in GROUPS}
    owners = User.objects.in_bulk([int(pk) for pk in largest["owner"]["value"] if pk])
    names = _Names({str(pk): str(owner) for pk, owner in owners.items()})
    return [
        (
            title,
            [
                GroupValue(names.label(group, each["value"]), int(each["customers"]), each["mean"], each["deviation"])
                for each in largest[group].astype(object).where(largest[group].notna(), None).to_dict("records")
            ],
        )
        for group, title in GROUPS.items()
        if len(largest[group])
    ]


class _Names:
    """What groups are called, teams asked for once."""

    def __init__(self, owners: Mapping[str, str]) -> None:
        teams = {str(pk): name for pk, name in Team.objects.values_list("pk", "name")}
        stages: dict[str, Label] = dict(Customer.Lifecycle.choices)
        self._named: dict[str, Mapping[str, Label]] = {"team": teams, "owner": owners, "lifecycle": stages}

    def label(self, group: str, value: str) -> Label:
        if not value:
            return _NONE.get(group, value)
        if group == "segment":
            return segments.words(value).label
        if group == "cluster":
            return _("Group %(number)d") % {"number": int(value)}
        if group == "country":
            return country_name(value, locale=active_locale())
        return self._named[group].get(value, _NONE.get(group, value)) if group in self._named else value


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
