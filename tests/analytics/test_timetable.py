"""What starts by itself in a new house: nights apply, weeks learn, and orders are looked for twice a minute."""

from __future__ import annotations

import datetime as dt
from importlib import import_module
from zoneinfo import ZoneInfo

import pytest
from django.apps import apps

from core.models import OrganisationSettings
from jobs.models import Schedule
from jobs.schedules import next_slot

pytestmark = pytest.mark.django_db

ZONE = ZoneInfo("Europe/Berlin")


def made_by(migration: str, function: str) -> None:
    getattr(import_module(f"analytics.migrations.{migration}"), function)(apps, None)


def test_nights_apply_weeks_learn_and_orders_are_looked_for_twice_a_minute():
    OrganisationSettings.objects.update_or_create(pk=1, defaults={"time_zone": str(ZONE)})
    Schedule.objects.all().delete()
    made_by("0005_nightly_recompute", "add_schedule")
    made_by("0023_learning_weekly", "part_schedules")
    made_by("0020_refreshed_scores", "add_schedule")
    monday = dt.datetime(2026, 6, 1, 12, tzinfo=ZONE)
    found = {
        (schedule.kind, schedule.params.get("learn", True)): next_slot(schedule, monday, ZONE).astimezone(ZONE)
        for schedule in Schedule.objects.filter(is_active=True)
    }
    assert found == {
        ("recompute", False): dt.datetime(2026, 6, 2, 3, tzinfo=ZONE),
        ("recompute", True): dt.datetime(2026, 6, 7, 1, tzinfo=ZONE),
        ("refresh-scores", True): dt.datetime(2026, 6, 1, 12, 0, 30, tzinfo=ZONE),
    }
    assert all(each.params["analyses"] == [] for each in Schedule.objects.filter(kind="recompute"))
