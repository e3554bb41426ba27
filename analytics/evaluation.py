"""How good a model is, beside its baseline: bootstrap intervals and ranking metrics. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from analytics.algorithms.errors import NotEnoughData

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.integer[Any]]

RESAMPLES = 1000
LEVEL = 0.95

# Bounds the index arrays of the bootstrap to some 32 MB.
_DRAWS_AT_ONCE = 4_000_000


@dataclass(frozen=True)
class Comparison:
    """One metric of a model beside its baseline's, with the bootstrap interval of model − baseline."""

    metric: str
    model: float
    baseline: float
    difference: float
    low: float
    high: float
    observations: int
    higher_is_better: bool = True

    @property
    def beats(self) -> bool:
        """Whether the whole interval lies on the better side of zero."""
        return self.low > 0 if self.higher_is_better else self.high < 0

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "beats": self.beats}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        return cls(**{name: value for name, value in data.items() if name != "beats"})


def bootstrap_means(values: FloatArray, *, rng: np.random.Generator, resamples: int = RESAMPLES) -> FloatArray:
    """Means of `resamples` samples of `values`, shape (n,), drawn with replacement and of the same size.

    Returns shape (resamples,). Raises `NotEnoughData` if there are fewer than two values.

    Source: Efron and Tibshirani, "An Introduction to the Bootstrap" (1993), chapter 6.
    """
    if len(values) < 2:
        raise NotEnoughData("too_few_observations", found=len(values), needed=2)
    at_once = max(1, _DRAWS_AT_ONCE // len(values))
    blocks = [min(at_once, resamples - start) for start in range(0, resamples, at_once)]
    return np.concatenate([values[rng.integers(len(values), size=(size, len(values)))].mean(axis=1) for size in blocks])


def bootstrap_interval(
    values: FloatArray, *, rng: np.random.Generator, resamples: int = RESAMPLES, level: float = LEVEL
) -> tuple[float, float]:
    """Percentile interval of the mean of `values`, shape (n,). Raises `NotEnoughData` below two values."""
    return _percentiles(bootstrap_means(values, rng=rng, resamples=resamples), level)


def compare_paired(
    metric: str,
    *,
    model: FloatArray,
    baseline: FloatArray,
    rng: np.random.Generator,
    resamples: int = RESAMPLES,
    higher_is_better: bool = True,
) -> Comparison:
    """Mean of a metric over the same observations under model and baseline, each of shape (n,) and in the same order.

    The observations are resampled, each with both its values. Raises `NotEnoughData` below two observations.
    """
    if model.shape != baseline.shape:
        raise ValueError(f"not the same observations: {model.shape} and {baseline.shape}")
    low, high = bootstrap_interval(model - baseline, rng=rng, resamples=resamples)
    return _comparison(metric, model, baseline, low, high, higher_is_better)


def compare_independent(
    metric: str,
    *,
    model: FloatArray,
    baseline: FloatArray,
    rng: np.random.Generator,
    resamples: int = RESAMPLES,
    higher_is_better: bool = True,
) -> Comparison:
    """Means of a metric over two unrelated sets of observations, shapes (n,) and (m,), each resampled by itself.

    Raises `NotEnoughData` below two observations in either.
    """
    differences = bootstrap_means(model, rng=rng, resamples=resamples) - bootstrap_means(
        baseline, rng=rng, resamples=resamples
    )
    low, high = _percentiles(differences, LEVEL)
    return _comparison(metric, model, baseline, low, high, higher_is_better)


def ndcg_at(hits: NDArray[np.bool_], relevant: IntArray) -> FloatArray:
    """Normalised discounted cumulative gain per customer, shape (n,), in 0–1.

    hits: shape (n, k), whether the product at each rank, best first, is relevant. relevant: shape (n,), how many
    relevant products the customer has, at least as many as hits; a customer without any gets nan.

    Source: Järvelin and Kekäläinen (2002), binary gain, discount 1 / log2(rank + 1); the ideal list holds
    min(k, relevant) hits.
    """
    discounts = 1 / np.log2(np.arange(2, hits.shape[1] + 2))
    ideal = np.concatenate([[0.0], np.cumsum(discounts)])[np.minimum(relevant, hits.shape[1])]
    return _share(hits @ discounts, ideal)


def recall_at(hits: NDArray[np.bool_], relevant: IntArray) -> FloatArray:
    """Share of each customer's relevant products among the k recommended; arguments and result as in `ndcg_at`."""
    return _share(hits.sum(axis=1).astype(np.float64), relevant.astype(np.float64))


def calibration(said: FloatArray, became: NDArray[Any], *, bins: int = 10) -> list[tuple[float, float, int]]:
    """By tenths of the cases in the order of what was said of them, each of shape (n,): mean of it, mean of what became
    of them, how many."""
    tenths = np.array_split(np.argsort(said, kind="stable"), bins)
    return [(float(said[rows].mean()), float(became[rows].mean()), len(rows)) for rows in tenths if len(rows)]


def catalogue_coverage(recommended: IntArray, catalogue: IntArray) -> float:
    """Share of the products in `catalogue` that stand on at least one of the recommended lists, of any shape."""
    return float(np.isin(np.unique(catalogue), recommended).mean()) if len(catalogue) else 0.0


def _percentiles(values: FloatArray, level: float) -> tuple[float, float]:
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _comparison(
    metric: str, model: FloatArray, baseline: FloatArray, low: float, high: float, higher_is_better: bool
) -> Comparison:
    return Comparison(
        metric=metric,
        model=float(model.mean()),
        baseline=float(baseline.mean()),
        difference=float(model.mean() - baseline.mean()),
        low=low,
        high=high,
        observations=len(model),
        higher_is_better=higher_is_better,
    )


def _share(part: FloatArray, whole: FloatArray) -> FloatArray:
    share: FloatArray = np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0)
    return share
