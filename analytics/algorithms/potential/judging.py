"""Which model is used, and whether it is better than none: chosen on one window, judged on a later one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from scipy.stats import rankdata

from analytics.algorithms.btyd.histories import FloatArray
from analytics.algorithms.btyd.outlook import ModelName
from analytics.algorithms.errors import NotEnoughData
from analytics.algorithms.potential.challengers import FeatureModel, FeatureModels, LeavingModels, Naive, NaiveModels
from analytics.algorithms.potential.intervals import Bands, coverage
from analytics.algorithms.potential.windows import Expected, Known, Target, Window
from analytics.algorithms.small_segments import FEWEST, small_segments
from analytics.evaluation import RESAMPLES, Comparison, calibration, compare_paired

# Newly won customers are looked at by themselves: of them the models know least.
NEW_DAYS = 90
# The intervals of those that are not used need not be told to the last digit.
_RESAMPLES_OF_OTHERS = 200


@dataclass(frozen=True)
class Challenger:
    """A model on the later window. chosen_on: its root mean squared error on the earlier one. rank: Spearman's
    coefficient, None where all are expected alike. level: expected of all over what came, 1 is right. comparison:
    squared error beside the baseline's."""

    name: str
    chosen_on: float
    mae: float
    rmse: float
    rank: float | None
    level: float
    comparison: Comparison

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "comparison": self.comparison.to_json()}


@dataclass(frozen=True)
class Slice:
    """The champion's comparison among some of the customers."""

    name: str
    comparison: Comparison


@dataclass(frozen=True)
class Judged:
    """One target. champion, baseline: the model, and the naive expectation, with the smallest squared error on the
    earlier window. coverage: share of the customers of the later window within the interval calibrated on the earlier.
    calibration: (expected, came, customers) by tenths. said: what the champion expected of each customer of the later
    window, shape (n,).
    """

    champion: str
    baseline: str
    challengers: tuple[Challenger, ...]
    slices: tuple[Slice, ...]
    coverage: float
    calibration: list[tuple[float, float, int]]
    said: FloatArray = field(repr=False, compare=False)

    @property
    def winner(self) -> Challenger:
        return next(each for each in self.challengers if each.name == self.champion)

    @property
    def beats(self) -> bool:
        return self.winner.comparison.beats

    @property
    def used(self) -> str:
        """What is to be used: the baseline, where it is not beaten."""
        return self.champion if self.beats else self.baseline

    def to_json(self) -> dict[str, Any]:
        return {
            "champion": self.champion,
            "baseline": self.baseline,
            "used": self.used,
            "beats": self.beats,
            "challengers": [each.to_json() for each in self.challengers],
            "slices": [{"name": each.name, **each.comparison.to_json()} for each in self.slices],
            "coverage": self.coverage,
            "calibration": self.calibration,
        }


@dataclass(frozen=True)
class Names:
    """The candidates. Those that learn from features are left out where there is no window to learn from."""

    leaving: tuple[ModelName, ...]
    features: tuple[FeatureModel, ...]

    @classmethod
    def of(cls, names: Sequence[str]) -> Names:
        return cls(
            leaving=tuple(name for name in ModelName if name in names),
            features=tuple(name for name in FeatureModel if name in names),
        )


def judge(
    learning: Window | None,
    choosing: Window,
    judging: Window,
    *,
    names: Names,
    most: int,
    rng: np.random.Generator,
) -> dict[Target, Judged]:
    """For each target the candidate with the least squared error in the window `choosing`, judged in the later window.

    Models of buying and leaving are fitted on what was known at the cut-off of each window, on at most `most`
    customers; all others on the window before: on `learning` to be chosen, on `choosing` to be judged. Without
    `learning` those of features are no candidates, and the naive ones are held to the window that they learned from.

    Raises `NotEnoughData` if no model of buying and leaving can be fitted.
    """
    features = names.features if learning is not None else ()
    earlier = expectations(learning, choosing, names=Names(names.leaving, features), most=most, rng=rng)
    later = expectations(choosing, judging, names=Names(names.leaving, features), most=most, rng=rng)
    return {target: _judged(target, choosing, judging, earlier, later, rng) for target in Target}


def expectations(
    learned: Window | None, window: Window, *, names: Names, most: int, rng: np.random.Generator
) -> dict[str, Expected]:
    """What each of the candidates and of the naive expects of the window."""
    leaving = LeavingModels.fitted_at(window.known, names.leaving, most=most, rng=rng)
    found = leaving.expected(window.known, days=window.days)
    found |= NaiveModels.learned_from(learned or window).expected(window.known, days=window.days)
    if names.features and learned is not None:
        try:
            models = FeatureModels.learned_from(learned, names.features, rng=rng)
        except NotEnoughData:  # they are no candidates then
            return found
        found |= models.expected(window.known, days=window.days)
    return found


def _judged(
    target: Target,
    choosing: Window,
    judging: Window,
    earlier: Mapping[str, Expected],
    later: Mapping[str, Expected],
    rng: np.random.Generator,
) -> Judged:
    errors = {name: _rmse(earlier[name][target], choosing.came[target]) for name in earlier if name in later}
    ranked = sorted(errors, key=lambda name: errors[name])
    champion = next(name for name in ranked if name not in list(Naive))
    baseline = next(name for name in ranked if name in list(Naive))
    came, of_baseline = judging.came[target], (later[baseline][target] - judging.came[target]) ** 2
    of_champion = (later[champion][target] - came) ** 2
    bands = Bands.calibrated(earlier[champion][target], choosing.came[target])
    return Judged(
        champion=champion,
        baseline=baseline,
        challengers=tuple(
            _challenger(name, errors[name], later[name][target], came, of_baseline, rng, is_champion=name == champion)
            for name in ranked
        ),
        slices=tuple(_slices(judging.known, of_champion, of_baseline, rng)),
        coverage=coverage(*bands.around(later[champion][target]), came),
        calibration=calibration(later[champion][target], came),
        said=later[champion][target],
    )


def _challenger(
    name: str,
    chosen_on: float,
    expected: FloatArray,
    came: FloatArray,
    of_baseline: FloatArray,
    rng: np.random.Generator,
    *,
    is_champion: bool,
) -> Challenger:
    squared = (expected - came) ** 2
    return Challenger(
        name=name,
        chosen_on=chosen_on,
        mae=float(np.abs(expected - came).mean()),
        rmse=float(np.sqrt(squared.mean())),
        rank=rank_correlation(expected, came),
        level=float(expected.sum()) / max(float(came.sum()), 1.0),
        comparison=_compare(squared, of_baseline, rng, RESAMPLES if is_champion else _RESAMPLES_OF_OTHERS),
    )


def rank_correlation(expected: FloatArray, came: FloatArray) -> float | None:
    """Spearman's coefficient, ties as their mean rank; None where either is the same for all."""
    ranks = [rankdata(values) for values in (expected, came)]
    ranks = [each - each.mean() for each in ranks]
    norm = float(np.sqrt((ranks[0] ** 2).sum() * (ranks[1] ** 2).sum()))
    return float(ranks[0] @ ranks[1]) / norm if norm > 0 else None


def _slices(known: Known, of_model: FloatArray, of_baseline: FloatArray, rng: np.random.Generator) -> list[Slice]:
    histories = known.histories()
    parts = {
        "bought_once": histories.repeats == 0,
        "returning": histories.repeats > 0,
        "new": histories.age < NEW_DAYS,
        **small_segments(histories.age - histories.last_repeat, histories.repeats + 1),
    }
    return [
        Slice(name, _compare(of_model[part], of_baseline[part], rng))
        for name, part in parts.items()
        if part.sum() >= FEWEST
    ]


def _rmse(expected: FloatArray, came: FloatArray) -> float:
    return float(np.sqrt(((expected - came) ** 2).mean()))


def _compare(
    of_model: FloatArray, of_baseline: FloatArray, rng: np.random.Generator, resamples: int = RESAMPLES
) -> Comparison:
    return compare_paired(
        "squared_error", model=of_model, baseline=of_baseline, rng=rng, resamples=resamples, higher_is_better=False
    )
