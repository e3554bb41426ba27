"""When schedules come due, on the organisation's clock on the wall."""

from __future__ import annotations

import datetime as dt
import logging
from zoneinfo import ZoneInfo

from core.dates import in_zone
from core.models import OrganisationSettings
from jobs import actions, kinds
from jobs.errors import UnknownKindError
from jobs.models import Job, Schedule

logger = logging.getLogger(__name__)

HALF_MINUTE = dt.timedelta(seconds=30)
MINUTE = dt.timedelta(minutes=1)
DAY = dt.timedelta(days=1)


def enqueue_due(*, now: dt.datetime) -> list[Job]:
    """A job for each active schedule whose latest slot has none; of slots missed in a row only the latest counts.

    A slot is known by its instant, so a second beat makes no second job; slots from before the schedule was last
    changed are not its own.
    """
    zone = OrganisationSettings.current().zone
    jobs = []
    for schedule in Schedule.objects.filter(is_active=True):
        slot = latest_slot(schedule, now, zone)
        if slot <= schedule.changed_at:
            continue
        try:
            if not kinds.get(schedule.kind).is_needed(schedule.params):
                continue
            jobs.append(actions.enqueue(kind=schedule.kind, params=schedule.params, scheduled_for=slot))
        except UnknownKindError:
            logger.warning("Schedule %s is for jobs of kind %r, which no app knows", schedule.pk, schedule.kind)
    return jobs


def latest_slot(schedule: Schedule, now: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """The last instant up to `now` that the schedule names."""
    if schedule.every == Schedule.Every.OFTEN:
        return _half_minute(now)
    if schedule.every == Schedule.Every.HOUR:
        return _minute_of_hour(schedule.at_time.minute, now.replace(second=0, microsecond=0), -MINUTE, zone)
    # A time that does not exist on a day may move it past midnight, so the day after counts as well.
    day = now.astimezone(zone).date() + DAY
    while not (_is_its_day(schedule, day) and (slot := instant(day, schedule.at_time, zone)) <= now):
        day -= DAY
    return slot


def next_slot(schedule: Schedule, now: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """The first instant after `now` that the schedule names."""
    if schedule.every == Schedule.Every.OFTEN:
        return _half_minute(now) + HALF_MINUTE
    if schedule.every == Schedule.Every.HOUR:
        return _minute_of_hour(schedule.at_time.minute, now.replace(second=0, microsecond=0) + MINUTE, MINUTE, zone)
    day = now.astimezone(zone).date() - DAY
    while not (_is_its_day(schedule, day) and (slot := instant(day, schedule.at_time, zone)) > now):
        day += DAY
    return slot


def instant(day: dt.date, at_time: dt.time, zone: ZoneInfo) -> dt.datetime:
    """When the clock shows that time on that day: of a doubled time the first, for one left out what comes next."""
    shown = dt.datetime.combine(day, at_time.replace(second=0, microsecond=0, tzinfo=None))
    while (found := in_zone(shown, zone)).astimezone(zone).replace(tzinfo=None) != shown:
        shown += MINUTE
    return found


def _half_minute(now: dt.datetime) -> dt.datetime:
    return now.replace(second=now.second // 30 * 30, microsecond=0)


def _is_its_day(schedule: Schedule, day: dt.date) -> bool:
    return schedule.every == Schedule.Every.DAY or day.weekday() == schedule.weekday


def _minute_of_hour(minute: int, start: dt.datetime, step: dt.timedelta, zone: ZoneInfo) -> dt.datetime:
    """Hours are counted as they pass, so a doubled one has its slot twice; minute by minute, as an offset may change
    by half an hour."""
    found = start
    while found.astimezone(zone).minute != minute:
        found += step
    return found
