"""Which model is used, and whether it is better than nothing: chosen on one window, judged on a later one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from analytics.algorithms.btyd.histories import FloatArray, Histories
from analytics.algorithms.btyd.outlook import ModelName, Outlook, fit, outlook
from analytics.algorithms.errors import NotEnoughData
from analytics.evaluation import Comparison, calibration, compare_paired

# Newly won customers are looked at by themselves: of them the models know least.
NEW_DAYS = 90
_FEWEST_OF_A_SLICE = 30


@dataclass(frozen=True, eq=False)
class Window:
    """What was known at a cut-off, and what came in the `days` after it; arrays of shape (n,), a row per customer.

    before: purchase days in the same number of days before the cut-off.
    """

    histories: Histories
    before: FloatArray
    actual: FloatArray
    days: int


@dataclass(frozen=True)
class Slice:
    """The comparison among some of the customers."""

    name: str
    comparison: Comparison


@dataclass(frozen=True)
class Backtest:
    """error_by_model: root mean squared error of each on the window that they were chosen on, with the baseline's.
    comparison: squared error of the champion and the baseline on the later window. level: expected of all over what
    came, 1 is right. coverage: share of the customers whose purchases lay within the interval. calibration: (expected,
    came, customers) by tenths.
    """

    champion: ModelName
    error_by_model: Mapping[str, float]
    comparison: Comparison
    level: float
    baseline_level: float
    coverage: float
    slices: tuple[Slice, ...]
    calibration: list[tuple[float, float, int]]

    @property
    def beats(self) -> bool:
        return self.comparison.beats

    def to_json(self) -> dict[str, Any]:
        return {
            **asdict(self),
            "comparison": self.comparison.to_json(),
            "slices": [{"name": each.name, **each.comparison.to_json()} for each in self.slices],
        }


def backtest(
    choosing: Window, judging: Window, *, candidates: tuple[ModelName, ...], most: int, rng: np.random.Generator
) -> Backtest:
    """The candidate with the least squared error in the window `choosing`, judged in the later window `judging`.

    Each is fitted on what was known at the cut-off of its window, on at most `most` customers. The baseline expects of
    who bought k times in the days before what such customers bought on average in the window `choosing`. Raises
    `NotEnoughData` if no candidate can be fitted.
    """
    errors = {name: _error(name, choosing, most=most, rng=rng) for name in candidates}
    fitted = {name: error for name, error in errors.items() if error is not None}
    if not fitted:
        raise NotEnoughData("no_maximum")
    champion = min(fitted, key=lambda name: fitted[name])
    expected = _expected(champion, judging, most=most, rng=rng)
    of_model = (expected.expected[:, 0] - judging.actual) ** 2
    as_alike = means_of_alike(choosing, judging.before)
    of_baseline = (as_alike - judging.actual) ** 2
    within = (expected.low[:, 0] <= judging.actual) & (judging.actual <= expected.high[:, 0])
    total = max(float(judging.actual.sum()), 1.0)
    return Backtest(
        champion=champion,
        error_by_model={
            **{name.value: error for name, error in fitted.items()},
            "baseline": float(np.sqrt(((means_of_alike(choosing, choosing.before) - choosing.actual) ** 2).mean())),
        },
        comparison=_compare(of_model, of_baseline, rng),
        level=float(expected.expected[:, 0].sum()) / total,
        baseline_level=float(as_alike.sum()) / total,
        coverage=float(within.mean()),
        slices=tuple(_slices(judging.histories, of_model, of_baseline, rng)),
        calibration=calibration(expected.expected[:, 0], judging.actual),
    )


def means_of_alike(window: Window, before: FloatArray) -> FloatArray:
    """The baseline, shape (m,): for each number of purchases in the days before, shape (m,), what those with as many
    bought on average in the window; many and rare numbers are taken together."""
    most = _most_told_apart(window.before)
    groups = np.minimum(window.before, most).astype(np.intp)
    sums = np.bincount(groups, weights=window.actual, minlength=most + 1)
    sizes = np.bincount(groups, minlength=most + 1)
    means = np.where(sizes > 0, sums / np.maximum(sizes, 1), window.actual.mean())
    alike: FloatArray = means[np.minimum(before, most).astype(np.intp)]
    return alike


def _most_told_apart(before: FloatArray) -> int:
    """The largest number that at least `_FEWEST_OF_A_SLICE` customers reach or exceed."""
    ranked = np.sort(before)[::-1]
    return int(ranked[min(_FEWEST_OF_A_SLICE, len(ranked)) - 1])


def _expected(name: ModelName, window: Window, *, most: int, rng: np.random.Generator) -> Outlook:
    model = fit(name, window.histories, most=most, rng=rng)
    return outlook(model, window.histories, horizons=(window.days,))


def _error(name: ModelName, window: Window, *, most: int, rng: np.random.Generator) -> float | None:
    """None where the model cannot be fitted: it is no candidate then."""
    try:
        expected = _expected(name, window, most=most, rng=rng).expected[:, 0]
    except NotEnoughData:
        return None
    return float(np.sqrt(((expected - window.actual) ** 2).mean()))


def _slices(
    histories: Histories, of_model: FloatArray, of_baseline: FloatArray, rng: np.random.Generator
) -> list[Slice]:
    parts = {
        "bought_once": histories.repeats == 0,
        "returning": histories.repeats > 0,
        "new": histories.age < NEW_DAYS,
    }
    return [
        Slice(name, _compare(of_model[part], of_baseline[part], rng))
        for name, part in parts.items()
        if part.sum() >= _FEWEST_OF_A_SLICE
    ]


def _compare(of_model: FloatArray, of_baseline: FloatArray, rng: np.random.Generator) -> Comparison:
    return compare_paired("squared_error", model=of_model, baseline=of_baseline, rng=rng, higher_is_better=False)
