"""The models, by the figures and the identities that their authors published."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.tsa.statespace.sarimax import SARIMAX
from threadpoolctl import threadpool_limits

from analytics.algorithms.demand import theta as theta_method
from analytics.algorithms.demand.backtest import forecast
from analytics.algorithms.demand.forecasters import FORECASTERS, ModelName, sarima
from tests.analytics.algorithms.demand.airline import air_passengers

SEEDS = st.integers(0, 2**32 - 1)


def seasonal(seed: int, *, months: int = 48) -> np.ndarray:
    rng = np.random.default_rng(seed)
    places = np.arange(months)
    level = 5 + rng.normal(0, 0.01) * places + 0.3 * np.resize(rng.standard_normal(12), months)
    return np.exp(level + 0.05 * rng.standard_normal(months))


def test_air_passengers_have_the_airline_model_of_box_and_jenkins():
    with threadpool_limits(1):
        found = sarima(np.log(air_passengers()), 12).fit(disp=False)
    assert found.params[:2] == pytest.approx([-0.4018, -0.5569], abs=5e-5)
    assert found.llf == pytest.approx(244.7, abs=0.05)


def test_sarima_of_the_differences_forecasts_as_the_whole_state_space_does():
    series = np.log(air_passengers())
    learnt = {"params": [-0.4018, -0.5569, 0.00135]}
    ahead = FORECASTERS[ModelName.SARIMA].forecast(series, 12, learnt, 14)
    model = SARIMAX(series, order=(0, 1, 1), seasonal_order=(0, 1, 1, 12))
    with threadpool_limits(1):
        whole = model.filter(learnt["params"]).get_forecast(14)
    assert ahead.median == pytest.approx(whole.predicted_mean, abs=1e-8)
    assert ahead.spread == pytest.approx(whole.se_mean, abs=1e-6)


@given(seed=SEEDS, alpha=st.floats(0.05, 0.95), horizon=st.integers(1, 12))
@settings(deadline=None)
def test_theta_is_the_mean_of_its_two_lines_as_hyndman_and_billah_showed(seed: int, alpha: float, horizon: int):
    values = np.random.default_rng(seed).normal(100, 10, 40)
    places = np.arange(len(values) + horizon)
    line = np.polyval(np.polyfit(places[: len(values)], values, 1), places)
    bent = 2 * values - line[: len(values)]
    initial_level = 2 * theta_method.smoothed(values, alpha=alpha).initial_level - line[0]
    level = theta_method.smoothed(bent, alpha=alpha, initial_level=initial_level).level
    assert theta_method.theta(values, alpha=alpha, horizon=horizon) == pytest.approx((line[-horizon:] + level) / 2)


def test_theta_adjusts_for_a_season_that_is_there_and_for_none_that_is_not():
    rng = np.random.default_rng(5)
    noise = [rng.standard_normal(60) for _series in range(100)]
    assert theta_method.has_season(np.log(air_passengers()), season=12)
    assert sum(theta_method.has_season(each, season=12) for each in noise) <= 10


@given(seed=SEEDS, factor=st.floats(0.01, 1000))
@settings(deadline=None, max_examples=10)
@pytest.mark.parametrize("name", [ModelName.SEASONAL_NAIVE, ModelName.THETA, ModelName.REGRESSION])
def test_forecasts_scale_with_their_series(name: ModelName, seed: int, factor: float):
    values = seasonal(seed)
    one, other = (forecast(each, name, season=12, horizon=6, widened=1.0) for each in (values, factor * values))
    for part in ("median", "low", "high"):
        assert getattr(other, part) == pytest.approx(factor * getattr(one, part), rel=1e-3)


@pytest.mark.parametrize("name", ModelName)
@pytest.mark.parametrize("season", [12, 1])
def test_every_model_says_something_of_a_series_with_zeros_and_one_that_is_flat(name: ModelName, season: int):
    sparse = np.where(np.arange(40) % 7 == 0, 3.0, 0.0)
    flat = np.append(np.full(39, 5.0), 6.0)
    for values in (sparse, flat):
        ahead = forecast(values, name, season=season, horizon=6, widened=1.0)
        assert np.isfinite(ahead.median).all()
        assert (ahead.low >= 0).all()
        assert (ahead.low <= ahead.median).all()
        assert (ahead.median <= ahead.high).all()
