"""Which products are bought by the same customers: cosine similarity with shrinkage, and popularity."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from typing import Any, Literal, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from analytics.algorithms.errors import InvalidInput, NotEnoughData
from analytics.algorithms.top_n import MAX_COLUMNS, top_entries

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
_Joint = tuple[NDArray[np.integer[Any]], NDArray[np.integer[Any]], FloatArray, FloatArray]

# The last may be absent.
PURCHASE_COLUMNS = ("customer_id", "product_id", "ordered_date", "quantity")

# Products whose similarities to all others are held at once.
_PRODUCTS_AT_ONCE = 256
# With fewer products than so many times what a customer buys (and so few at most), sums over filled rows are faster.
_DENSE_PER_PURCHASE = 40
_DENSE_PRODUCTS = 1024
# Of rows that are held filled at once: 8 MB.
_CELLS_AT_ONCE = 1_000_000


@dataclass(frozen=True)
class RecommenderParams:
    """weighting: a purchase counts 1 ("binary") or log(1 + quantity) ("log").

    shrinkage: joint buyers at which a similarity is halved, against chance among the rarely bought.
    neighbours: similar products kept per product.
    popularity_days: popularity counts the buyers of the last so many days; None counts all.
    """

    weighting: Literal["binary", "log"] = "binary"
    shrinkage: float = 10.0
    neighbours: int = 100
    popularity_days: int | None = 90

    def __post_init__(self) -> None:
        if self.weighting not in ("binary", "log"):
            raise ValueError("weighting must be binary or log")
        if self.shrinkage < 0 or self.neighbours < 1:
            raise ValueError("shrinkage must not be negative and neighbours at least 1")
        if self.popularity_days is not None and self.popularity_days < 1:
            raise ValueError("popularity_days must be at least 1")

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, eq=False)
class ItemSimilarity:
    """A fitted model. Products stand in order of popularity and are meant by their position in it below.

    customers, purchased_pairs: what it was fitted on, pairs being different products per customer.
    product_ids, buyers, recent_buyers: shape (p,). Buyers are different customers; recent ones bought in the last
      `popularity_days`, of whom there are `recent_customers` with any product at all.
    owned, candidate, similarity, share: shape (m,), ordered by the first two: to who bought `owned`, the product
      `candidate` is similar by `similarity` in 0–1, and `share` of the buyers of `owned` bought it.
    """

    params: RecommenderParams
    as_of: date
    customers: int
    purchased_pairs: int
    recent_customers: int
    product_ids: IntArray
    buyers: IntArray
    recent_buyers: IntArray
    owned: IntArray
    candidate: IntArray
    similarity: FloatArray
    share: FloatArray

    def popularity_only(self) -> Self:
        """The same model without any similarity: it recommends what is popular, and is the baseline."""
        nothing = np.array([], dtype=np.int64)
        empty = nothing.astype(np.float64)
        return replace(self, owned=nothing, candidate=nothing, similarity=empty, share=empty)

    def matrix(self, *, candidates: NDArray[np.bool_]) -> Any:
        """Similarities as a sparse array, owned products × candidates, shape (p, p), of the marked candidates only."""
        kept = candidates[self.candidate]
        shape = (len(self.product_ids), len(self.product_ids))
        return sparse.csr_array((self.similarity[kept], (self.owned[kept], self.candidate[kept])), shape=shape)

    def popularity(self) -> FloatArray:
        """Share of the recent customers who bought each product, shape (p,)."""
        return self.recent_buyers / max(1, self.recent_customers)

    def to_json(self) -> dict[str, Any]:
        """What the run row keeps; the similarities themselves are `products` and `neighbours`."""
        return {
            "params": self.params.to_json(),
            "as_of": self.as_of.isoformat(),
            "customers": self.customers,
            "purchased_pairs": self.purchased_pairs,
            "recent_customers": self.recent_customers,
            "products": len(self.product_ids),
            "similar_pairs": len(self.similarity),
        }

    def products(self) -> pd.DataFrame:
        """One row per product, most popular first: product_id, buyers, recent_buyers."""
        return pd.DataFrame(
            {"product_id": self.product_ids, "buyers": self.buyers, "recent_buyers": self.recent_buyers}
        )

    def neighbours(self) -> pd.DataFrame:
        """One row per pair kept: product_id, similar_product_id, similarity, share."""
        return pd.DataFrame(
            {
                "product_id": self.product_ids[self.owned],
                "similar_product_id": self.product_ids[self.candidate],
                "similarity": self.similarity,
                "share": self.share,
            }
        )

    @classmethod
    def from_stored(cls, facts: dict[str, Any], products: pd.DataFrame, neighbours: pd.DataFrame) -> Self:
        """The model out of `to_json`, `products` (in their order) and `neighbours` (in any)."""
        positions = pd.Index(products["product_id"])
        owned = positions.get_indexer(pd.Index(neighbours["product_id"]))
        candidate = positions.get_indexer(pd.Index(neighbours["similar_product_id"]))
        order = np.lexsort((candidate, owned))
        return cls(
            params=RecommenderParams(**facts["params"]),
            as_of=date.fromisoformat(facts["as_of"]),
            customers=facts["customers"],
            purchased_pairs=facts["purchased_pairs"],
            recent_customers=facts["recent_customers"],
            product_ids=products["product_id"].to_numpy(dtype=np.int64),
            buyers=products["buyers"].to_numpy(dtype=np.int64),
            recent_buyers=products["recent_buyers"].to_numpy(dtype=np.int64),
            owned=owned[order].astype(np.int64),
            candidate=candidate[order].astype(np.int64),
            similarity=neighbours["similarity"].to_numpy(dtype=np.float64)[order],
            share=neighbours["share"].to_numpy(dtype=np.float64)[order],
        )


def fit_item_similarity(purchases: pd.DataFrame, *, as_of: date, params: RecommenderParams) -> ItemSimilarity:
    """Similarities of products by who bought them up to `as_of`; later rows are ignored.

    purchases: customer_id, product_id (positive integers), ordered_date, and quantity if there is one; a row per
      purchase, or per customer and product with the last day. A pair whose quantities sum to nothing (all returned)
      is no purchase.

    For binary or logarithmic columns x of the customer × product matrix and n_ij joint buyers,
    similarity_ij = (x_i · x_j) / (|x_i| |x_j|) · n_ij / (n_ij + shrinkage), and share_ij = n_ij / n_i. Only the
    `neighbours` most similar of each product are kept. Time and memory grow with the sum over customers of the square
    of their number of products, not with customers × products.

    Raises `NotEnoughData` (no_purchases) and `InvalidInput`.

    Sources: item-based cosine: Sarwar et al. (2001), section 3.1.1; shrinkage: Bell and Koren (2007), section 2.2, used
    here on the cosine rather than the correlation.
    """
    known = checked_purchases(purchases)
    known = known[known["ordered_date"] <= pd.Timestamp(as_of)]
    pairs = purchased_pairs(known)
    if pairs.empty:
        raise NotEnoughData("no_purchases")
    popularity = _popularity(pairs, as_of, params)
    product_ids = popularity["product_id"].to_numpy(dtype=np.int64)
    if len(product_ids) > MAX_COLUMNS:
        raise InvalidInput(f"more than {MAX_COLUMNS} products")
    customer_rows, customer_ids = pd.factorize(pairs["customer_id"])
    bought = customer_matrix(pairs, customer_rows, len(customer_ids), product_ids, params)
    blocks = list(_similar_products(bought, popularity["buyers"].to_numpy(), params))
    owned, candidate, similarity, share = (np.concatenate(column) for column in zip(*blocks, strict=True))
    return ItemSimilarity(
        params=params,
        as_of=as_of,
        customers=len(customer_ids),
        purchased_pairs=len(pairs),
        recent_customers=int(pairs.loc[_recent(pairs, as_of, params), "customer_id"].nunique()),
        product_ids=product_ids,
        buyers=popularity["buyers"].to_numpy(dtype=np.int64),
        recent_buyers=popularity["recent_buyers"].to_numpy(dtype=np.int64),
        owned=owned,
        candidate=candidate,
        similarity=similarity,
        share=share,
    )


def checked_purchases(purchases: pd.DataFrame) -> pd.DataFrame:
    """The frame with days as timestamps and a quantity (1 unless given). Raises `InvalidInput`."""
    missing = [name for name in PURCHASE_COLUMNS[:3] if name not in purchases.columns]
    if missing:
        raise InvalidInput(f"missing columns: {', '.join(missing)}")
    columns = [name for name in PURCHASE_COLUMNS if name in purchases.columns]
    if purchases[columns].isna().any(axis=None):
        raise InvalidInput(f"missing values in {', '.join(columns)}")
    checked = pd.DataFrame(
        {
            "customer_id": purchases["customer_id"].to_numpy(dtype=np.int64),
            "product_id": purchases["product_id"].to_numpy(dtype=np.int64),
            "ordered_date": pd.to_datetime(purchases["ordered_date"]).to_numpy(),
            "quantity": purchases["quantity"].to_numpy(dtype=np.float64) if "quantity" in columns else 1.0,
        },
        index=pd.RangeIndex(len(purchases)),
        copy=False,  # millions of rows, checked several times in a run
    )
    if (checked["product_id"] < 1).any():
        raise InvalidInput("product_id must be positive: 0 stands for none")
    return checked


def purchased_pairs(purchases: pd.DataFrame) -> pd.DataFrame:
    """One row per customer and product really bought: customer_id, product_id, ordered_date (last day), quantity."""
    if _are_pairs(purchases):
        return purchases[purchases["quantity"] > 0].reset_index(drop=True)
    pairs = purchases.groupby(["customer_id", "product_id"], as_index=False, sort=False).agg(
        ordered_date=("ordered_date", "max"), quantity=("quantity", "sum")
    )
    return pairs[pairs["quantity"] > 0].reset_index(drop=True)


def _are_pairs(purchases: pd.DataFrame) -> bool:
    """Whether the rows stand in the order of customer and product and so are seen to be different."""
    customers, products = purchases["customer_id"].to_numpy(), purchases["product_id"].to_numpy()
    next_customer = customers[1:] > customers[:-1]
    next_product = (customers[1:] == customers[:-1]) & (products[1:] > products[:-1])
    return bool((next_customer | next_product).all())


def customer_matrix(
    pairs: pd.DataFrame, rows: NDArray[np.intp], row_count: int, product_ids: IntArray, params: RecommenderParams
) -> Any:
    """Weights of the pairs as a sparse array, customers × products; pairs of products not in `product_ids` drop out."""
    columns = pd.Index(product_ids).get_indexer(pd.Index(pairs["product_id"]))
    known = columns >= 0
    weights = np.ones(len(pairs)) if params.weighting == "binary" else np.log1p(pairs["quantity"].to_numpy())
    return sparse.csr_array((weights[known], (rows[known], columns[known])), shape=(row_count, len(product_ids)))


def _recent(pairs: pd.DataFrame, as_of: date, params: RecommenderParams) -> NDArray[np.bool_]:
    if params.popularity_days is None:
        return np.ones(len(pairs), dtype=bool)
    recent: NDArray[np.bool_] = (
        pairs["ordered_date"] > pd.Timestamp(as_of - timedelta(days=params.popularity_days))
    ).to_numpy()
    return recent


def _popularity(pairs: pd.DataFrame, as_of: date, params: RecommenderParams) -> pd.DataFrame:
    """product_id, buyers, recent_buyers; most recent buyers first, then most buyers, then the smaller number."""
    counts = (
        pairs.assign(recent=_recent(pairs, as_of, params))
        .groupby("product_id", as_index=False)
        .agg(buyers=("recent", "size"), recent_buyers=("recent", "sum"))
    )
    return counts.sort_values(["recent_buyers", "buyers", "product_id"], ascending=[False, False, True])


def _similar_products(
    bought: Any, buyers: IntArray, params: RecommenderParams
) -> Iterator[tuple[IntArray, IntArray, FloatArray, FloatArray]]:
    """Owned, candidate, similarity and share of the pairs kept, for some products after the other."""
    lengths = np.sqrt(np.asarray(bought.power(2).sum(axis=0)).ravel())
    few = bought.shape[1] <= min(_DENSE_PRODUCTS, _DENSE_PER_PURCHASE * bought.nnz / bought.shape[0])
    for owned, candidate, product, joint in (_joint_at_once if few else _joint_in_blocks)(bought, params):
        similarity = product / (lengths[owned] * lengths[candidate])
        similarity = np.minimum(similarity, 1.0) * joint / (joint + params.shrinkage)
        others = np.flatnonzero(owned != candidate)
        kept, _ = top_entries(owned[others] - owned[0], candidate[others], similarity[others], n=params.neighbours)
        # Back from the order of the ranks to that of owned and candidate.
        kept = np.sort(others[kept])
        yield (
            owned[kept].astype(np.int64),
            candidate[kept].astype(np.int64),
            similarity[kept],
            joint[kept] / buyers[owned[kept]],
        )


def _joint_in_blocks(bought: Any, params: RecommenderParams) -> Iterator[_Joint]:
    """Of the pairs of products with joint buyers: owned, candidate, product of the two columns, number of joint buyers;
    in the order of the first two, some owned products after the other."""
    by_product = bought.T.tocsr()
    ones, ones_by_product = _binary(bought), _binary(by_product)
    for start in range(0, by_product.shape[0], _PRODUCTS_AT_ONCE):
        block = slice(start, start + _PRODUCTS_AT_ONCE)
        products = _sorted(by_product[block] @ bought)
        joint = products if params.weighting == "binary" else _sorted(ones_by_product[block] @ ones)
        owned = start + np.repeat(np.arange(products.shape[0]), np.diff(products.indptr))
        yield owned, products.indices, products.data, joint.data


def _joint_at_once(bought: Any, params: RecommenderParams) -> Iterator[_Joint]:
    """The same, in one piece."""
    joint = _products_of_columns(_binary(bought))
    products = joint if params.weighting == "binary" else _products_of_columns(bought)
    owned, candidate = np.nonzero(joint)
    yield owned, candidate, products[owned, candidate], joint[owned, candidate]


def _products_of_columns(matrix: Any) -> FloatArray:
    products = np.zeros((matrix.shape[1], matrix.shape[1]))
    rows_at_once = max(1, _CELLS_AT_ONCE // matrix.shape[1])
    for start in range(0, matrix.shape[0], rows_at_once):
        rows = matrix[start : start + rows_at_once]
        products += rows.T @ rows.toarray()
    return products


def _binary(matrix: Any) -> Any:
    return sparse.csr_array((np.ones(matrix.nnz), matrix.indices, matrix.indptr), shape=matrix.shape)


def _sorted(matrix: Any) -> Any:
    matrix.sort_indices()
    return matrix
