"""What is published: by the models that were chosen, for every buyer and each horizon, with intervals."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from analytics.algorithms.btyd.histories import FloatArray
from analytics.algorithms.btyd.outlook import ModelName, intervals, next_after
from analytics.algorithms.errors import NotEnoughData
from analytics.algorithms.potential.challengers import (
    FeatureModel,
    FeatureModels,
    Fitted,
    LeavingModels,
    Naive,
    NaiveModels,
)
from analytics.algorithms.potential.intervals import Bands
from analytics.algorithms.potential.windows import Known, Target, Window

# Of the last window of a horizon; the others tell how far the model is off.
_LEARNED_FROM = 0.75


class Basis(StrEnum):
    """Where a horizon's figures come from: the last window as long; where history is too short for one, the next
    shorter horizon and how much more the model of buying and leaving expects; or that model alone."""

    WINDOW = "window"
    EXTENDED = "extended"
    MODEL = "model"


@dataclass(frozen=True, eq=False)
class Range:
    """Arrays of shape (n,): what is expected within a horizon, and the ends of its interval."""

    expected: FloatArray
    low: FloatArray
    high: FloatArray
    basis: Basis


@dataclass(frozen=True, eq=False)
class Outlook:
    """ranges: by target and horizon. alive, next_after, basket: shape (n,), by the model of buying and leaving."""

    leaving: LeavingModels
    ranges: Mapping[Target, Mapping[int, Range]]
    alive: FloatArray
    next_after: FloatArray
    basket: FloatArray
    features: Mapping[str, list[str]]


def outlook(
    now: Known,
    windows: Mapping[int, Window | None],
    *,
    used: Mapping[Target, str],
    leaving: ModelName,
    most: int,
    rng: np.random.Generator,
) -> Outlook:
    """used: for each target the model, or the naive expectation, that is published. leaving: the best of its kind,
    which tells who is still there and when they come next. windows: for each horizon, in days, the last window as long
    (at most `most` customers of it), None where history is too short for one."""
    names = {ModelName(name) for name in used.values() if name in list(ModelName)} | {leaving}
    lasting = LeavingModels.fitted_at(now, sorted(names), most=most, rng=rng)
    growth = {days: lasting.expected(now, days=days) for days in windows}
    histories = now.histories()
    maker = _Maker(now, lasting, growth, used, leaving, most, rng)
    ranges: dict[Target, dict[int, Range]] = {target: {} for target in Target}
    for days, window in sorted(windows.items()):
        for target, made in maker.ranges(days, window, ranges).items():
            ranges[target][days] = made
    alive = lasting.models[leaving].probability_alive(histories)
    return Outlook(
        leaving=lasting,
        ranges=ranges,
        alive=alive,
        next_after=next_after(lasting.models[leaving], histories, alive),
        basket=lasting.basket(now),
        features=maker.features,
    )


class _Maker:
    """Makes the ranges of one horizon after the other, the shorter first."""

    def __init__(
        self,
        now: Known,
        lasting: LeavingModels,
        growth: Mapping[int, Mapping[str, Mapping[Target, FloatArray]]],
        used: Mapping[Target, str],
        leaving: ModelName,
        most: int,
        rng: np.random.Generator,
    ) -> None:
        self._now, self._lasting, self._growth, self._used, self._leaving = now, lasting, growth, used, leaving
        self._most, self._rng = most, rng
        self._bands: dict[Target, Bands] = {}
        self.features: dict[str, list[str]] = {}

    def ranges(
        self, days: int, window: Window | None, shorter: Mapping[Target, Mapping[int, Range]]
    ) -> dict[Target, Range]:
        if window is not None:
            return self._of_window(days, window, shorter)
        return {target: self._without_window(target, days, shorter[target]) for target in Target}

    def _of_window(
        self, days: int, window: Window, shorter: Mapping[Target, Mapping[int, Range]]
    ) -> dict[Target, Range]:
        learned, held_back = window.sample(self._most, self._rng).split(_LEARNED_FROM, self._rng)
        found, fitted_for = {}, self._fitted(learned)
        for target, name in self._used.items():
            fitted = fitted_for.get(target)
            if fitted is None:
                found[target] = self._without_window(target, days, shorter[target])
                continue
            self._bands[target] = Bands.calibrated(
                fitted.expected(held_back.known, days=days)[name][target], held_back.came[target]
            )
            made = self._growth[days] if name in self._growth[days] else fitted.expected(self._now, days=days)
            found[target] = self._range(target, days, made[name][target], Basis.WINDOW, shorter[target])
        return found

    def _fitted(self, learned: Window) -> dict[Target, Fitted]:
        """For each target what knows the model that is used; nothing where it cannot be fitted on that window."""
        found: dict[Target, Fitted] = {}
        features = sorted({FeatureModel(name) for name in self._used.values() if name in list(FeatureModel)})
        regressions: FeatureModels | None = None
        for target, name in self._used.items():
            with suppress(NotEnoughData):
                if name in list(ModelName):
                    found[target] = LeavingModels.fitted_at(
                        learned.known, [ModelName(name)], most=self._most, rng=self._rng
                    )
                elif name in list(Naive):
                    found[target] = NaiveModels(learned)
                else:
                    regressions = regressions or FeatureModels.learned_from(learned, features, rng=self._rng)
                    found[target] = regressions
                    self.features[target.value] = regressions.design.chosen_names(target)
        return found

    def _without_window(self, target: Target, days: int, shorter: Mapping[int, Range]) -> Range:
        name = self._used[target]
        if name in self._growth[days] or target not in self._bands:
            return self._of_model(target, days, ModelName(name) if name in self._growth[days] else self._leaving)
        before, range_before = max(shorter.items())
        long, short = (self._growth[each][self._leaving][Target.PURCHASES] for each in (days, before))
        grown = range_before.expected * np.divide(long, short, out=np.full(len(long), days / before), where=short > 0)
        return self._range(target, days, grown, Basis.EXTENDED, shorter)

    def _of_model(self, target: Target, days: int, name: ModelName) -> Range:
        """The model's own interval."""
        low, high = intervals(self._lasting.models[name], self._now.histories(), horizon=days)
        each = self._lasting.basket(self._now) if target == Target.SPEND else np.ones(len(self._now))
        return Range(self._growth[days][name][target], low * each, high * each, Basis.MODEL)

    def _range(
        self, target: Target, days: int, expected: FloatArray, basis: Basis, shorter: Mapping[int, Range]
    ) -> Range:
        """Within more days not less is expected: horizons are learned apart, and may differ by chance."""
        if shorter:
            expected = np.maximum(expected, shorter[max(shorter)].expected)
        low, high = self._bands[target].around(expected)
        return Range(expected, low, high, basis)
