"""Trend, season and remainder, and what stands out of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.algorithms.demand.decomposition import Range, additive, better, expected_range, multiplicative
from tests.analytics.algorithms.demand.airline import air_passengers
from tests.analytics.algorithms.demand.test_forecasters import SEEDS, seasonal


def stands_out(values: np.ndarray) -> Range:
    parts = multiplicative(values, season=12)
    assert parts is not None
    return expected_range(values, parts, season=12)


@given(seed=SEEDS, season=st.sampled_from([12, 1]))
@settings(deadline=None, max_examples=20)
def test_the_parts_make_the_value_and_the_season_cancels_out_over_a_year(seed: int, season: int):
    values = seasonal(seed)
    added, multiplied = additive(values, season=season), multiplicative(values, season=season)
    assert added.trend + added.season + added.remainder(values) == pytest.approx(values)
    assert multiplied.trend * multiplied.season * multiplied.remainder(values) == pytest.approx(values)
    assert abs(added.season[12:24].mean()) < 0.05 * values.mean()
    assert multiplied.season[12:24] == pytest.approx(multiplied.season[24:36])


def test_air_passengers_are_a_product_with_a_high_summer():
    series = air_passengers()
    found = better(series, additive(series, season=12), multiplicative(series, season=12))
    assert found.is_multiplicative
    assert found.season[:12].argmax() == 6
    assert (np.diff(found.trend) > 0).mean() > 0.9


def test_a_series_with_a_zero_is_no_product():
    assert multiplicative(np.array([0.0, *range(1, 30)]), season=12) is None


def test_a_month_that_lost_half_stands_out_and_no_other_does():
    values = seasonal(3, months=40)
    values[30] /= 2
    found = stands_out(values)
    assert found.is_outside.nonzero()[0].tolist() == [30]
    assert values[30] < found.low[30] < 2 * values[30] < found.high[30]


def test_of_a_thousand_quiet_months_hardly_any_stands_out():
    quiet = [seasonal(seed, months=36) for seed in range(30)]
    assert np.mean([stands_out(each).is_outside.mean() for each in quiet]) < 0.005


def test_what_was_never_below_zero_is_not_expected_there():
    sparse = np.where(np.arange(40) % 7 == 0, 30.0, 0.0) + np.arange(40.0) % 3
    found = expected_range(sparse, additive(sparse, season=12), season=12)
    assert found.low.min() == 0


def test_nothing_stands_out_of_what_follows_its_trend_exactly():
    assert not expected_range(np.arange(50.0), additive(np.arange(50.0), season=1), season=1).is_outside.any()
