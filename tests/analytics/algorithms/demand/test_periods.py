"""Days become whole months or weeks."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from analytics.algorithms.demand.periods import Grain, by_period, calendar
from analytics.algorithms.errors import NotEnoughData


def test_months_that_are_cut_off_are_left_out():
    found = calendar(dt.date(2023, 1, 2), dt.date(2026, 3, 30))
    assert found.grain is Grain.MONTH
    starts = found.start_dates(beyond=1)
    assert (starts[0], starts[-2], starts[-1]) == (dt.date(2023, 2, 1), dt.date(2026, 2, 1), dt.date(2026, 3, 1))


def test_a_month_is_whole_on_its_last_day():
    assert calendar(dt.date(2023, 1, 1), dt.date(2026, 3, 31)).start_dates()[-1] == dt.date(2026, 3, 1)


def test_short_histories_are_looked_at_by_weeks_from_monday():
    found = calendar(dt.date(2025, 1, 1), dt.date(2026, 1, 3))
    assert (found.grain, found.grain.season) == (Grain.WEEK, 1)
    starts = found.start_dates(beyond=1)
    assert (starts[0], starts[-2], starts[-1]) == (dt.date(2025, 1, 6), dt.date(2025, 12, 22), dt.date(2025, 12, 29))


def test_less_than_forty_weeks_are_too_few():
    with pytest.raises(NotEnoughData, match="short_history"):
        calendar(dt.date(2026, 1, 5), dt.date(2026, 9, 30))


def test_days_are_summed_and_a_period_without_one_is_zero():
    days = pd.DataFrame({"day": ["2025-01-06", "2025-01-12", "2025-01-20", "2024-12-31"], "orders": [1, 2, 4, 8]})
    found = by_period(days, "orders", calendar(dt.date(2025, 1, 6), dt.date(2025, 12, 31)))
    assert found[:4].tolist() == [3, 0, 4, 0]
