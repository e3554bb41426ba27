"""Whoever is erased is taken out of the questions that reports, dashboards and subscriptions keep."""

from __future__ import annotations

from django.db.models import F

from customers.filters.erasure import take_out
from protection.erasure import Person, Step, registry
from reports.models import Dashboard, Report, Subscription


def register() -> None:
    """Called once, by `ReportsConfig.ready`."""
    registry.add(Step("reports", erase))


def erase(person: Person) -> int:
    reports = take_out(Report.objects.all(), person, "question")
    dashboards = take_out(Dashboard.objects.all(), person, "filter", version=F("version") + 1)
    return reports + dashboards + take_out(Subscription.objects.exclude(scope={}), person, "scope")
