"""Customers who buy alike, and whether that tells what they will buy."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse
from scipy.spatial import cKDTree
from sklearn.decomposition import TruncatedSVD

from analytics.algorithms.errors import NotEnoughData
from analytics.algorithms.recommenders.known import checked_purchases, purchased_pairs
from analytics.evaluation import Comparison, FloatArray, compare_paired

IntArray = NDArray[np.int64]

FEWEST_BUYERS = 50
# Below these an interval over customers says nothing.
FEWEST_TESTED = 30
MOST_TESTED = 2_000


@dataclass(frozen=True)
class SimilarParams:
    """neighbours: how many are found of each. dimensions: what the products are condensed to. sample_rows: customers
    that the dimensions are found on; all are placed in them."""

    neighbours: int = 5
    dimensions: int = 6
    sample_rows: int = 50_000

    def __post_init__(self) -> None:
        if self.neighbours < 1 or self.dimensions < 2 or self.sample_rows < 100:
            raise ValueError("one neighbour, two dimensions and a sample of 100 are the least")

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, eq=False)
class Similar:
    """customer_ids: shape (c,), ascending. neighbour_ids: shape (c, n), the most alike first."""

    customer_ids: IntArray
    neighbour_ids: IntArray


@dataclass(frozen=True)
class Judged:
    """recall: share of a customer's later new products that one of the neighbours had bought by then, against as many
    customers drawn at random. tested: how many customers bought anything new."""

    recall: Comparison
    tested: int

    @property
    def beats(self) -> bool:
        return self.recall.beats

    def to_json(self) -> dict[str, Any]:
        return {"recall": self.recall.to_json(), "tested": self.tested}


def similar_customers(purchases: pd.DataFrame, *, params: SimilarParams, rng: np.random.Generator) -> Similar:
    """The customers who are most alike in what they bought, of each who bought anything.

    purchases: rows of customer_id, product_id, ordered_date and quantity, as `fit_item_similarity` takes them.

    A customer is the vector of log(1 + quantity) over products, each product weighed by log(customers / its buyers), so
    that what everybody buys tells little; condensed by a singular value decomposition and compared by the angle.

    Raises `NotEnoughData` with fewer than `FEWEST_BUYERS` buyers, or fewer products than dimensions.

    Sources: weights of Spärck Jones (1972); latent semantic indexing of Deerwester et al. (1990). Departure from
    comparing the vectors themselves: that is quadratic; in few dimensions a tree finds the neighbours of a million.
    """
    customer_ids, vectors = _vectors(purchases)
    if len(customer_ids) < FEWEST_BUYERS:
        raise NotEnoughData("too_few_buyers", found=len(customer_ids), needed=FEWEST_BUYERS)
    if vectors.shape[1] <= params.dimensions:
        raise NotEnoughData("too_few_products", found=vectors.shape[1], needed=params.dimensions + 1)
    places = _placed(vectors, params, rng)
    # Of those who stand in one spot a tree may leave out the customer themselves: one more is asked for, and taken out.
    _distances, found = cKDTree(places).query(places, k=min(params.neighbours + 1, len(places)), workers=-1)
    own = found == np.arange(len(places))[:, None]
    own[~own.any(axis=1), -1] = True
    neighbours = found[~own].reshape(len(places), -1)
    return Similar(customer_ids, customer_ids[neighbours])


def judge(before: pd.DataFrame, after: pd.DataFrame, *, params: SimilarParams, rng: np.random.Generator) -> Judged:
    """Whether neighbours, found in what was bought before, had bought what customers bought first after.

    Raises `NotEnoughData` as above, or where fewer than `FEWEST_TESTED` customers bought anything new.
    """
    similar = similar_customers(before, params=params, rng=rng)
    owned = _owned(before)
    later = _owned(after)
    new = {customer: products - owned[customer] for customer, products in later.items() if customer in owned}
    tested = [customer for customer, products in new.items() if products]
    if len(tested) < FEWEST_TESTED:
        raise NotEnoughData("too_few_test_customers", found=len(tested), needed=FEWEST_TESTED)
    chosen = rng.permutation(len(tested))[:MOST_TESTED]
    of_neighbours, of_others = [], []
    for place in chosen:
        customer = tested[place]
        row = int(np.searchsorted(similar.customer_ids, customer))
        others = rng.choice(similar.customer_ids, similar.neighbour_ids.shape[1])
        of_neighbours.append(_recall(new[customer], similar.neighbour_ids[row], owned))
        of_others.append(_recall(new[customer], others, owned))
    recall = compare_paired("recall", model=np.array(of_neighbours), baseline=np.array(of_others), rng=rng)
    return Judged(recall, len(tested))


def _vectors(purchases: pd.DataFrame) -> tuple[IntArray, Any]:
    pairs = purchased_pairs(checked_purchases(purchases))
    customer_ids, rows = np.unique(pairs["customer_id"].to_numpy(), return_inverse=True)
    products, columns = np.unique(pairs["product_id"].to_numpy(), return_inverse=True)
    buyers = np.bincount(columns, minlength=len(products))
    # At least a little: a product that everybody bought would leave its buyers without a direction.
    rarity = np.log(max(len(customer_ids), 1) / np.maximum(buyers, 1)) + 0.01
    weights = np.log1p(pairs["quantity"].to_numpy()) * rarity[columns]
    return customer_ids, sparse.csr_array((weights, (rows, columns)), shape=(len(customer_ids), len(products)))


def _placed(vectors: Any, params: SimilarParams, rng: np.random.Generator) -> FloatArray:
    """Shape (c, dimensions), of length 1."""
    sample = vectors
    if vectors.shape[0] > params.sample_rows:
        sample = vectors[np.sort(rng.choice(vectors.shape[0], params.sample_rows, replace=False))]
    condensed = TruncatedSVD(params.dimensions, random_state=int(rng.integers(2**31))).fit(sample).transform(vectors)
    lengths = np.linalg.norm(condensed, axis=1, keepdims=True)
    placed: FloatArray = condensed / np.where(lengths > 0, lengths, 1.0)
    return placed


def _owned(purchases: pd.DataFrame) -> dict[int, set[int]]:
    owned: dict[int, set[int]] = {}
    for customer, product in zip(purchases["customer_id"].tolist(), purchases["product_id"].tolist(), strict=True):
        owned.setdefault(customer, set()).add(product)
    return owned


def _recall(wanted: set[int], neighbours: IntArray, owned: dict[int, set[int]]) -> float:
    had = set().union(*(owned[int(neighbour)] for neighbour in neighbours))
    return len(wanted & had) / len(wanted)
