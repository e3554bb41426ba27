from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from core.models import OrganisationSettings
from jobs.models import Job, Schedule
from jobs.schedules import enqueue_due, instant, latest_slot, next_slot

OFTEN, HOUR, DAY, WEEK = Schedule.Every
BERLIN = ZoneInfo("Europe/Berlin")


def utc(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


def schedule(every: str, at: str, weekday: int = 0) -> Schedule:
    return Schedule(kind="test-count", every=every, at_time=dt.time.fromisoformat(at), weekday=weekday)


@pytest.mark.parametrize(
    ("zone", "day", "at", "expected"),
    [
        ("UTC", "2026-03-29", "02:30", "2026-03-29 02:30"),
        ("Asia/Shanghai", "2026-03-29", "02:30", "2026-03-28 18:30"),
        ("Europe/Berlin", "2026-03-28", "02:30", "2026-03-28 01:30"),
        # The clock goes from 02:00 to 03:00: what is left out comes at the end of the gap.
        ("Europe/Berlin", "2026-03-29", "02:00", "2026-03-29 01:00"),
        ("Europe/Berlin", "2026-03-29", "02:30", "2026-03-29 01:00"),
        ("Europe/Berlin", "2026-03-29", "03:00", "2026-03-29 01:00"),
        # It goes from 03:00 back to 02:00: the first 02:30 counts.
        ("Europe/Berlin", "2026-10-25", "02:30", "2026-10-25 00:30"),
        ("Europe/Berlin", "2026-10-25", "03:00", "2026-10-25 02:00"),
        # Midnight itself is left out.
        ("Africa/Cairo", "2026-04-24", "00:00", "2026-04-23 22:00"),
        # Half an hour only.
        ("Australia/Lord_Howe", "2026-10-04", "02:15", "2026-10-03 15:30"),
        # A whole day that never was.
        ("Pacific/Apia", "2011-12-30", "12:00", "2011-12-30 10:00"),
    ],
)
def test_a_time_of_day_is_one_instant_whatever_the_clock_does(zone, day, at, expected):
    found = instant(dt.date.fromisoformat(day), dt.time.fromisoformat(at), ZoneInfo(zone))
    assert found == utc(expected)


@pytest.mark.parametrize(
    ("every", "at", "now", "latest", "following"),
    [
        (DAY, "03:00", "2026-06-10 00:59", "2026-06-09 01:00", "2026-06-10 01:00"),
        (DAY, "03:00", "2026-06-10 01:00", "2026-06-10 01:00", "2026-06-11 01:00"),
        (DAY, "00:30", "2026-06-10 22:45", "2026-06-10 22:30", "2026-06-11 22:30"),
        (WEEK, "03:00", "2026-06-10 12:00", "2026-06-08 01:00", "2026-06-15 01:00"),
        (WEEK, "03:00", "2026-06-08 00:30", "2026-06-01 01:00", "2026-06-08 01:00"),
        (OFTEN, "00:20", "2026-06-10 12:19:59.5", "2026-06-10 12:19:30", "2026-06-10 12:20"),
        (HOUR, "00:20", "2026-06-10 12:19", "2026-06-10 11:20", "2026-06-10 12:20"),
        (HOUR, "00:20", "2026-06-10 12:20", "2026-06-10 12:20", "2026-06-10 13:20"),
        # In the nights that the clock changes, a day has its slot once and each hour that passes has its own.
        (DAY, "02:30", "2026-03-29 00:59", "2026-03-28 01:30", "2026-03-29 01:00"),
        (DAY, "02:30", "2026-10-25 01:45", "2026-10-25 00:30", "2026-10-26 01:30"),
        (HOUR, "00:30", "2026-03-29 01:10", "2026-03-29 00:30", "2026-03-29 01:30"),
        (HOUR, "00:30", "2026-10-25 01:45", "2026-10-25 01:30", "2026-10-25 02:30"),
    ],
)
def test_the_slots_around_an_instant(every, at, now, latest, following):
    row = schedule(every, at)
    assert latest_slot(row, utc(now), BERLIN) == utc(latest)
    assert next_slot(row, utc(now), BERLIN) == utc(following)


def test_a_day_has_each_slot_once_all_year_round():
    row = schedule(DAY, "02:30")
    moment = utc("2026-01-01 12:00")
    slots: list[dt.date] = []
    while len(slots) < 365:
        moment = next_slot(row, moment, BERLIN)
        assert latest_slot(row, moment, BERLIN) == moment
        slots.append(moment.astimezone(BERLIN).date())
    assert slots == [dt.date(2026, 1, 2) + dt.timedelta(days=n) for n in range(365)]


@pytest.mark.django_db
class TestTick:
    @pytest.fixture(autouse=True)
    def nightly(self) -> Schedule:
        """Every day at 03:00 in Berlin, which is 01:00 in summer; set up on the first of June."""
        Schedule.objects.all().delete()
        OrganisationSettings.objects.update_or_create(pk=1, defaults={"time_zone": "Europe/Berlin"})
        row = schedule(DAY, "03:00")
        row.params = {"upto": 1}
        row.save()
        Schedule.objects.update(changed_at=utc("2026-06-01 12:00"))
        return row

    def test_two_beats_make_one_job(self):
        now = utc("2026-06-02 01:00")
        assert enqueue_due(now=now) == enqueue_due(now=now)
        enqueue_due(now=now + dt.timedelta(minutes=1))
        job = Job.objects.get()
        assert (job.scheduled_for, job.params, job.requested_by) == (now, {"upto": 1}, None)

    def test_nor_after_the_job_is_over(self):
        enqueue_due(now=utc("2026-06-02 01:00"))
        Job.objects.update(status="done")
        enqueue_due(now=utc("2026-06-02 23:00"))
        assert Job.objects.count() == 1

    def test_the_next_day_has_its_own(self):
        enqueue_due(now=utc("2026-06-02 01:00"))
        Job.objects.update(status="done")
        enqueue_due(now=utc("2026-06-03 01:00"))
        assert Job.objects.count() == 2

    def test_of_slots_missed_only_the_latest_is_made_up_for(self):
        enqueue_due(now=utc("2026-06-09 20:00"))
        assert Job.objects.get().scheduled_for == utc("2026-06-09 01:00")

    def test_slots_from_before_it_was_changed_are_not_its_own(self):
        enqueue_due(now=utc("2026-06-01 13:00"))
        assert not Job.objects.exists()

    def test_what_is_off_starts_nothing(self):
        Schedule.objects.update(is_active=False)
        enqueue_due(now=utc("2026-06-09 20:00"))
        assert not Job.objects.exists()

    def test_a_kind_that_is_gone_does_not_stop_the_others(self, nightly, caplog):
        Schedule.objects.create(kind="a-kind-that-is-gone", at_time=dt.time(3))
        Schedule.objects.update(changed_at=utc("2026-06-01 12:00"))
        assert len(enqueue_due(now=utc("2026-06-02 01:00"))) == 1
        assert "a-kind-that-is-gone" in caplog.text

    def test_two_schedules_of_one_kind_at_one_time_make_two_jobs(self, nightly):
        other = schedule(DAY, "03:00")
        other.params = {"upto": 2}
        other.save()
        Schedule.objects.update(changed_at=utc("2026-06-01 12:00"))
        enqueue_due(now=utc("2026-06-02 01:00"))
        assert Job.objects.count() == 2
