"""Every chart of the product, report by report. Adding one: see docs/adding-a-report.md."""

from __future__ import annotations

from reports.catalog import (
    advice,
    behaviour,
    customers,
    demand,
    organisations,
    segments,
    transactions,
    upkeep,
    value,
)
from reports.catalog.entry import Chart, Follows, Label

__all__ = ["BY_KEY", "CHARTS", "DASHBOARD", "Chart", "Follows", "Label", "charts_about"]

CHARTS: tuple[Chart, ...] = (
    *customers.CHARTS,
    *transactions.CHARTS,
    *behaviour.CHARTS,
    *segments.CHARTS,
    *value.CHARTS,
    *advice.CHARTS,
    *organisations.CHARTS,
    *demand.CHARTS,
    *upkeep.CHARTS,
)
BY_KEY = {chart.key: chart for chart in CHARTS}

# What the dashboard shows until somebody arranges one, in this order.
DASHBOARD = ("revenue", "segments", "buyers", "recency-frequency", "distributions", "movement")


def charts_about(subject: str) -> list[Chart]:
    """The charts of a report, in their order."""
    return [chart for chart in CHARTS if chart.subject == subject]
