"""What can be put on a dashboard by one person."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from accounts.models import User
from core.text import isolated
from reports.catalog import Label, charts_about
from reports.catalog.subjects import SUBJECTS
from reports.dashboards.cards import may_see
from reports.models import Dashboard, Report

# So many saved reports can be chosen from; they are names that people gave, not rows of data.
MOST_REPORTS = 200


@dataclass(frozen=True)
class Choice:
    """Something that can become a card: a chart by its key, or a report by its number."""

    kind: str
    value: str
    title: Label
    note: Label = ""


@dataclass(frozen=True)
class Choices:
    title: Label
    choices: list[Choice]


def choices_for(user: User, dashboard: Dashboard) -> tuple[list[Choices], list[Choice]]:
    """What this person may see and does not stand there yet: charts by their subject, and saved reports."""
    placed = list(dashboard.cards.all())
    shown = {card.chart for card in placed}
    charts = list(_charts(user, shown))
    reports = Report.objects.available_to(user.sight).exclude(
        pk__in=[card.report_id for card in placed if card.report_id]
    )
    return charts, [
        Choice("report", str(report.pk), report.name, _note(report, user))
        for report in reports.select_related("owner")[:MOST_REPORTS]
    ]


def _charts(user: User, shown: set[str]) -> Iterator[Choices]:
    for subject in SUBJECTS:
        found = [
            Choice("chart", chart.key, chart.title)
            for chart in charts_about(subject.key)
            if may_see(user, chart) and chart.key not in shown
        ]
        if found:
            yield Choices(subject.title, found)


def _note(report: Report, user: User) -> str:
    if report.owner_id == user.pk or report.owner is None:
        return ""
    return _("by %(name)s") % {"name": isolated(report.owner.name)}
