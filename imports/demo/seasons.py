"""The calendar of the demo: seasons, instants in the organisation's zone, and exchange rates."""

from __future__ import annotations

import datetime as dt

import numpy as np
from numpy.typing import NDArray

from imports.demo.plan import HISTORY_DAYS, DemoPlan, Stream

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

# How busy a month and a weekday are, 1 being an average one. January first, Monday first.
MONTH_FACTORS = (0.78, 0.80, 0.92, 0.98, 1.02, 0.95, 0.85, 0.82, 1.00, 1.08, 1.30, 1.85)
WEEKDAY_FACTORS = (0.95, 0.92, 0.95, 1.00, 1.15, 1.25, 0.78)

# Exchange rates are whole numbers of 10⁻⁸, as the database keeps them.
RATE_UNIT = 10**8
LONG_TERM_RATES = {"USD": 0.92, "CNY": 0.128}


class Seasons:
    """Days of the history, numbered from 0, and how busy each of them is.

    A process that knows nothing of seasons runs in season time, in which every day is equally busy and the history is
    as long as in days; `day_at` leads from there to the calendar.
    """

    def __init__(self, plan: DemoPlan) -> None:
        self.days = HISTORY_DAYS
        self.dates = np.datetime64(plan.start, "D") + np.arange(HISTORY_DAYS)
        calendar = [plan.start + dt.timedelta(days=number) for number in range(HISTORY_DAYS)]
        busy = np.array([MONTH_FACTORS[day.month - 1] * WEEKDAY_FACTORS[day.weekday()] for day in calendar])
        self.season_time = np.cumsum(busy) * (HISTORY_DAYS / busy.sum())
        self.is_sunday = np.array([day.weekday() == 6 for day in calendar])
        # The offset at noon holds from the morning to midnight: clocks are changed in the small hours.
        noons = [dt.datetime.combine(day, dt.time(12), plan.zone) for day in calendar]
        offsets = np.array([noon.utcoffset() for noon in noons], dtype="timedelta64[s]")
        self._midnights = self.dates.astype("datetime64[s]") - offsets

    def day_at(self, season_time: Floats) -> Ints:
        days = np.searchsorted(self.season_time, season_time, side="right")
        return np.minimum(days, self.days - 1).astype(np.int64)

    def instants(self, day: Ints, second: Ints) -> NDArray[np.datetime64]:
        """UTC instants of a local time, given in seconds of the day and not before 6:00."""
        moments: NDArray[np.datetime64] = self._midnights[day] + second.astype("timedelta64[s]")
        return moments


def exchange_rates(plan: DemoPlan) -> dict[str, Ints]:
    """Daily rates to the euro in units of 10⁻⁸, shape (days,): random walks that are drawn back to a long-term rate."""
    rng = plan.rng(Stream.RATES)
    rates = {}
    for currency, long_term in LONG_TERM_RATES.items():
        shocks = rng.normal(0, 0.004, HISTORY_DAYS)
        walk = np.zeros(HISTORY_DAYS)
        for day in range(1, HISTORY_DAYS):
            walk[day] = 0.99 * walk[day - 1] + shocks[day]
        rates[currency] = np.rint(long_term * np.exp(walk) * RATE_UNIT).astype(np.int64)
    return rates
