from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.algorithms.composite import INDICATORS, MissingRule, composite, scaled
from analytics.algorithms.errors import InvalidInput, NotEnoughData

WEIGHTS = {each.name: each.weight for each in INDICATORS}
NOTHING = dict.fromkeys(WEIGHTS, 0.0)


def people(**columns: list[float]) -> pd.DataFrame:
    """Customers 1, 2, … alike in all that is not given."""
    size = len(next(iter(columns.values())))
    same = {name: [1.0] * size for name in WEIGHTS}
    return pd.DataFrame({"customer_id": range(1, size + 1), **same, **columns})


@given(st.lists(st.one_of(st.floats(-1e6, 1e6), st.just(float("nan"))), min_size=1, max_size=30), st.floats(0.1, 100))
def test_scaling_keeps_the_order_and_ties_and_does_not_know_the_unit(values, unit):
    array = np.round(np.array(values), 3)
    found = scaled(array)
    assert (np.isnan(found) == np.isnan(array)).all()
    known = ~np.isnan(array)
    assert ((found[known] >= 0) & (found[known] <= 1)).all()
    order = np.sign(np.subtract.outer(array[known], array[known]))
    assert (np.sign(np.subtract.outer(found[known], found[known])) == order).all()
    power_of_two = 2.0 ** round(np.log2(unit))  # so that no rounding makes a tie
    assert scaled(array * power_of_two) == pytest.approx(found, nan_ok=True)
    assert not known.any() or found[known].min() == 0


def test_the_share_strictly_below_is_the_rank():
    assert scaled(np.array([5.0, 1, 1, np.nan, 9])).tolist() == pytest.approx([2 / 3, 0, 0, np.nan, 1], nan_ok=True)


def test_the_score_is_the_weighted_mean_of_what_is_known():
    customers = people(monetary=[10, 20, 30], rating=[5, np.nan, 1], recency=[3, 2, 1])
    weights = NOTHING | {"monetary": 2.0, "rating": 1.0, "recency": 1.0, "referred": 5.0}
    found = composite(customers, weights=weights, missing=MissingRule.LEFT_OUT)
    assert set(found.left_out) == set(WEIGHTS) - {"monetary", "recency", "rating"}
    assert found.used == {"monetary": 0.5, "recency": 0.25, "rating": 0.25}
    assert found.scores["score"].tolist() == pytest.approx([0.25, 0.5, 0.75])
    assert found.scores["purchases"].tolist() == pytest.approx([0, 0.5, 1])
    assert found.scores["feedback"].tolist() == pytest.approx([1, np.nan, 0], nan_ok=True)
    assert found.scores["referrals"].isna().all()
    assert found.known["rating"] == pytest.approx(2 / 3)
    customers.loc[1, "monetary"] = 25
    middle = composite(customers, weights=weights, missing=MissingRule.MIDDLE)
    assert middle.scores["score"].tolist() == pytest.approx([0.25, 0.5 * 0.5 + 0.25 * 0.5 + 0.25 * 0.5, 0.75])


def test_of_whom_nothing_is_known_there_is_no_score():
    customers = people(rating=[5, np.nan, 1])
    found = composite(customers, weights=NOTHING | {"rating": 1.0}, missing=MissingRule.MIDDLE)
    assert found.scores["customer_id"].tolist() == [1, 3]


def test_what_cannot_be_scored_is_refused():
    with pytest.raises(NotEnoughData, match="no_variation"):
        composite(people(monetary=[1, 1]), weights=WEIGHTS, missing=MissingRule.LEFT_OUT)
    with pytest.raises(InvalidInput, match="negative"):
        composite(people(monetary=[1, 2]), weights=WEIGHTS | {"rating": -1}, missing=MissingRule.LEFT_OUT)
