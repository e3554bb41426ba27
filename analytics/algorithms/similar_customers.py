"""Customers who buy alike, and whether that tells what they will buy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse
from scipy.spatial import cKDTree
from sklearn.decomposition import TruncatedSVD

from analytics.algorithms.errors import NotEnoughData, demand_at_least
from analytics.algorithms.recommenders.known import checked_purchases, purchased_pairs
from analytics.algorithms.small_segments import FEWEST, small_segments
from analytics.evaluation import Comparison, FloatArray, compare_paired

IntArray = NDArray[np.int64]

FEWEST_BUYERS = 50
# Below these an interval over customers says nothing.
FEWEST_TESTED = 30
MOST_TESTED = 2_000
# Who bought no more different ones is new.
FEW_PRODUCTS = 2


@dataclass(frozen=True)
class SimilarParams:
    """neighbours: how many are found of each. dimensions: what the products are condensed to. sample_rows: customers
    that the dimensions are found on; all are placed in them."""

    neighbours: int = 5
    dimensions: int = 6
    sample_rows: int = 50_000

    def __post_init__(self) -> None:
        demand_at_least(vars(self), neighbours=1, dimensions=2, sample_rows=100)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, eq=False)
class Directions:
    """What products are condensed to. product_ids: shape (p,), ascending. weights: shape (p, dimensions), the rarity of
    each product among them. What is bought of others says nothing."""

    product_ids: IntArray
    weights: FloatArray

    def to_json(self) -> dict[str, Any]:
        return {"product_ids": self.product_ids.tolist(), "weights": self.weights.tolist()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        return cls(np.array(data["product_ids"], dtype=np.int64), np.array(data["weights"], dtype=np.float64))


@dataclass(frozen=True, eq=False)
class Similar:
    """customer_ids: shape (c,), ascending. neighbour_ids: shape (c, n), the most alike first. directions: in which they
    were compared. likeness: shape (c,), the cosine to the first neighbour. products: shape (c,), how many different
    ones were bought."""

    customer_ids: IntArray
    neighbour_ids: IntArray
    directions: Directions
    likeness: FloatArray
    products: IntArray


@dataclass(frozen=True)
class Judged:
    """recall: share of a customer's later new products that one of the neighbours had bought by then, against as many
    customers drawn at random. tested: how many customers bought anything new. slices: the same among those who had
    bought one or two products (`few`), more (`many`), and of small segments."""

    recall: Comparison
    tested: int
    slices: Mapping[str, Comparison]

    @property
    def beats(self) -> bool:
        return self.recall.beats

    def to_json(self) -> dict[str, Any]:
        slices = {name: found.to_json() for name, found in self.slices.items()}
        return {"recall": self.recall.to_json(), "tested": self.tested, "slices": slices}


def similar_customers(
    purchases: pd.DataFrame,
    *,
    params: SimilarParams,
    rng: np.random.Generator,
    directions: Directions | None = None,
) -> Similar:
    """The customers who are most alike in what they bought, of each who bought anything.

    purchases: rows of customer_id, product_id, ordered_date and quantity, as `fit_item_similarity` takes them.

    A customer is the vector of log(1 + quantity) over products, each product weighed by log(customers / its buyers), so
    that what everybody buys tells little; condensed by a singular value decomposition and compared by the angle.
    directions: those of an earlier day, instead of finding them.

    Raises `NotEnoughData` with fewer than `FEWEST_BUYERS` buyers, or fewer products than dimensions.

    Sources: weights of Spärck Jones (1972); latent semantic indexing of Deerwester et al. (1990). Departure from
    comparing the vectors themselves: that is quadratic; in few dimensions a tree finds the neighbours of a million.
    """
    bought = _bought(purchases)
    directions = directions or _directions(bought, params, rng)
    places = _placed(bought, directions)
    rows = np.arange(len(places))
    neighbours = _neighbours(places, rows, params.neighbours)
    return Similar(
        bought.customer_ids,
        bought.customer_ids[neighbours],
        directions,
        likeness=np.einsum("ij,ij->i", places, places[neighbours[:, 0]]),
        products=np.diff(bought.pairs.indptr).astype(np.int64),
    )


def judge(before: pd.DataFrame, after: pd.DataFrame, *, params: SimilarParams, rng: np.random.Generator) -> Judged:
    """Whether neighbours, found in what was bought before, had bought what customers bought first after.

    Raises `NotEnoughData` as above, or where fewer than `FEWEST_TESTED` customers bought anything new.
    """
    bought = _bought(before)
    places = _placed(bought, _directions(bought, params, rng))
    rows, products = _new_products(bought, after)
    tested = np.unique(rows)
    if len(tested) < FEWEST_TESTED:
        raise NotEnoughData("too_few_test_customers", found=len(tested), needed=FEWEST_TESTED)
    chosen = np.sort(rng.permutation(tested)[:MOST_TESTED])
    neighbours = _neighbours(places, chosen, params.neighbours)
    others = rng.integers(len(places), size=neighbours.shape)
    begins, ends = np.searchsorted(rows, chosen), np.searchsorted(rows, chosen, side="right")
    wanted = [set(products[begin:end].tolist()) for begin, end in zip(begins, ends, strict=True)]
    model, baseline = (_recalls(wanted, each, bought) for each in (neighbours, others))
    recall = compare_paired("recall", model=model, baseline=baseline, rng=rng)
    parts = {name: part[chosen] for name, part in _parts(bought, before).items()}
    slices = {
        name: compare_paired("recall", model=model[part], baseline=baseline[part], rng=rng)
        for name, part in parts.items()
        if part.sum() >= FEWEST
    }
    return Judged(recall, len(tested), slices)


def _parts(bought: _Bought, purchases: pd.DataFrame) -> dict[str, NDArray[np.bool_]]:
    """By name which of all buyers; how often they bought is told by how many products."""
    products = np.diff(bought.pairs.indptr)
    last = pd.to_datetime(purchases.groupby("customer_id")["ordered_date"].max()).reindex(bought.customer_ids)
    silent_days = (last.max() - last).dt.days.to_numpy()
    return {"few": products <= FEW_PRODUCTS, "many": products > FEW_PRODUCTS, **small_segments(silent_days, products)}


@dataclass(frozen=True, eq=False)
class _Bought:
    """customer_ids, product_ids: ascending. pairs: log(1 + quantity), sparse, customers × products."""

    customer_ids: IntArray
    product_ids: IntArray
    pairs: Any

    def products_of(self, row: int) -> list[int]:
        found: list[int] = self.pairs.indices[self.pairs.indptr[row] : self.pairs.indptr[row + 1]].tolist()
        return found


def _bought(purchases: pd.DataFrame) -> _Bought:
    """Raises `NotEnoughData` with too few buyers."""
    pairs = purchased_pairs(checked_purchases(purchases))
    customer_ids, rows = np.unique(pairs["customer_id"].to_numpy(), return_inverse=True)
    if len(customer_ids) < FEWEST_BUYERS:
        raise NotEnoughData("too_few_buyers", found=len(customer_ids), needed=FEWEST_BUYERS)
    product_ids, columns = np.unique(pairs["product_id"].to_numpy(), return_inverse=True)
    shape = (len(customer_ids), len(product_ids))
    quantities = np.log1p(pairs["quantity"].to_numpy())
    return _Bought(customer_ids, product_ids, sparse.csr_array((quantities, (rows, columns)), shape=shape))


def _directions(bought: _Bought, params: SimilarParams, rng: np.random.Generator) -> Directions:
    """Raises `NotEnoughData` with too few products."""
    customers, products = bought.pairs.shape
    if products <= params.dimensions:
        raise NotEnoughData("too_few_products", found=products, needed=params.dimensions + 1)
    buyers = np.bincount(bought.pairs.indices, minlength=products)
    # At least a little: a product that everybody bought would leave its buyers without a direction.
    rarity = np.log(customers / np.maximum(buyers, 1)) + 0.01
    sample = bought.pairs
    if customers > params.sample_rows:
        sample = sample[np.sort(rng.choice(customers, params.sample_rows, replace=False))]
    condensing = TruncatedSVD(params.dimensions, random_state=int(rng.integers(2**31)))
    condensing.fit(sample * rarity)
    # The weights go into the few directions: not into a second copy of all that was bought.
    return Directions(bought.product_ids, (condensing.components_ * rarity).T)


def _placed(bought: _Bought, directions: Directions) -> FloatArray:
    """Shape (c, dimensions), of length 1, or 0 of who bought nothing that says anything."""
    at = pd.Index(directions.product_ids).get_indexer(pd.Index(bought.product_ids))
    condensed = bought.pairs @ np.where(at[:, None] >= 0, directions.weights[at], 0.0)
    lengths = np.linalg.norm(condensed, axis=1, keepdims=True)
    placed: FloatArray = condensed / np.where(lengths > 0, lengths, 1.0)
    return placed


def _neighbours(places: FloatArray, rows: IntArray, count: int) -> IntArray:
    """Of the customers in some rows the rows of those nearest to them: shape (len(rows), count), or all others."""
    # Of those who stand in one spot a tree may leave out the customer themselves: one more is asked for, and taken out.
    tree, most = cKDTree(places), min(count + 1, len(places))
    # One after another as they stand in the tree: what is read of it for one is then at hand for the next.
    in_tree = np.argsort(np.argsort(tree.indices)[rows])
    found = np.empty((len(rows), most), dtype=np.int64)
    found[in_tree] = tree.query(places[rows[in_tree]], k=most, workers=-1)[1]
    own = found == rows[:, None]
    own[~own.any(axis=1), -1] = True
    others: IntArray = found[~own].reshape(len(rows), -1)
    return others


def _new_products(bought: _Bought, after: pd.DataFrame) -> tuple[IntArray, IntArray]:
    """(rows of customers, columns of products) of what somebody known bought later and not before, ascending. What
    nobody had bought before can be told by nobody: it has columns of its own behind the others."""
    pairs = purchased_pairs(checked_purchases(after))
    rows = pd.Index(bought.customer_ids).get_indexer(pd.Index(pairs["customer_id"]))
    columns = pd.Index(bought.product_ids).get_indexer(pd.Index(pairs["product_id"]))
    unheard = columns < 0
    columns[unheard] = len(bought.product_ids) + pd.factorize(pairs["product_id"].to_numpy()[unheard])[0]
    wide = int(columns.max(initial=0)) + len(bought.product_ids) + 1
    later = np.unique((rows.astype(np.int64) * wide + columns)[rows >= 0])
    before = _keys(bought.pairs, wide)
    place = np.minimum(np.searchsorted(before, later), len(before) - 1)
    new = later[before[place] != later]
    return new // wide, new % wide


def _keys(pairs: Any, wide: int) -> IntArray:
    """Row and column of each as one number, ascending."""
    pairs.sort_indices()
    found: IntArray = np.repeat(np.arange(pairs.shape[0]) * wide, np.diff(pairs.indptr)) + pairs.indices
    return found


def _recalls(wanted: list[set[int]], neighbours: IntArray, bought: _Bought) -> FloatArray:
    """Which share of what each wants their neighbours had bought."""
    had = [set().union(*map(bought.products_of, row)) for row in neighbours.tolist()]
    return np.array([len(each & own) / len(each) for each, own in zip(wanted, had, strict=True)], dtype=np.float64)
