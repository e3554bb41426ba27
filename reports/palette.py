"""Dashboards and saved reports, as the palette finds them by a word of their name."""

from __future__ import annotations

from collections.abc import Iterator

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from core.palette import MOST_HITS, Command, Hit, Source, registry
from customers.access import sight_of
from reports.models import Dashboard, Report


def register() -> None:
    """Called once, by `ReportsConfig.ready`."""
    registry.add(
        Source("dashboards", _("Dashboards and reports"), dashboards_and_reports),
        Command(_("New dashboard"), "reports:dashboard_create", "plus"),
    )


def dashboards_and_reports(request: HttpRequest, text: str) -> Iterator[Hit]:
    if not text:
        return
    for model, icon in ((Dashboard, "layout-dashboard"), (Report, "chart-no-axes-combined")):
        found = model.objects.available_to(sight_of(request)).filter(name__icontains=text)
        for each in found[:MOST_HITS]:
            yield Hit(each.name, each.get_absolute_url(), icon)
