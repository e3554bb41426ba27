"""Customers × products: what every recommender is fitted on and asked about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from analytics.algorithms.errors import InvalidInput, NotEnoughData
from analytics.algorithms.recommenders.known import IntArray, Known
from analytics.algorithms.top_n import MAX_COLUMNS

Scores = NDArray[np.float32]
Rows = slice | NDArray[np.integer[Any]]


@dataclass(frozen=True, eq=False)
class Catalogue:
    """The products bought until `as_of`, most popular first; elsewhere they are meant by their position in it.

    product_ids, buyers, recent_buyers: shape (p,). Buyers are different customers; recent ones bought in the last
    `popularity_days`, of whom there are `recent_customers` with any product at all.
    """

    as_of: date
    product_ids: IntArray
    buyers: IntArray
    recent_buyers: IntArray
    customers: int
    recent_customers: int
    purchased_pairs: int

    def __len__(self) -> int:
        return len(self.product_ids)

    def popularity(self) -> NDArray[np.float64]:
        """Share of the recent customers who bought each product, shape (p,)."""
        return self.recent_buyers / max(1, self.recent_customers)


@dataclass(frozen=True, eq=False)
class Histories:
    """Of customers, in the order of `customer_ids`, sparse arrays of customers × products.

    bought: quantities above 0. liking: 0–1, what they make of a product: a rating where there is one, else 1 for a
    purchase, else less for having looked at it. barred: an entry where the product must not be recommended to them.
    """

    customer_ids: IntArray
    bought: Any
    liking: Any
    barred: Any

    def __len__(self) -> int:
        return len(self.customer_ids)

    def rows(self, chosen: Rows) -> Histories:
        return Histories(self.customer_ids[chosen], self.bought[chosen], self.liking[chosen], self.barred[chosen])


class Recommender(Protocol):
    """Fitted on the histories of some customers, asked about those of others."""

    def scores(self, customers: Histories) -> Scores:
        """Of each product for each customer, shape (c, p); 0 and less: it says nothing for it."""


def catalogue_of(pairs: pd.DataFrame, *, as_of: date, popularity_days: int | None) -> Catalogue:
    """The products of `pairs`, as `purchased_pairs` returns them. Without `popularity_days` all buyers are recent.

    Most recent buyers come first, then most buyers, then the smaller number. Raises `NotEnoughData` (no_purchases).
    """
    if pairs.empty:
        raise NotEnoughData("no_purchases")
    first_day = pd.Timestamp.min if popularity_days is None else pd.Timestamp(as_of - timedelta(days=popularity_days))
    recent = (pairs["ordered_date"] > first_day).to_numpy()
    counts = (
        pairs.assign(recent=recent)
        .groupby("product_id", as_index=False)
        .agg(buyers=("recent", "size"), recent_buyers=("recent", "sum"))
        .sort_values(["recent_buyers", "buyers", "product_id"], ascending=[False, False, True])
    )
    if len(counts) > MAX_COLUMNS:
        raise InvalidInput(f"more than {MAX_COLUMNS} products")
    return Catalogue(
        as_of=as_of,
        product_ids=counts["product_id"].to_numpy(dtype=np.int64),
        buyers=counts["buyers"].to_numpy(dtype=np.int64),
        recent_buyers=counts["recent_buyers"].to_numpy(dtype=np.int64),
        customers=int(pairs["customer_id"].nunique()),
        recent_customers=int(pairs.loc[recent, "customer_id"].nunique()),
        purchased_pairs=len(pairs),
    )


def histories_of(
    known: Known, catalogue: Catalogue, customer_ids: IntArray, *, declined: pd.DataFrame | None = None
) -> Histories:
    """The histories of these customers, with or without purchases; rows of others and other products drop out.

    known.purchases: a row per pair, as `purchased_pairs` returns them. declined: customer_id, product_id of what must
    not be recommended beside what they have. Raises `InvalidInput` if the customers are not all different.
    """
    customer_ids = np.asarray(customer_ids, dtype=np.int64)
    if len(np.unique(customer_ids)) < len(customer_ids):
        raise InvalidInput("customer_ids are not all different")
    places = _Places(pd.Index(customer_ids), pd.Index(catalogue.product_ids))
    bought = places.matrix(known.purchases, known.purchases["quantity"].to_numpy())
    barred = places.matrix(known.barred())
    if declined is not None and len(declined):
        barred = barred + places.matrix(declined)
    return Histories(customer_ids, bought, _liking(bought, known.interest, places), barred)


def ones(matrix: Any) -> Any:
    """The same entries, each 1."""
    return sparse.csr_array((np.ones(matrix.nnz, dtype=np.float32), matrix.indices, matrix.indptr), shape=matrix.shape)


def logarithms(matrix: Any) -> Any:
    """The same entries, log(1 + each)."""
    return sparse.csr_array((np.log1p(matrix.data), matrix.indices, matrix.indptr), shape=matrix.shape)


def shares(matrix: Any) -> Any:
    """The same entries, each row summing to 1 or empty."""
    totals = np.asarray(matrix.sum(axis=1)).ravel()
    divided = matrix.data / np.repeat(totals, np.diff(matrix.indptr))
    return sparse.csr_array((divided.astype(np.float32), matrix.indices, matrix.indptr), shape=matrix.shape)


def entry_rows(matrix: Any) -> NDArray[np.intp]:
    return np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))


@dataclass(frozen=True, eq=False)
class _Places:
    customers: pd.Index[int]
    products: pd.Index[int]

    def matrix(self, pairs: pd.DataFrame, values: NDArray[np.float64] | None = None) -> Any:
        rows = self.customers.get_indexer(pd.Index(pairs["customer_id"]))
        columns = self.products.get_indexer(pd.Index(pairs["product_id"]))
        known = (rows >= 0) & (columns >= 0)
        entries = np.ones(len(pairs), dtype=np.float32) if values is None else values.astype(np.float32)
        shape = (len(self.customers), len(self.products))
        return sparse.csr_array((entries[known], (rows[known], columns[known])), shape=shape)


def _liking(bought: Any, interest: pd.DataFrame, places: _Places) -> Any:
    if interest.empty:
        return ones(bought)
    is_rated = interest["rating"].notna()
    looked_at = places.matrix(interest, interest["interest"].fillna(0.0).to_numpy())
    rated = places.matrix(interest[is_rated], interest.loc[is_rated, "rating"].clip(0.0, 1.0).to_numpy())
    unrated = ones(bought).maximum(looked_at)
    liking = unrated - unrated.multiply(ones(rated)) + rated
    liking = sparse.csr_array(liking, dtype=np.float32)
    # Nobody is known by what they rated lowest.
    liking.eliminate_zeros()
    return liking
