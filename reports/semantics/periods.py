"""Days, weeks, months, quarters and years: the first day of each, in statements and in frames.

A week starts where the reader's language says, on a Sunday or on a Monday; who asks a question says which.
"""

from __future__ import annotations

import datetime as dt

import pandas as pd
from django.utils.formats import get_format

# What pandas calls them.
_FREQUENCIES = {"day": "D", "week": "W-SUN", "month": "M", "quarter": "Q", "year": "Y"}
_WEEK_FROM_SUNDAY = "W-SAT"


def weeks_start_on_sunday() -> bool:
    """For who reads the page that is being made."""
    return bool(get_format("FIRST_DAY_OF_WEEK") == 0)


def frequency(grain: str, *, sunday_weeks: bool) -> str:
    return _WEEK_FROM_SUNDAY if grain == "week" and sunday_weeks else _FREQUENCIES[grain]


def start_sql(grain: str, day: str, *, sunday_weeks: bool) -> str:
    """The first day of the period that a day lies in, as an expression of the engine."""
    if grain == "week" and sunday_weeks:
        return f"CAST(DATE_TRUNC('week', {day} + INTERVAL 1 DAY) - INTERVAL 1 DAY AS DATE)"
    return f"CAST(DATE_TRUNC('{grain}', {day}) AS DATE)"


def starts(since: dt.date, until: dt.date, grain: str, *, sunday_weeks: bool) -> list[dt.date]:
    """Of each period that has one of these days."""
    periods = pd.period_range(since, until, freq=frequency(grain, sunday_weeks=sunday_weeks))
    return [period.start_time.date() for period in periods]


def last_day(start: dt.date, grain: str, *, sunday_weeks: bool) -> dt.date:
    end: dt.date = pd.Period(start, freq=frequency(grain, sunday_weeks=sunday_weeks)).end_time.date()
    return end
