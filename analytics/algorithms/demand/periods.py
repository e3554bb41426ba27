"""Days to the periods that demand is looked at in: months, or weeks where the history is short."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pandas as pd

from analytics.algorithms.errors import NotEnoughData
from analytics.evaluation import FloatArray

# Two years to learn a season from, and half a year to choose a model and judge it.
FEWEST_MONTHS = 30
FEWEST_WEEKS = 40
# Two halves of it are learnt from before anything is judged.
_MONTHS_OF_A_YEAR = 12


class Grain(StrEnum):
    MONTH = "month"
    WEEK = "week"

    @property
    def season(self) -> int:
        """After how many periods the season comes again. A year of weeks cannot be learnt from less than two: weeks,
        which are for short histories, have none."""
        return _MONTHS_OF_A_YEAR if self is Grain.MONTH else 1

    @property
    def fewest(self) -> int:
        """Periods without which nothing is said about a series."""
        return FEWEST_MONTHS if self is Grain.MONTH else FEWEST_WEEKS

    @property
    def frequency(self) -> str:
        """As pandas calls it; weeks go from Monday to Sunday."""
        return "M" if self is Grain.MONTH else "W-SUN"


@dataclass(frozen=True)
class Calendar:
    """The whole periods from the first until the last day with data: none that was cut off is among them."""

    grain: Grain
    periods: pd.PeriodIndex

    def start_dates(self, *, beyond: int = 0) -> list[dt.date]:
        """The first days of the periods and of as many that come after."""
        later = [self.periods[-1] + step for step in range(1, beyond + 1)]
        return [period.start_time.date() for period in (*self.periods, *later)]


def calendar(first: dt.date, last: dt.date) -> Calendar:
    """Months if there are at least 30 whole ones between two days, else weeks.

    Raises `NotEnoughData` if there are fewer than 40 whole weeks.
    """
    for grain in Grain:
        periods = _whole_periods(first, last, grain)
        if len(periods) >= grain.fewest:
            return Calendar(grain, periods)
    raise NotEnoughData("short_history", found=(last - first).days + 1, needed=7 * FEWEST_WEEKS)


def by_period(days: pd.DataFrame, value: str, periods: Calendar) -> FloatArray:
    """Sums of the column `value` over the days of each period, shape (periods,); 0 where there is no day.

    days: a column `day`, in any order, and `value`. Days outside of the periods do not count.
    """
    of_day = pd.to_datetime(days["day"]).dt.to_period(periods.grain.frequency)
    sums = days[value].astype(np.float64).groupby(of_day.to_numpy()).sum()
    return np.asarray(sums.reindex(periods.periods, fill_value=0.0), dtype=np.float64)


def _whole_periods(first: dt.date, last: dt.date, grain: Grain) -> pd.PeriodIndex:
    begin, end = (pd.Period(day, grain.frequency) for day in (first, last))
    if begin.start_time.date() < first:
        begin += 1
    if end.end_time.date() > last:
        end -= 1
    return pd.period_range(begin, end, freq=grain.frequency)
