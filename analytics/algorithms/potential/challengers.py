"""The models that are compared, and what is no model: each expects purchase days and spend of the days ahead."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
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
from analytics.algorithms.btyd.outlook import Model, ModelName, fit
from analytics.algorithms.errors import NotEnoughData
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
    cell of recency and frequency came to; what those who bought as often in the last days came to; what all did."""

    window: Window

    def expected(self, known: Known, *, days: int) -> dict[str, Expected]:
        longer = days / known.recent_days
        return {
            Naive.LAST_PERIOD: {
                Target.PURCHASES: known.column("recent") * longer,
                Target.SPEND: np.maximum(known.column("recent_spent_minor"), 0.0) * longer,
            },
            Naive.RFM_CELLS: self._means(self._cells(self.window.known), self._cells(known)),
            Naive.ALIKE: self._means(self._as_often(self.window.known), self._as_often(known)),
            Naive.MEAN: {target: np.full(len(known), came.mean()) for target, came in self.window.came.items()},
        }

    def _means(self, learned: NDArray[np.intp], asked: NDArray[np.intp]) -> Expected:
        return {target: group_means(learned, came, asked) for target, came in self.window.came.items()}

    def _cells(self, known: Known) -> NDArray[np.intp]:
        """Recency and frequency in fifths of the earlier window, as one number."""
        learned, frequency = _silence(self.window.known), self.window.known.column("frequency")
        r, f = (
            np.searchsorted(np.array(cut_points(values.astype(np.int64)), dtype=np.float64), of_known)
            for values, of_known in ((learned, _silence(known)), (frequency, known.column("frequency")))
        )
        cells: NDArray[np.intp] = 5 * r + f
        return cells

    def _as_often(self, known: Known) -> NDArray[np.intp]:
        """Purchase days of the last days; many and rare numbers are taken together."""
        ranked = np.sort(self.window.known.column("recent"))[::-1]
        most = ranked[min(_FEWEST_ALIKE, len(ranked)) - 1]
        often: NDArray[np.intp] = np.minimum(known.column("recent"), most).astype(np.intp)
        return often


def _silence(known: Known) -> FloatArray:
    last = known.frame["last_purchase_date"].to_numpy(dtype="datetime64[D]")
    silence: FloatArray = (np.datetime64(known.as_of) - last).astype(np.float64)
    return silence


def group_means(learned: NDArray[np.intp], came: FloatArray, asked: NDArray[np.intp]) -> FloatArray:
    """Shape (m,): of each group in `asked` the mean of `came`, shape (n,), over the rows of that group in `learned`,
    shape (n,); the mean of all where the group is new."""
    groups = int(max(learned.max(), asked.max())) + 1
    sizes = np.bincount(learned, minlength=groups)
    sums = np.bincount(learned, weights=came, minlength=groups)
    means: FloatArray = np.where(sizes > 0, sums / np.maximum(sizes, 1), came.mean())[asked]
    return means


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


class _Regressor(Protocol):
    def fit(self, X: FloatArray, y: FloatArray) -> Any: ...
    def predict(self, X: FloatArray) -> FloatArray: ...


@dataclass(frozen=True, eq=False)
class FeatureModels:
    """Regressions on features, learned from what came after an earlier cut-off, for as many days as were seen then.

    They learn the outcome over its mean, which `units` holds, so that one setting fits counts and amounts.
    """

    design: Design
    regressors: Mapping[FeatureModel, Mapping[Target, _Regressor]]
    units: Mapping[Target, float]

    @classmethod
    def learned_from(cls, window: Window, names: Iterable[FeatureModel], *, rng: np.random.Generator) -> Self:
        """Raises `NotEnoughData` where nobody bought."""
        design = Design.learned_from(window, rng)
        features = design.matrix(window.known)
        units = {target: float(came.mean()) for target, came in window.came.items()}
        if not min(units.values()) > 0:
            raise NotEnoughData("no_orders")
        regressors: dict[FeatureModel, dict[Target, _Regressor]] = {}
        # Of many small trees, threads wait for each other longer than they work.
        with threadpool_limits(1):
            for name in names:
                regressors[name] = {}
                for target, came in window.came.items():
                    regressor = _REGRESSORS[name](len(window), int(rng.integers(2**31)))
                    regressor.fit(features[:, design.columns[target]], came / units[target])
                    regressors[name][target] = regressor
        return cls(design, regressors, units)

    def expected(self, known: Known, *, days: int) -> dict[str, Expected]:
        """`days` is what they learned from; rows are taken in blocks, so that a million need no more memory."""
        blocks = [np.arange(start, min(start + _BLOCK, len(known))) for start in range(0, len(known), _BLOCK)]
        with threadpool_limits(1):
            parts = [self._expected(known.part(rows)) for rows in blocks]
        return {
            name: {target: np.concatenate([part[name][target] for part in parts]) for target in self.units}
            for name in self.regressors
        }

    def _expected(self, known: Known) -> dict[str, Expected]:
        features = self.design.matrix(known)
        return {
            name: {
                target: np.maximum(regressor.predict(features[:, self.design.columns[target]]), 0) * self.units[target]
                for target, regressor in of_target.items()
            }
            for name, of_target in self.regressors.items()
        }


_REGRESSORS: Mapping[FeatureModel, Callable[[int, int], _Regressor]] = {
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
