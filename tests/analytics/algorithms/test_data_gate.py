"""Below the gate nothing is predicted: 500 buyers, 180 days, an order in the 30 days before, somebody with three."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from analytics.algorithms.data_gate import demand_enough
from analytics.algorithms.errors import NotEnoughData
from analytics.words import not_enough

AS_OF = dt.date(2026, 6, 30)


def buyers(*, count: int = 500, history: int = 180, silent: int = 30, most: int = 3) -> pd.DataFrame:
    """All bought on the first day and, one of them alone, `silent` days ago; everybody once but that one."""
    first, last = (pd.Timestamp(AS_OF) - pd.Timedelta(days=days) for days in (history, silent))
    return pd.DataFrame(
        {
            "first_purchase_date": [first] * count,
            "last_purchase_date": [last] + [first] * (count - 1),
            "frequency": [most] + [1] * (count - 1),
        }
    )


def test_at_the_limits_it_is_enough():
    demand_enough(buyers(), as_of=AS_OF)


@pytest.mark.parametrize(
    ("shop", "reason", "words"),
    [
        (buyers(count=499), "too_few_buyers", "only 499"),
        (buyers(history=179), "short_history", "179"),
        (buyers(silent=31), "no_recent_order", "31"),
        (buyers(most=2), "nobody_frequent", "3"),
    ],
)
def test_what_is_missing_is_told_with_its_number(shop, reason, words):
    with pytest.raises(NotEnoughData, match=reason) as caught:
        demand_enough(shop, as_of=AS_OF)
    told = not_enough(caught.value)
    assert told.startswith("Not enough data, because ")
    assert words in told


def test_all_is_relative_to_the_day_that_it_is_asked_for():
    with pytest.raises(NotEnoughData, match="no_recent_order"):
        demand_enough(buyers(), as_of=AS_OF + dt.timedelta(days=1))
