"""The recomputation as a kind of job."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import Role
from core.templatetags.ui import day, number
from jobs import kinds
from jobs.context import JobContext

RECOMPUTE = "recompute"
REFRESH = "refresh-scores"


def register() -> None:
    """Called once, by `AnalyticsConfig.ready`."""
    kinds.register(
        kinds.JobKind(
            name=RECOMPUTE,
            label=gettext_lazy("Recomputation"),
            queue=kinds.RUNS,
            run=recompute,
            describe=describe,
            schedulable=True,
            seen_by=frozenset({Role.MANAGER}),
            describe_result=describe_result,
        )
    )
    kinds.register(
        kinds.JobKind(
            name=REFRESH,
            label=gettext_lazy("Refresh of scores"),
            queue=kinds.RUNS,
            run=refresh,
            describe=lambda params: _("Customers whose purchases have changed"),
            schedulable=True,
            is_needed=refresh_is_needed,
            seen_by=frozenset({Role.MANAGER}),
            describe_result=describe_refresh,
        )
    )


def recompute(context: JobContext) -> Mapping[str, Any]:
    # Whoever only asks for a recomputation does not load what computes it.
    from analytics.pipeline import recompute as run

    return run(context)


def refresh(context: JobContext) -> Mapping[str, Any]:
    from analytics.refreshing import refresh as run

    return run(context)


def refresh_is_needed(params: Mapping[str, Any]) -> bool:
    from analytics.refreshing import is_needed

    return is_needed()


def describe(params: Mapping[str, Any]) -> str:
    from analytics import catalog

    chosen = [str(catalog.get(name).label) for name in params.get("analyses") or []]
    what = ", ".join(chosen) or _("All analyses")
    if not params.get("learn", True):
        what = _("%(what)s, by what was learned last") % {"what": what}
    if not params.get("as_of"):
        return what
    return _("%(what)s as of %(day)s") % {"what": what, "day": day(dt.date.fromisoformat(params["as_of"]))}


def describe_result(result: Mapping[str, Any]) -> list[kinds.Fact]:
    """The day and the snapshot, and what came of each analysis."""
    labels = _labels()
    facts: list[kinds.Fact] = [
        (_("As of"), day(dt.date.fromisoformat(result["as_of"]))),
        (_("Snapshot"), str(result["snapshot"])),
    ]
    return facts + [
        (labels.get(name, name), str(outcome)) for name, outcome in result.items() if name not in {"as_of", "snapshot"}
    ]


def describe_refresh(result: Mapping[str, Any]) -> list[kinds.Fact]:
    """The snapshot, and how many customers have new rows of each analysis."""
    labels = _labels()
    facts: list[kinds.Fact] = [(_("Snapshot"), str(result["snapshot"]))]
    return facts + [
        (
            labels.get(name, name),
            ngettext("%(count)s customer", "%(count)s customers", count) % {"count": number(count)},
        )
        for name, count in result.items()
        if name != "snapshot"
    ]


def _labels() -> dict[str, kinds.Label]:
    from analytics import catalog

    return {analysis.name: analysis.label for analysis in catalog.ANALYSES}
