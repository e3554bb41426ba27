"""Models are chosen on earlier periods, judged on later ones, and the baseline stays where it is not beaten."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.algorithms.demand.backtest import BASELINE, Trial, judge, periods_on_trial, rolled
from analytics.algorithms.demand.forecasters import ModelName
from analytics.algorithms.demand.scale import Scale
from analytics.algorithms.errors import NotEnoughData
from tests.analytics.algorithms.demand.airline import air_passengers
from tests.analytics.algorithms.demand.test_forecasters import seasonal

CHEAP = (ModelName.THETA, ModelName.REGRESSION)


def judged(values: np.ndarray, *, challengers: tuple[ModelName, ...] = CHEAP):
    tests = periods_on_trial(len(values), season=12, fewest=30)
    rng = np.random.default_rng(1)
    return judge(values, season=12, tests=tests, horizon=6, rng=rng, challengers=challengers)


def test_air_passengers_are_forecast_better_than_by_the_year_before():
    found = judged(air_passengers(), challengers=tuple(ModelName)[1:])
    assert found.used is found.champion is not BASELINE
    assert found.mase[found.champion] < 0.5 < 1.5 < found.mase[BASELINE]
    assert found.smape[found.champion] < 0.04
    assert 0.7 <= found.coverage <= 1


def test_where_last_year_is_the_best_guess_hardly_any_model_claims_to_beat_it():
    rng = np.random.default_rng(2)
    walks = [200 + 10 * rng.standard_normal((4, 12)).cumsum(axis=0).ravel()[:40] for _walk in range(100)]
    all_judged = [judged(walk) for walk in walks]
    assert sum(found.comparison.beats for found in all_judged) <= 5
    assert all(found.used is BASELINE for found in all_judged if not found.comparison.beats)


def test_what_comes_later_changes_no_choice():
    values = seasonal(4, months=48)
    later = values.copy()
    later[-8:] *= np.random.default_rng(9).uniform(0.5, 2, 8)
    one, other = judged(values), judged(later)
    assert one.champion is other.champion
    assert one.mase != other.mase


def test_a_forecast_knows_nothing_of_the_period_it_is_of():
    values = seasonal(5, months=36)
    trial = Trial(values, season=12, horizon=6, unit=1.0, scale=Scale.of(values))
    found = rolled(BASELINE, trial, 30, 36)
    # Asked before each of six periods for those left of them: 6 + 5 + … + 1.
    assert len(found.target) == 21
    assert found.scaled[:6] == pytest.approx(np.abs(values[30:36] - values[18:24]))


def test_errors_are_in_changes_from_season_to_season():
    found, larger = judged(seasonal(6)), judged(1000 * seasonal(6))
    assert larger.mase == pytest.approx(found.mase, rel=1e-3)


def test_a_series_without_any_change_is_not_judged():
    with pytest.raises(NotEnoughData, match="no_change"):
        judged(np.full(40, 7.0))


@pytest.mark.parametrize(
    ("count", "season", "tests"), [(30, 12, 6), (40, 12, 16), (90, 12, 24), (40, 1, 14), (99, 1, 26)]
)
def test_what_is_tested_leaves_enough_to_learn_from(count: int, season: int, tests: int):
    assert periods_on_trial(count, season=season, fewest=40) == tests
