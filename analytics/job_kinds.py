"""The recomputation as a kind of job."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Role
from core.templatetags.ui import day
from jobs import kinds
from jobs.context import JobContext

RECOMPUTE = "recompute"


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


def recompute(context: JobContext) -> Mapping[str, Any]:
    # Whoever only asks for a recomputation does not load what computes it.
    from analytics.pipeline import recompute as run

    return run(context)


def describe(params: Mapping[str, Any]) -> str:
    from analytics import catalog

    chosen = [str(catalog.get(name).label) for name in params.get("analyses") or []]
    what = ", ".join(chosen) or _("All analyses")
    if not params.get("as_of"):
        return what
    return _("%(what)s as of %(day)s") % {"what": what, "day": day(dt.date.fromisoformat(params["as_of"]))}


def describe_result(result: Mapping[str, Any]) -> list[kinds.Fact]:
    """The day and the snapshot, and what came of each analysis."""
    from analytics import catalog

    labels = {analysis.name: analysis.label for analysis in catalog.ANALYSES}
    facts: list[kinds.Fact] = [
        (_("As of"), day(dt.date.fromisoformat(result["as_of"]))),
        (_("Snapshot"), str(result["snapshot"])),
    ]
    return facts + [
        (labels.get(name, name), str(outcome)) for name, outcome in result.items() if name not in {"as_of", "snapshot"}
    ]
