"""How old the figures are, and why there are none yet."""

from __future__ import annotations

from enum import StrEnum

from analytics import switches
from analytics.models import Run
from customers.models import Order
from jobs.models import Job
from jobs.status import LIVE
from reports.frames import Published


class Before(StrEnum):
    """What an installation waits for before its first figures."""

    ORDERS = "no_orders"
    JOB = "under_way"
    RECOMPUTATION = "never_computed"


def before_first_run() -> Before:
    if Job.objects.filter(kind="recompute", status__in=LIVE).exists():
        return Before.JOB
    return Before.RECOMPUTATION if Order.objects.exists() else Before.ORDERS


def why_no_demand(published: Published) -> str:
    """That it is switched off, or what the last run of it said, where nothing has been published; else empty."""
    if published.demand is not None:
        return ""
    if off := switches.in_words("demand", None):
        return off
    latest = Run.objects.filter(analysis="demand").exclude(status=Run.Status.COMPUTING).order_by("-pk").first()
    return latest.error if latest else ""


def failure_since(published: Published) -> Run | None:
    """The latest run of what the dashboard shows, if it failed after the run that is shown."""
    shown = {run.analysis: run.pk for run in (published.scores, published.days) if run}
    over = Run.objects.filter(analysis__in=["rfm", "daily"]).exclude(status=Run.Status.COMPUTING)
    latest = over.order_by("-pk").first()
    if latest is None or latest.status != Run.Status.FAILED:
        return None
    return latest if latest.pk > shown.get(latest.analysis, 0) else None
