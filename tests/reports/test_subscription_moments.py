"""When reports by e-mail come due: on the clock of their person, whatever the calendar and the clock leave out."""

from __future__ import annotations

import datetime as dt

from accounts.models import User
from reports.models import Subscription
from reports.subscriptions.moments import latest_moment, next_moment


def at(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> dt.datetime:
    return dt.datetime(year, month, day, hour, minute, tzinfo=dt.UTC)


def kept(zone: str, **more) -> Subscription:
    return Subscription(user=User(time_zone=zone), at_time=more.pop("at_time", dt.time(8)), **more)


def test_it_comes_due_on_the_persons_own_clock():
    daily = kept("Asia/Tokyo", every="day")
    assert latest_moment(daily, at(2026, 6, 1, 22, 59)) == at(2026, 5, 31, 23)
    assert latest_moment(daily, at(2026, 6, 1, 23, 0)) == at(2026, 6, 1, 23)
    assert next_moment(daily, at(2026, 6, 1, 23, 0)) == at(2026, 6, 2, 23)
    weekly = kept("Europe/Berlin", every="week", weekday=0)  # 1 June 2026 is a Monday
    assert latest_moment(weekly, at(2026, 6, 1, 6)) == at(2026, 6, 1, 6)
    assert latest_moment(weekly, at(2026, 6, 2, 6)) is None  # too late for it
    assert next_moment(weekly, at(2026, 6, 1, 6)) == at(2026, 6, 8, 6)


def test_a_month_without_the_day_has_its_last_and_a_night_without_the_hour_what_comes_next():
    monthly = kept("UTC", every="month", monthday=31)
    assert next_moment(monthly, at(2026, 2, 1)) == at(2026, 2, 28, 8)
    assert next_moment(monthly, at(2026, 3, 1)) == at(2026, 3, 31, 8)
    spring = kept("Europe/Berlin", every="day", at_time=dt.time(2, 30))
    assert latest_moment(spring, at(2026, 3, 29, 12)) == at(2026, 3, 29, 1)
    for hour in (0, 1):  # both are half past two in Berlin
        assert latest_moment(spring, at(2026, 10, 25, hour, 40)) == at(2026, 10, 25, 0, 30)
