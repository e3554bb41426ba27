"""Forecasts from a rolling origin: which model a series gets, how good that is, and what it says of what is ahead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from analytics.algorithms.demand.forecasters import FORECASTERS, Learnt, ModelName
from analytics.algorithms.demand.scale import Scale
from analytics.algorithms.errors import NotEnoughData
from analytics.evaluation import Comparison, FloatArray, compare_paired

BASELINE = ModelName.SEASONAL_NAIVE
CHALLENGERS = (ModelName.THETA, ModelName.HOLT_WINTERS, ModelName.REGRESSION, ModelName.SARIMA)
# What a forecast range is to hold.
LEVEL = 0.8
_REACH = float(ndtri((1 + LEVEL) / 2))
# A third of the periods tested on chooses, the rest judges.
_CHOOSES = 1 / 3


@dataclass(frozen=True, eq=False)
class Errors:
    """Of forecasts made from each period of a stretch for those that follow in it, each of shape (forecasts,).

    target: the place of the period within the series. scaled: |error| over the mean absolute change from season to
    season before all tests (MASE, Hyndman and Koehler 2006). symmetric: 2·|error| / (|value| + |forecast|) (sMAPE).
    distance: |error| on the model's scale in its standard errors.
    """

    target: NDArray[np.intp]
    scaled: FloatArray
    symmetric: FloatArray
    distance: FloatArray

    def by_target(self) -> FloatArray:
        """The mean scaled error of each period, in their order: what hits a month hits all forecasts of it."""
        places = np.unique(self.target)
        return np.array([self.scaled[self.target == place].mean() for place in places])

    def coverage(self, widened: float) -> float:
        """Share of the values within the range, if that is widened so many times."""
        return float((self.distance <= _REACH * widened).mean())


@dataclass(frozen=True, eq=False)
class Judged:
    """What is known of the models of one series.

    champion: the challenger that did best on the earlier tests. comparison: its scaled error against that of
    seasonal-naive on the later ones, resampled by period. mase, smape: of every model on the later tests.
    coverage: share of these that lay in the champion's range of 80 %; baseline_coverage: in seasonal-naive's.
    by_target: scaled errors of champion and baseline by period of the later tests.
    widened: by how much each model's range has to be widened to have held 80 % of all tests; at least 1.
    """

    champion: ModelName
    comparison: Comparison
    mase: Mapping[ModelName, float]
    smape: Mapping[ModelName, float]
    coverage: float
    baseline_coverage: float
    by_target: tuple[FloatArray, FloatArray]
    widened: Mapping[ModelName, float]

    @property
    def used(self) -> ModelName:
        """The champion, unless it does not beat the baseline."""
        return self.champion if self.comparison.beats else BASELINE

    @property
    def used_coverage(self) -> float:
        return self.coverage if self.comparison.beats else self.baseline_coverage

    def to_json(self) -> dict[str, Any]:
        return {
            "champion": self.champion.value,
            "used": self.used.value,
            "widened": round(self.widened[self.used], 4),
            "comparison": self.comparison.to_json(),
            "mase": {name.value: round(error, 4) for name, error in self.mase.items()},
            "smape": {name.value: round(error, 4) for name, error in self.smape.items()},
            "coverage": round(self.used_coverage, 4),
            "tests": len(self.by_target[0]),
        }


@dataclass(frozen=True, eq=False)
class Forecast:
    """Periods ahead, in the unit of the series, each of shape (horizon,): medians, and the range of 80 %."""

    median: FloatArray
    low: FloatArray
    high: FloatArray


@dataclass(frozen=True, eq=False)
class Trial:
    """A series and how it is tested: values, shape (n,), periods in a season, most periods ahead, what scaled errors
    are measured in. The scale is that of the whole series: whether it may be zero is known before."""

    values: FloatArray
    season: int
    horizon: int
    unit: float
    scale: Scale


def periods_on_trial(count: int, *, season: int, fewest: int) -> int:
    """How many of the last periods are forecast for judging: as many as lie beyond those that a model learns from, at
    most two seasons, or half a year of weeks."""
    learnt_from = 2 * season if season > 1 else fewest * 2 // 3
    return min(2 * season if season > 1 else 26, count - learnt_from)


def judge(
    values: FloatArray,
    *,
    season: int,
    tests: int,
    horizon: int,
    rng: np.random.Generator,
    challengers: Sequence[ModelName] = CHALLENGERS,
) -> Judged:
    """The challenger that forecasts best on the first third of the last `tests` periods, judged on the rest of them.

    values: shape (n,), in their own unit. Each model learns its parameters at the beginning of either stretch and is
    asked again after every period, for at most `horizon` periods and never beyond the stretch.
    Raises `NotEnoughData` if a series does not change from season to season, or is judged on fewer than two periods.
    """
    n = len(values)
    begin, middle = n - tests, n - tests + max(1, int(tests * _CHOOSES))
    if n - middle < 2:
        raise NotEnoughData("too_few_observations", found=n - middle, needed=2)
    trial = Trial(values, season, horizon, _mean_change(values[:begin], season), Scale.of(values))
    models = (BASELINE, *challengers)
    earlier = {name: rolled(name, trial, begin, middle) for name in models}
    later = {name: rolled(name, trial, middle, n) for name in models}
    champion = min(challengers, key=lambda name: float(earlier[name].by_target().mean()))
    by_target = later[champion].by_target(), later[BASELINE].by_target()
    return Judged(
        champion=champion,
        comparison=compare_paired("mase", model=by_target[0], baseline=by_target[1], rng=rng, higher_is_better=False),
        mase={name: float(errors.by_target().mean()) for name, errors in later.items()},
        smape={name: float(errors.symmetric.mean()) for name, errors in later.items()},
        coverage=later[champion].coverage(_widened(earlier[champion])),
        baseline_coverage=later[BASELINE].coverage(_widened(earlier[BASELINE])),
        by_target=by_target,
        widened={name: _widened(earlier[name], later[name]) for name in models},
    )


def rolled(name: ModelName, trial: Trial, start: int, stop: int) -> Errors:
    """Errors of a model on the periods from `start` until before `stop`, asked before each of them."""
    learnt = FORECASTERS[name].learn(trial.scale.there(trial.values[:start]), trial.season)
    parts = [_asked(name, learnt, trial, origin, stop) for origin in range(start, stop)]
    return Errors(
        target=np.concatenate([part.target for part in parts]),
        scaled=np.concatenate([part.scaled for part in parts]),
        symmetric=np.concatenate([part.symmetric for part in parts]),
        distance=np.concatenate([part.distance for part in parts]),
    )


def forecast(values: FloatArray, name: ModelName, *, season: int, horizon: int, widened: float) -> Forecast:
    """What a model that has learnt from all values says of the periods after them."""
    scale = Scale.of(values)
    there, model = scale.there(values), FORECASTERS[name]
    ahead = model.forecast(there, season, model.learn(there, season), horizon)
    reach = _REACH * widened * ahead.spread
    return Forecast(scale.back(ahead.median), scale.back(ahead.median - reach), scale.back(ahead.median + reach))


def _asked(name: ModelName, learnt: Learnt, trial: Trial, origin: int, stop: int) -> Errors:
    """Errors of the forecasts made when the values before `origin` were known."""
    targets = np.arange(origin, min(origin + trial.horizon, stop))
    known, actual = trial.scale.there(trial.values[:origin]), trial.values[targets]
    ahead = FORECASTERS[name].forecast(known, trial.season, learnt, len(targets))
    said = trial.scale.back(ahead.median)
    wrong = np.abs(actual - said)
    return Errors(
        target=targets,
        scaled=wrong / trial.unit,
        symmetric=_share(2 * wrong, np.abs(actual) + np.abs(said)),
        distance=_share(np.abs(trial.scale.there(actual) - ahead.median), ahead.spread),
    )


def _mean_change(values: FloatArray, season: int) -> float:
    change = float(np.abs(values[season:] - values[:-season]).mean())
    if change <= 1e-12 * float(np.abs(values).max(initial=0)):
        raise NotEnoughData("no_change")
    return change


def _widened(*all_errors: Errors) -> float:
    distances = np.concatenate([errors.distance for errors in all_errors])
    return max(1.0, float(np.quantile(distances, LEVEL)) / _REACH)


def _share(part: FloatArray, whole: FloatArray) -> FloatArray:
    """0 where both are 0: a forecast that is right, without a doubt."""
    share: FloatArray = np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)
    return share
