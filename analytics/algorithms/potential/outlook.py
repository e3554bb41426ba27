"""What is published: by the models that were chosen, for every buyer and each horizon, with intervals."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

import numpy as np

from analytics.algorithms.btyd.histories import FloatArray
from analytics.algorithms.btyd.outlook import Model, ModelName, fit, intervals, model_from_json, next_after
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
from analytics.algorithms.potential.windows import Expected, Known, Target, Window

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
    """ranges: by target and horizon. next_after, basket: shape (n,), by the model of buying and leaving. alive: shape
    (n,), by the one that tells it."""

    ranges: Mapping[Target, Mapping[int, Range]]
    alive: FloatArray
    next_after: FloatArray
    basket: FloatArray


@dataclass(frozen=True, eq=False)
class Horizon:
    """What was learned from the last window as long. bands: of each target that a model is known of; features, naive:
    what knows it, where it is no model of buying and leaving."""

    bands: Mapping[Target, Bands]
    features: FeatureModels | None = None
    naive: NaiveModels | None = None

    def expected(self, known: Known, *, days: int) -> dict[str, Expected]:
        found: dict[str, Expected] = {}
        for models in (self.features, self.naive):
            found |= models.expected(known, days=days) if models else {}
        return found

    def to_json(self) -> dict[str, Any]:
        return {
            "bands": {target.value: bands.to_json() for target, bands in self.bands.items()},
            "features": self.features and self.features.to_json(),
            "naive": self.naive and self.naive.to_json(),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            {Target(name): Bands.from_json(bands) for name, bands in data["bands"].items()},
            FeatureModels.from_json(data["features"]) if data["features"] else None,
            NaiveModels.from_json(data["naive"]) if data["naive"] else None,
        )


@dataclass(frozen=True, eq=False)
class Staying:
    """Who is still a customer: not by BG/NBD, to which nobody has left who bought once."""

    name: ModelName
    model: Model

    def to_json(self) -> dict[str, Any]:
        return {"name": self.name.value, "model": self.model.to_json()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        return cls(ModelName(data["name"]), model_from_json(data["name"], data["model"]))


@dataclass(frozen=True, eq=False)
class Learned:
    """All that an outlook is made by. used: for each target the model, or the naive expectation, that is published.
    leaving: the best of its kind, which tells when they come next. staying: the one that tells who is still there."""

    used: Mapping[Target, str]
    leaving: ModelName
    lasting: LeavingModels
    horizons: Mapping[int, Horizon]
    staying: Staying

    def features(self) -> dict[str, list[str]]:
        """By target the features of the longest horizon that a model of such was learned for."""
        return {
            target.value: horizon.features.design.chosen_names(target)
            for _days, horizon in sorted(self.horizons.items())
            if horizon.features
            for of_target in horizon.features.regressions.values()
            for target in of_target
        }

    def to_json(self) -> dict[str, Any]:
        return {
            "used": {target.value: name for target, name in self.used.items()},
            "leaving": self.leaving.value,
            "lasting": self.lasting.to_json(),
            "horizons": {str(days): horizon.to_json() for days, horizon in self.horizons.items()},
            "staying": self.staying.to_json(),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            {Target(name): model for name, model in data["used"].items()},
            ModelName(data["leaving"]),
            LeavingModels.from_json(data["lasting"]),
            {int(days): Horizon.from_json(horizon) for days, horizon in data["horizons"].items()},
            Staying.from_json(data["staying"]),
        )


def learn(
    now: Known,
    windows: Mapping[int, Window | None],
    *,
    used: Mapping[Target, str],
    leaving: ModelName,
    staying: ModelName,
    most: int,
    rng: np.random.Generator,
) -> Learned:
    """windows: for each horizon, in days, the last window as long (at most `most` customers of it), None where history
    is too short for one. used, leaving: as in `Learned`. staying: which is to tell who is still a customer; it need not
    be among the others."""
    names = {ModelName(name) for name in used.values() if name in list(ModelName)} | {leaving}
    lasting = LeavingModels.fitted_at(now, sorted(names), most=most, rng=rng)
    horizons = {
        days: _horizon(window, used, most, rng) if window else Horizon({}) for days, window in sorted(windows.items())
    }
    told_by = lasting.models.get(staying) or fit(staying, now.histories(), most=most, rng=rng)
    return Learned(used, leaving, lasting, horizons, Staying(staying, told_by))


def _horizon(window: Window, used: Mapping[Target, str], most: int, rng: np.random.Generator) -> Horizon:
    learned, held_back = window.sample(most, rng).split(_LEARNED_FROM, rng)
    bands: dict[Target, Bands] = {}
    features: FeatureModels | None = None
    naive: NaiveModels | None = None
    names = sorted({FeatureModel(name) for name in used.values() if name in list(FeatureModel)})
    for target, name in used.items():
        with suppress(NotEnoughData):  # it is not known for this horizon then
            fitted: Fitted
            if name in list(ModelName):
                fitted = LeavingModels.fitted_at(learned.known, [ModelName(name)], most=most, rng=rng)
            elif name in list(Naive):
                fitted = naive = NaiveModels.learned_from(learned)
            else:
                features = features or FeatureModels.learned_from(learned, names, rng=rng).only(used)
                fitted = features
            expected = fitted.expected(held_back.known, days=window.days)[name][target]
            bands[target] = Bands.calibrated(expected, held_back.came[target])
    return Horizon(bands, features, naive)


def look_ahead(learned: Learned, now: Known) -> Outlook:
    """By what was learned on that day or before."""
    lasting, leaving = learned.lasting, learned.leaving
    growth = {days: lasting.expected(now, days=days) for days in learned.horizons}
    maker = _Maker(now, learned, growth)
    ranges: dict[Target, dict[int, Range]] = {target: {} for target in Target}
    for days, horizon in sorted(learned.horizons.items()):
        for target, made in maker.ranges(days, horizon, ranges).items():
            ranges[target][days] = made
    histories, model = now.histories(), lasting.models[leaving]
    return Outlook(
        ranges=ranges,
        alive=learned.staying.model.probability_alive(histories),
        next_after=next_after(model, histories, model.probability_alive(histories)),
        basket=lasting.basket(now),
    )


class _Maker:
    """Makes the ranges of one horizon after the other, the shorter first."""

    def __init__(self, now: Known, learned: Learned, growth: Mapping[int, Mapping[str, Expected]]) -> None:
        self._now, self._learned, self._growth = now, learned, growth
        self._bands: dict[Target, Bands] = {}

    def ranges(self, days: int, horizon: Horizon, shorter: Mapping[Target, Mapping[int, Range]]) -> dict[Target, Range]:
        expected = {**self._growth[days], **horizon.expected(self._now, days=days)}
        self._bands |= horizon.bands
        return {
            target: self._range(target, days, expected[name][target], Basis.WINDOW, shorter[target])
            if target in horizon.bands and name in expected
            else self._without_window(target, days, shorter[target])
            for target, name in self._learned.used.items()
        }

    def _without_window(self, target: Target, days: int, shorter: Mapping[int, Range]) -> Range:
        name, leaving = self._learned.used[target], self._learned.leaving
        if name in self._growth[days] or target not in self._bands or not shorter:
            return self._of_model(target, days, ModelName(name) if name in self._growth[days] else leaving)
        before, range_before = max(shorter.items())
        long, short = (self._growth[each][leaving][Target.PURCHASES] for each in (days, before))
        grown = range_before.expected * np.divide(long, short, out=np.full(len(long), days / before), where=short > 0)
        return self._range(target, days, grown, Basis.EXTENDED, shorter)

    def _of_model(self, target: Target, days: int, name: ModelName) -> Range:
        """The model's own interval."""
        lasting = self._learned.lasting
        low, high = intervals(lasting.models[name], self._now.histories(), horizon=days)
        each = lasting.basket(self._now) if target == Target.SPEND else np.ones(len(self._now))
        return Range(self._growth[days][name][target], low * each, high * each, Basis.MODEL)

    def _range(
        self, target: Target, days: int, expected: FloatArray, basis: Basis, shorter: Mapping[int, Range]
    ) -> Range:
        """Within more days not less is expected: horizons are learned apart, and may differ by chance."""
        if shorter:
            expected = np.maximum(expected, shorter[max(shorter)].expected)
        low, high = self._bands[target].around(expected)
        return Range(expected, low, high, basis)
