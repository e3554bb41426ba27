"""When a subscription comes due, on its person's own clock."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from jobs.schedules import DAY, instant
from reports.models import Subscription, SubscriptionQuerySet

# What could not be sent by then waits for its next moment: nobody reads Monday's figures on Wednesday.
LATEST = DAY
MINUTE = dt.timedelta(minutes=1)


@dataclass(frozen=True)
class Due:
    subscription: Subscription
    moment: dt.datetime


def with_subjects() -> SubscriptionQuerySet:
    found: SubscriptionQuerySet = Subscription.objects.select_related("user", "report", "dashboard")
    return found


def due(now: dt.datetime) -> Iterator[Due]:
    """What is to be sent now; what has failed is tried again after one minute, two, four, and so on."""
    for subscription in with_subjects().active():
        moment = latest_moment(subscription, now)
        if moment is None or moment <= subscription.changed_at or _is_over(subscription, moment):
            continue
        if not _waits(subscription, moment, now):
            yield Due(subscription, moment)


def latest_moment(subscription: Subscription, now: dt.datetime) -> dt.datetime | None:
    """The last one up to `now`, if it is not too late for it."""
    zone = subscription.user.zone
    today = now.astimezone(zone).date()
    # A time that does not exist on a day may move it past midnight, so the day after counts as well.
    for day in (today + DAY, today, today - DAY):
        if _is_its_day(subscription, day):
            moment = instant(day, subscription.at_time, zone)
            if now - LATEST < moment <= now:
                return moment
    return None


def next_moment(subscription: Subscription, now: dt.datetime) -> dt.datetime:
    zone = subscription.user.zone
    day = now.astimezone(zone).date() - DAY
    while not (_is_its_day(subscription, day) and (moment := instant(day, subscription.at_time, zone)) > now):
        day += DAY
    return moment


def tries_of(subscription: Subscription, moment: dt.datetime) -> int:
    """How often this moment was tried before."""
    is_of_it = subscription.tried_at is not None and subscription.tried_at >= moment
    return subscription.tries if is_of_it else 0


def _is_its_day(subscription: Subscription, day: dt.date) -> bool:
    match subscription.every:
        case Subscription.Every.WEEK:
            return bool(day.weekday() == subscription.weekday)
        case Subscription.Every.MONTH:
            last_day = calendar.monthrange(day.year, day.month)[1]
            return bool(day.day == min(subscription.monthday, last_day))
        case _:
            return True


def _is_over(subscription: Subscription, moment: dt.datetime) -> bool:
    return subscription.sent_for is not None and subscription.sent_for >= moment


def _waits(subscription: Subscription, moment: dt.datetime, now: dt.datetime) -> bool:
    tries = tries_of(subscription, moment)
    if not tries or subscription.tried_at is None:
        return False
    return now < subscription.tried_at + MINUTE * (1 << tries - 1)
