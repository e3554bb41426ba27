"""Popularity, and the blend of several recommenders with weights chosen by what became of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analytics.algorithms.recommenders.matrices import Histories, Recommender, Scores

_TINY = np.finfo(np.float32).tiny


@dataclass(frozen=True, eq=False)
class Popular:
    """The same for everybody. shares: of the customers who bought each product, shape (p,)."""

    shares: NDArray[np.float32]

    def scores(self, customers: Histories) -> Scores:
        return np.tile(self.shares, (len(customers), 1))


@dataclass(frozen=True, eq=False)
class Hybrid:
    """The weighted sum of several, the best product of each being 1. It says nothing for who did nothing yet, even if
    popularity is in it: they get the popular products as such."""

    parts: tuple[tuple[float, Recommender], ...]

    def scores(self, customers: Histories) -> Scores:
        (weight, first), *others = self.parts
        blended = best_is_one(first.scores(customers)) * np.float32(weight)
        for weight, part in others:
            blended += best_is_one(part.scores(customers)) * np.float32(weight)
        blended[np.diff(customers.liking.indptr) == 0] = 0.0
        return blended


def best_is_one(scores: Scores) -> Scores:
    """Positive scores divided by the largest of their row; others 0."""
    positive: Scores = np.maximum(scores, np.float32(0))
    positive /= np.maximum(positive.max(axis=1, keepdims=True), _TINY)
    return positive


def chosen_weights(
    scores: Mapping[str, Scores], quality: Callable[[Scores], float], *, steps: int = 6
) -> dict[str, float]:
    """Weights that sum to 1, by adding the recommender that helps most, again and again, as long as any helps.

    scores: by name, of the same customers, each made by `best_is_one`. quality: of a sum of them, larger is better.

    Source: Caruana et al. (2004), "Ensemble Selection from Libraries of Models": forward selection with replacement.
    """
    total: Scores | None = None
    best, taken = -np.inf, []
    for _step in range(steps):
        sums = {name: each if total is None else total + each for name, each in scores.items()}
        found = {name: quality(each) for name, each in sums.items()}
        name = max(found, key=lambda each: found[each])
        if found[name] <= best:
            break
        best, total = found[name], sums[name]
        taken.append(name)
    return {name: taken.count(name) / len(taken) for name in dict.fromkeys(taken)}
