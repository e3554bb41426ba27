"""The recomputation as a kind of job."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

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
