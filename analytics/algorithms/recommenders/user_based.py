"""Products that customers bought who are most like the one asked about, by Euclidean distance or by cosine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from analytics.algorithms.recommenders.item_to_item import FILLED_PER_PURCHASE
from analytics.algorithms.recommenders.matrices import Histories, Scores, logarithms, ones
from analytics.algorithms.top_n import candidates

Measure = Literal["euclidean", "cosine"]

# As they fit into a processor's cache.
_SIMILARITIES_AT_ONCE = 1_000_000


@dataclass(frozen=True, eq=False)
class UserBased:
    """bought: the sample × products, each entry 1, sparse or filled. vectors: their log(1 + quantity), products × the
    sample, filled, of length 1 where the measure is the cosine. squares: squared lengths of the vectors, shape (s,).
    """

    measure: Measure
    neighbours: int
    bought: Any
    vectors: NDArray[np.float32]
    squares: NDArray[np.float32]

    def scores(self, customers: Histories) -> Scores:
        """Of their neighbours, those who bought the product, weighted by similarity: 0–1. Who bought nothing has none.

        All who are as near as the last neighbour are neighbours too. Who is in the sample is their own neighbour.
        """
        own = logarithms(customers.bought)
        found = np.zeros(own.shape, dtype=np.float32)
        rows_at_once = max(1, _SIMILARITIES_AT_ONCE // len(self.squares))
        for start in range(0, len(customers), rows_at_once):
            block = slice(start, start + rows_at_once)
            found[block] = self._scores(own[block])
        return found

    def _scores(self, own: Any) -> Scores:
        similarity = self._similarity(own)
        similarity[np.diff(own.indptr) == 0] = 0.0
        rows, columns = candidates(similarity, n=self.neighbours)
        starts = np.searchsorted(rows, np.arange(len(similarity) + 1))
        near = sparse.csr_array((similarity[rows, columns], columns, starts), shape=similarity.shape)
        total = np.maximum(np.asarray(near.sum(axis=1)), np.finfo(np.float32).tiny)
        summed = near @ self.bought
        found: Scores = summed if isinstance(summed, np.ndarray) else summed.toarray()
        found /= total.reshape(-1, 1).astype(np.float32)
        return found

    def _similarity(self, own: Any) -> NDArray[np.float32]:
        """The cosine is not divided by the customer's own length, which is the same for all neighbours."""
        products: NDArray[np.float32] = np.asarray(own @ self.vectors, dtype=np.float32)
        if self.measure == "cosine":
            return products
        squares = np.asarray(own.power(2).sum(axis=1)).reshape(-1, 1).astype(np.float32)
        squared_distance = np.maximum(squares + self.squares - 2 * products, 0.0)
        similarity: NDArray[np.float32] = 1 / (1 + np.sqrt(squared_distance))
        return similarity


def fit_users(
    histories: Histories, *, measure: Measure, neighbours: int, sample: int, rng: np.random.Generator
) -> UserBased:
    """Takes a sample of the customers who bought anything; everybody is compared with these.

    Customers are vectors of log(1 + quantity) over products, 0 where they bought nothing. Euclidean: the distance d is
    the root of the sum of squared differences, similarity 1 / (1 + d). The cosine is that of the two vectors.
    """
    buyers = np.flatnonzero(np.diff(histories.bought.indptr))
    if len(buyers) > sample:
        buyers = np.sort(rng.choice(buyers, sample, replace=False))
    chosen = histories.bought[buyers]
    vectors = logarithms(chosen)
    squares = np.asarray(vectors.power(2).sum(axis=1)).ravel()
    if measure == "cosine":
        lengths = np.repeat(np.sqrt(squares), np.diff(vectors.indptr))
        vectors = sparse.csr_array((vectors.data / lengths, vectors.indices, vectors.indptr), shape=vectors.shape)
    bought = ones(chosen)
    return UserBased(
        measure,
        neighbours,
        bought.toarray() if chosen.shape[1] <= FILLED_PER_PURCHASE * chosen.nnz / max(1, len(buyers)) else bought,
        np.ascontiguousarray(vectors.toarray().T, dtype=np.float32),
        squares.astype(np.float32),
    )
