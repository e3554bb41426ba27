"""Products by what somebody has: what buyers of the one buy as well, by cosine or by regression (EASE)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from analytics.algorithms.recommenders.matrices import Histories, Scores, ones, shares
from analytics.algorithms.top_n import top_entries

FloatArray = NDArray[np.float64]
Positions = NDArray[np.integer[Any]]
_Joint = tuple[Positions, Positions, FloatArray]

# With so many products at most, pairs are held as a filled square: 100 MB.
FILLED_PRODUCTS = 5_000
# Products whose joint buyers with all others are held at once.
_PRODUCTS_AT_ONCE = 256
# With fewer products than so many times what a customer buys (and so few at most), sums over filled rows are faster.
FILLED_PER_PURCHASE = 40
# Of rows that are held filled at once: 8 MB.
_CELLS_AT_ONCE = 1_000_000


@dataclass(frozen=True, eq=False)
class PairTable:
    """A number for each ordered pair of products, 0 where nothing is said: a filled square, or sparse of many."""

    values: Any

    @classmethod
    def of(cls, owned: Positions, candidate: Positions, values: NDArray[Any], *, products: int) -> PairTable:
        table = sparse.csr_array((values.astype(np.float32), (owned, candidate)), shape=(products, products))
        return cls(table.toarray() if products <= FILLED_PRODUCTS else table)

    def at(self, owned: Positions, candidate: Positions) -> NDArray[np.float32]:
        if isinstance(self.values, np.ndarray):
            places = owned.astype(np.int64) * self.values.shape[1] + candidate
            found: NDArray[np.float32] = self.values.ravel().take(places)
            return found
        return np.asarray(self.values[owned, candidate], dtype=np.float32).ravel()

    def mean_for(self, weights: Any) -> Scores:
        """For rows of weights the weighted sums of the rows of the table, filled."""
        product = weights @ self.values
        return np.asarray(product if isinstance(product, np.ndarray) else product.toarray(), dtype=np.float32)


@dataclass(frozen=True, eq=False)
class ItemToItem:
    """The score of a product is the mean of its weights for what the customer has, weighted by how much they have it.

    weights: of owned products × candidates. of: whether what they have is what they bought, each alike, or what they
    like, in its degree.
    """

    weights: PairTable
    of: Literal["bought", "liking"] = "bought"

    def scores(self, customers: Histories) -> Scores:
        return self.weights.mean_for(self.had(customers))

    def had(self, customers: Histories) -> Any:
        return shares(ones(customers.bought) if self.of == "bought" else customers.liking)


def joint_buyers(bought: Any) -> FloatArray:
    """How many customers have both of each two products, shape (p, p); on the diagonal its buyers."""
    entries = ones(bought)
    joint = np.zeros((bought.shape[1], bought.shape[1]))
    rows_at_once = max(1, _CELLS_AT_ONCE // bought.shape[1])
    for start in range(0, bought.shape[0], rows_at_once):
        rows = entries[start : start + rows_at_once]
        joint += rows.T @ rows.toarray()
    return joint


def fit_items(
    histories: Any, *, neighbours: int, shrinkage: float, of: Literal["bought", "liking"] = "bought"
) -> tuple[ItemToItem, PairTable]:
    """Similarity of products by who has them, and of the same pairs the share of the buyers of the one who have both.

    histories: customers × products, sparse, with positive entries x; only the `neighbours` most similar of each product
    are kept. similarity_ij = (x_i · x_j) / (|x_i| |x_j|) · n_ij / (n_ij + shrinkage), n_ij being those who have both.

    Time and memory grow with the sum over customers of the square of their number of products. A product has no
    similarity to itself.

    Sources: Sarwar et al. (2001), section 3.1.1; shrinkage of Bell and Koren (2007), section 2.2, here on the cosine.
    """
    binary = of == "bought"
    entries = ones(histories) if binary else histories
    lengths = np.sqrt(np.asarray(entries.power(2).sum(axis=0)).ravel())
    buyers = np.bincount(histories.indices, minlength=histories.shape[1])
    kept: list[tuple[Positions, Positions, FloatArray, FloatArray]] = []
    for owned, candidate, product, joint in _pairs(entries, binary=binary):
        similarity = np.minimum(product / (lengths[owned] * lengths[candidate]), 1.0) * joint / (joint + shrinkage)
        others = np.flatnonzero(owned != candidate)
        best, _ranks = top_entries(owned[others] - owned[0], candidate[others], similarity[others], n=neighbours)
        best = others[best]
        kept.append((owned[best], candidate[best], similarity[best], joint[best] / buyers[owned[best]]))
    owned, candidate, similarity, share = (np.concatenate(column) for column in zip(*kept, strict=True))
    products = histories.shape[1]
    weights = PairTable.of(owned, candidate, similarity, products=products)
    return ItemToItem(weights, of), PairTable.of(owned, candidate, share, products=products)


def fit_ease(bought: Any, *, ridge: float) -> ItemToItem:
    """The linear model without hidden layer in which a product never predicts itself; cubic in the products.

    bought: customers × products, sparse; each entry counts 1. With P the inverse of XᵀX + ridge · I the weights are
    −P_ij / P_jj, 0 on the diagonal.

    Source: Steck (2019), "Embarrassingly Shallow Autoencoders for Sparse Data", equation 8. Departure: scores are
    divided by the customer's number of products, which changes no order.
    """
    gram = joint_buyers(bought)
    gram[np.diag_indices_from(gram)] += ridge
    inverse = np.linalg.inv(gram)
    weights = inverse / -np.diag(inverse)
    np.fill_diagonal(weights, 0.0)
    return ItemToItem(PairTable(weights.astype(np.float32)))


def _pairs(entries: Any, *, binary: bool) -> Iterator[tuple[Positions, Positions, FloatArray, FloatArray]]:
    """Of the pairs with joint buyers: owned, candidate, product of the two columns, number of joint buyers; in the
    order of the first two, some owned products after the other."""
    products = entries.shape[1]
    few = products <= min(FILLED_PRODUCTS, FILLED_PER_PURCHASE * entries.nnz / max(1, entries.shape[0]))
    if binary and few:
        joint = joint_buyers(entries)
        for start in range(0, products, _PRODUCTS_AT_ONCE):
            owned, candidate = np.nonzero(joint[start : start + _PRODUCTS_AT_ONCE])
            counted = joint[start + owned, candidate]
            yield start + owned, candidate, counted, counted
        return
    by_product = entries.T.tocsr()
    single, single_by_product = ones(entries), ones(by_product)
    for start in range(0, products, _PRODUCTS_AT_ONCE):
        block = slice(start, start + _PRODUCTS_AT_ONCE)
        joint = _sorted(single_by_product[block] @ single)
        product = joint if binary else _sorted(by_product[block] @ entries)
        owned = start + np.repeat(np.arange(joint.shape[0]), np.diff(joint.indptr))
        yield owned, joint.indices, product.data.astype(np.float64), joint.data.astype(np.float64)


def _sorted(matrix: Any) -> Any:
    matrix.sort_indices()
    return matrix
