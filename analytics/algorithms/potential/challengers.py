"""The models that are compared, and what is no model: each expects purchase days and spend of the days ahead."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVR
from sklearn.tree import DecisionTreeRegressor
from threadpoolctl import threadpool_limits

from analytics.algorithms.btyd.gamma_gamma import GammaGamma, fit_gamma_gamma
from analytics.algorithms.btyd.histories import FloatArray
from analytics.algorithms.btyd.outlook import Model, ModelName, fit, model_from_json
from analytics.algorithms.errors import NotEnoughData
from analytics.algorithms.plain_models import Link, Plain, plain_from_json, plain_of
from analytics.algorithms.potential.features import Design
from analytics.algorithms.potential.windows import Expected, Known, Target, Window
from analytics.algorithms.rfm import cut_points

# So many customers make a mean.
_FEWEST_ALIKE = 30
_BLOCK = 100_000


class FeatureModel(StrEnum):
    RIDGE = "ridge"
    SVM = "svm"
    TREE = "tree"
    BOOSTING = "boosting"


class Naive(StrEnum):
    LAST_PERIOD = "last_period"
    RFM_CELLS = "rfm_cells"
    ALIKE = "alike"
    MEAN = "mean"


class Fitted(Protocol):
    def expected(self, known: Known, *, days: int) -> dict[str, Expected]:
        """What each of the models expects of the `days` after, by their names."""
        ...


# --- what is no model -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class NaiveModels:
    """What who buys as in an earlier window may be expected to: as much as in the last days; what those in the same
    cell of recency and frequency came to; what those who bought as often in the last days came to; what all did.

    recency_cuts, frequency_cuts: where the fifths end. most_often: so many purchase days or more are taken together.
    cells, alike: of each target the mean by cell and by purchase days. mean: of all, also of who is like nobody.
    """

    recency_cuts: tuple[float, ...]
    frequency_cuts: tuple[float, ...]
    most_often: float
    cells: Mapping[Target, FloatArray]
    alike: Mapping[Target, FloatArray]
    mean: Mapping[Target, float]

    @classmethod
    def learned_from(cls, window: Window) -> Self:
        known = window.known
        recency_cuts, frequency_cuts = (
            tuple(map(float, cut_points(values.astype(np.int64))))
            for values in (_silence(known), known.column("frequency"))
        )
        ranked = np.sort(known.column("recent"))[::-1]
        most_often = float(ranked[min(_FEWEST_ALIKE, len(ranked)) - 1])
        cells = _cells(known, recency_cuts, frequency_cuts)
        alike = _as_often(known, most_often)
        return cls(
            recency_cuts,
            frequency_cuts,
            most_often,
            {target: group_means(cells, came) for target, came in window.came.items()},
            {target: group_means(alike, came) for target, came in window.came.items()},
            {target: float(came.mean()) for target, came in window.came.items()},
        )

    def expected(self, known: Known, *, days: int) -> dict[str, Expected]:
        longer = days / known.recent_days
        cells = _cells(known, self.recency_cuts, self.frequency_cuts)
        alike = _as_often(known, self.most_often)
        return {
            Naive.LAST_PERIOD: {
                Target.PURCHASES: known.column("recent") * longer,
                Target.SPEND: np.maximum(known.column("recent_spent_minor"), 0.0) * longer,
            },
            Naive.RFM_CELLS: {
                target: _of_groups(cells, means, self.mean[target]) for target, means in self.cells.items()
            },
            Naive.ALIKE: {target: _of_groups(alike, means, self.mean[target]) for target, means in self.alike.items()},
            Naive.MEAN: {target: np.full(len(known), mean) for target, mean in self.mean.items()},
        }

    def to_json(self) -> dict[str, Any]:
        return {
            "recency_cuts": list(self.recency_cuts),
            "frequency_cuts": list(self.frequency_cuts),
            "most_often": self.most_often,
            "cells": {target.value: _none_for_nan(means) for target, means in self.cells.items()},
            "alike": {target.value: _none_for_nan(means) for target, means in self.alike.items()},
            "mean": {target.value: mean for target, mean in self.mean.items()},
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        cells, alike = (
            {Target(name): np.array(means, dtype=np.float64) for name, means in data[kind].items()}
            for kind in ("cells", "alike")
        )
        return cls(
            tuple(data["recency_cuts"]),
            tuple(data["frequency_cuts"]),
            data["most_often"],
            cells,
            alike,
            {Target(name): mean for name, mean in data["mean"].items()},
        )


def _cells(known: Known, recency_cuts: Sequence[float], frequency_cuts: Sequence[float]) -> NDArray[np.intp]:
    """Recency and frequency in fifths of the earlier window, as one number."""
    r = np.searchsorted(np.array(recency_cuts), _silence(known))
    f = np.searchsorted(np.array(frequency_cuts), known.column("frequency"))
    cells: NDArray[np.intp] = 5 * r + f
    return cells


def _as_often(known: Known, most: float) -> NDArray[np.intp]:
    """Purchase days of the last days; many and rare numbers are taken together."""
    often: NDArray[np.intp] = np.minimum(known.column("recent"), most).astype(np.intp)
    return often


def _silence(known: Known) -> FloatArray:
    last = known.frame["last_purchase_date"].to_numpy(dtype="datetime64[D]")
    silence: FloatArray = (np.datetime64(known.as_of) - last).astype(np.float64)
    return silence


def group_means(groups: NDArray[np.intp], came: FloatArray) -> FloatArray:
    """Of each group, numbered from 0, the mean of `came`, shape (n,); nan where nobody is in it."""
    sizes, sums = np.bincount(groups), np.bincount(groups, weights=came)
    means: FloatArray = np.where(sizes > 0, sums / np.maximum(sizes, 1), np.nan)
    return means


def _of_groups(asked: NDArray[np.intp], means: FloatArray, otherwise: float) -> FloatArray:
    """The means of the groups in `asked`; `otherwise` where the group is new."""
    known = np.append(np.where(np.isnan(means), otherwise, means), otherwise)
    found: FloatArray = known[np.minimum(asked, len(means))]
    return found


def _none_for_nan(values: FloatArray) -> list[float | None]:
    return [None if np.isnan(value) else float(value) for value in values]


# --- models of buying and leaving -------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class LeavingModels:
    """BG/NBD and its like, with Gamma–Gamma for the amounts: they learn from the histories up to the day itself."""

    models: Mapping[ModelName, Model]
    amounts: GammaGamma

    @classmethod
    def fitted_at(
        cls, known: Known, names: Iterable[ModelName], *, most: int, rng: np.random.Generator
    ) -> LeavingModels:
        """Raises `NotEnoughData` if none of the models can be fitted, or the amounts have no mean."""
        histories = known.histories()
        models: dict[ModelName, Model] = {}
        for name in names:
            try:
                models[name] = fit(name, histories, most=most, rng=rng)
            except NotEnoughData:  # it is no candidate then
                continue
        if not models:
            raise NotEnoughData("no_maximum")
        return cls(models, _amounts(known))

    def to_json(self) -> dict[str, Any]:
        models = {name.value: model.to_json() for name, model in self.models.items()}
        return {"models": models, "amounts": self.amounts.to_json()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> LeavingModels:
        models = {ModelName(name): model_from_json(name, model) for name, model in data["models"].items()}
        return cls(models, GammaGamma.from_json(data["amounts"]))

    def expected(self, known: Known, *, days: int) -> dict[str, Expected]:
        histories, basket = known.histories(), self.basket(known)
        found: dict[str, Expected] = {}
        for name, model in self.models.items():
            purchases = model.probability_alive(histories) * model.expected_if_alive(histories, horizon=days)
            found[name] = {Target.PURCHASES: purchases, Target.SPEND: purchases * basket}
        return found

    def basket(self, known: Known) -> FloatArray:
        """Expected amount of a purchase day, in minor units."""
        mean = known.column("mean_spend_minor")
        days = np.where(mean > 0, known.column("frequency"), 0.0)
        return self.amounts.expected_spend(days, np.maximum(mean, 0.0))


def _amounts(known: Known) -> GammaGamma:
    """Of those who bought on several days; days that refunds left without an amount tell nothing."""
    frequency, mean = known.column("frequency"), known.column("mean_spend_minor")
    returning = (frequency > 1) & (mean > 0)
    return fit_gamma_gamma(frequency[returning], mean[returning])


# --- models of features -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class FeatureModels:
    """Regressions on features, learned from what came after an earlier cut-off, for as many days as were seen then.

    They learn the outcome over its mean, which `units` holds, so that one setting fits counts and amounts.
    """

    design: Design
    regressions: Mapping[FeatureModel, Mapping[Target, Plain]]
    units: Mapping[Target, float]

    @classmethod
    def learned_from(cls, window: Window, names: Iterable[FeatureModel], *, rng: np.random.Generator) -> Self:
        """Raises `NotEnoughData` where nobody bought."""
        design = Design.learned_from(window, rng)
        features = design.matrix(window.known)
        units = {target: float(came.mean()) for target, came in window.came.items()}
        if not min(units.values()) > 0:
            raise NotEnoughData("no_orders")
        regressions: dict[FeatureModel, dict[Target, Plain]] = {}
        # Of many small trees, threads wait for each other longer than they work.
        with threadpool_limits(1):
            for name in names:
                regressions[name] = {}
                for target, came in window.came.items():
                    regressor = _REGRESSORS[name](len(window), int(rng.integers(2**31)))
                    regressor.fit(features[:, design.columns[target]], came / units[target])
                    regressions[name][target] = plain_of(regressor, link=_LINKS.get(name, "identity"))
        return cls(design, regressions, units)

    def only(self, used: Mapping[Target, str]) -> FeatureModels:
        """Without those of which nothing is used."""
        regressions = {
            name: {target: plain for target, plain in of_target.items() if used[target] == name}
            for name, of_target in self.regressions.items()
        }
        return FeatureModels(self.design, {name: kept for name, kept in regressions.items() if kept}, self.units)

    def expected(self, known: Known, *, days: int) -> dict[str, Expected]:
        """`days` is what they learned from; rows are taken in blocks, so that a million need no more memory."""
        found = {
            name: {target: np.empty(len(known)) for target in of_target} for name, of_target in self.regressions.items()
        }
        for start in range(0, len(known), _BLOCK):
            rows = np.arange(start, min(start + _BLOCK, len(known)))
            features = self.design.matrix(known.part(rows))
            for name, of_target in self.regressions.items():
                for target, plain in of_target.items():
                    values = plain.predict(features[:, self.design.columns[target]])
                    found[name][target][rows] = np.maximum(values, 0) * self.units[target]
        return {name.value: expected for name, expected in found.items()}

    def to_json(self) -> dict[str, Any]:
        return {
            "design": self.design.to_json(),
            "regressions": {
                name.value: {target.value: plain.to_json() for target, plain in of_target.items()}
                for name, of_target in self.regressions.items()
            },
            "units": {target.value: unit for target, unit in self.units.items()},
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        regressions = {
            FeatureModel(name): {Target(target): plain_from_json(plain) for target, plain in of_target.items()}
            for name, of_target in data["regressions"].items()
        }
        units = {Target(target): unit for target, unit in data["units"].items()}
        return cls(Design.from_json(data["design"]), regressions, units)


_REGRESSORS: Mapping[FeatureModel, Callable[[int, int], Any]] = {
    FeatureModel.RIDGE: lambda rows, seed: make_pipeline(StandardScaler(), Ridge(alpha=1.0)),
    # The squared loss: of the absolute one the median is learned, which is nothing for who seldom buys.
    FeatureModel.SVM: lambda rows, seed: make_pipeline(
        StandardScaler(),
        LinearSVR(loss="squared_epsilon_insensitive", epsilon=0.05, C=0.1, dual=False, random_state=seed),
    ),
    FeatureModel.TREE: lambda rows, seed: DecisionTreeRegressor(
        min_samples_leaf=max(20, rows // 100), random_state=seed
    ),
    FeatureModel.BOOSTING: lambda rows, seed: HistGradientBoostingRegressor(
        loss="poisson", max_iter=80, max_leaf_nodes=15, learning_rate=0.08, l2_regularization=1.0, random_state=seed
    ),
}
_LINKS: Mapping[FeatureModel, Link] = {FeatureModel.BOOSTING: "exp"}
