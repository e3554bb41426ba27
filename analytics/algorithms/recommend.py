"""Products for customers: what goes with what they bought, and what is popular where that is not enough."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics.algorithms.errors import InvalidInput
from analytics.algorithms.item_similarity import (
    FloatArray,
    IntArray,
    ItemSimilarity,
    checked_purchases,
    customer_matrix,
    purchased_pairs,
)
from analytics.algorithms.top_n import MAX_ROWS, top_columns, top_entries

NO_PRODUCT = 0

# Bounds of what is held at once: scores of customers × products, and reasons weighed (places × products bought).
_SCORES_AT_ONCE = 4_000_000
_REASONS_AT_ONCE = 4_000_000
# Of pairs of products: 64 MB. Looking up is ten times faster than searching.
_LONGEST_TABLE = 16_000_000
# From this share of similar pairs on, scores are computed for all products: most customers have most of them anyway.
_DENSE_FROM = 0.05


@dataclass(frozen=True, eq=False)
class Recommendations:
    """Lists of up to N products per customer, best first.

    customer_ids: shape (c,). product_ids: (c, N); NO_PRODUCT where fewer than N are left to recommend.
    scores: (c, N), 0–1, mean similarity to what the customer bought; 0 where the product comes by popularity.
    reason_product_ids: (c, N), the bought product that adds most to the score; NO_PRODUCT means popularity.
    reason_shares: (c, N), 0–1: of the buyers of that product, those who bought this one too; where the reason is
      popularity, of all recent customers those who bought this one.
    """

    customer_ids: IntArray
    product_ids: IntArray
    scores: NDArray[np.float32]
    reason_product_ids: IntArray
    reason_shares: NDArray[np.float32]

    def to_frame(self) -> pd.DataFrame:
        """A row per recommendation: customer_id, rank (from 1), product_id, score, reason_product_id, reason_share."""
        rows, ranks = np.nonzero(self.product_ids != NO_PRODUCT)
        return pd.DataFrame(
            {
                "customer_id": self.customer_ids[rows],
                "rank": ranks + 1,
                "product_id": self.product_ids[rows, ranks],
                "score": self.scores[rows, ranks],
                "reason_product_id": self.reason_product_ids[rows, ranks],
                "reason_share": self.reason_shares[rows, ranks],
            }
        )

    def to_wide_frame(self) -> pd.DataFrame:
        """A row per customer with a list: customer_id, places (how many products), and for each place from 001 on
        product_001, score_001, reason_001 and share_001. The columns are the arrays' own, nothing is copied."""
        places = (self.product_ids != NO_PRODUCT).sum(axis=1)
        columns = {"customer_id": self.customer_ids, "places": places}
        for place in range(self.product_ids.shape[1]):
            columns |= {
                f"product_{place + 1:03}": self.product_ids[:, place],
                f"score_{place + 1:03}": self.scores[:, place],
                f"reason_{place + 1:03}": self.reason_product_ids[:, place],
                f"share_{place + 1:03}": self.reason_shares[:, place],
            }
        frame = pd.DataFrame(columns, copy=False)
        return frame if places.all() else frame[places > 0]


def recommend(
    model: ItemSimilarity,
    purchases: pd.DataFrame,
    *,
    customer_ids: IntArray,
    n: int = 10,
    blocked_product_ids: IntArray | None = None,
    include_bought: bool = False,
) -> Recommendations:
    """The best `n` products of each customer.

    purchases: all that these customers bought until now, in the columns of `fit_item_similarity`; rows of others are
      ignored.
    customer_ids: shape (c,), different; who gets a list, with or without purchases.
    blocked_product_ids: products that must not be offered, such as inactive ones.
    include_bought: whether a product that the customer has bought may be recommended again.

    The score of a product is the mean of its similarities to the customer's products, weighted as in the fit. Products
    without a score follow by popularity: newcomers get popular products, and a list is full while anything is left.
    Equal scores stand in order of popularity. The first products of a list do not depend on `n`.

    Raises `InvalidInput` for purchases or customers that break the contract.

    Source: weighted sum of Sarwar et al. (2001), section 3.2.1. Departure: divided by the customer's weights rather
    than by the product's similarities, which would put a product with one chance neighbour first.
    """
    customer_ids = np.asarray(customer_ids, dtype=np.int64)
    if len(np.unique(customer_ids)) < len(customer_ids):
        raise InvalidInput("customer_ids are not all different")
    offer = _Offer.of(model, blocked_product_ids, n, include_bought)
    bought = _bought(model, purchases, customer_ids)
    shape = (len(customer_ids), n)
    lists = Recommendations(
        customer_ids=customer_ids,
        # By place, as they are handed on.
        product_ids=np.full(shape, NO_PRODUCT, dtype=np.int64, order="F"),
        scores=np.zeros(shape, dtype=np.float32, order="F"),
        reason_product_ids=np.full(shape, NO_PRODUCT, dtype=np.int64, order="F"),
        reason_shares=np.zeros(shape, dtype=np.float32, order="F"),
    )
    for block in _blocks(bought, n):
        _fill_lists(lists, block, bought[block], offer)
    return lists


@dataclass(frozen=True, eq=False)
class _Offer:
    """What stays the same from block to block.

    similarity: owned products × candidates, sparse, or an array where enough pairs are similar.
    pair_keys: owned · p + candidate of the model's pairs, ascending.
    pair_table: by owned · p + candidate the position of the pair in the model's arrays, or −1; None where there are too
      many products for it.
    """

    model: ItemSimilarity
    similarity: Any
    pair_keys: IntArray
    pair_table: NDArray[np.int32] | None
    popular: NDArray[np.intp]
    popularity: FloatArray
    n: int
    include_bought: bool

    @classmethod
    def of(cls, model: ItemSimilarity, blocked: IntArray | None, n: int, include_bought: bool) -> _Offer:
        if n < 1:
            raise ValueError("n must be at least 1")
        offered = ~np.isin(model.product_ids, [] if blocked is None else blocked)
        pair_keys = model.owned * len(model.product_ids) + model.candidate
        return cls(
            model=model,
            similarity=_dense_if_filled(model.matrix(candidates=offered)),
            pair_keys=pair_keys,
            pair_table=_positions(pair_keys, len(model.product_ids) ** 2),
            popular=np.flatnonzero(offered),
            popularity=model.popularity(),
            n=n,
            include_bought=include_bought,
        )

    def pairs(self, owned: IntArray, candidate: IntArray) -> tuple[NDArray[np.integer[Any]], NDArray[np.bool_]]:
        """Positions of pairs in the model's arrays, and whether it has them; the positions of others mean nothing."""
        keys = owned.astype(np.int64) * len(self.model.product_ids) + candidate
        if self.pair_table is not None:
            found = self.pair_table[keys]
            return found, found >= 0
        positions = np.minimum(np.searchsorted(self.pair_keys, keys), len(self.pair_keys) - 1)
        return positions, self.pair_keys[positions] == keys


def _dense_if_filled(matrix: Any) -> Any:
    cells = matrix.shape[0] * matrix.shape[1]
    return matrix.toarray() if _DENSE_FROM * cells <= matrix.nnz and cells <= _LONGEST_TABLE else matrix


def _positions(keys: IntArray, count: int) -> NDArray[np.int32] | None:
    """Where each of the numbers below `count` stands in `keys`, or −1; None if that would be too long a table."""
    if count > _LONGEST_TABLE:
        return None
    table = np.full(count, -1, dtype=np.int32)
    table[keys] = np.arange(len(keys), dtype=np.int32)
    return table


def _bought(model: ItemSimilarity, purchases: pd.DataFrame, customer_ids: IntArray) -> Any:
    """Weights of the customers' purchases as a sparse array, customers × products, each row summing to 1 or empty."""
    checked = checked_purchases(purchases)
    pairs = purchased_pairs(checked[checked["customer_id"].isin(customer_ids)])
    rows = pd.Index(customer_ids).get_indexer(pd.Index(pairs["customer_id"]))
    bought = customer_matrix(pairs, rows, len(customer_ids), model.product_ids, model.params)
    totals = np.asarray(bought.sum(axis=1)).ravel()
    bought.data /= np.repeat(totals, np.diff(bought.indptr))
    return bought


def _blocks(bought: Any, n: int) -> Iterator[slice]:
    """Customers in blocks that keep within the bounds of memory, at least one each."""
    rows_at_once = min(MAX_ROWS, max(1, _SCORES_AT_ONCE // max(1, bought.shape[1])))
    start = 0
    while start < bought.shape[0]:
        within = np.searchsorted(bought.indptr, bought.indptr[start] + _REASONS_AT_ONCE // n, side="right") - 1
        stop = max(start + 1, min(start + rows_at_once, int(within), bought.shape[0]))
        yield slice(start, stop)
        start = stop


def _fill_lists(lists: Recommendations, block: slice, bought: Any, offer: _Offer) -> None:
    """Writes the block's part of `lists`."""
    product_ids = offer.model.product_ids
    taken = np.zeros(bought.shape, dtype=bool)
    if not offer.include_bought:
        taken[_entry_rows(bought), bought.indices] = True
    rows, columns, ranks, scores = _similar(bought, taken, offer)
    reasons, shares = _reasons(bought, rows, columns, offer)
    lists.product_ids[block][rows, ranks] = product_ids[columns]
    lists.scores[block][rows, ranks] = scores
    lists.reason_product_ids[block][rows, ranks] = product_ids[reasons]
    lists.reason_shares[block][rows, ranks] = shares

    taken[rows, columns] = True
    rows, columns, ranks = _popular(taken, np.bincount(rows, minlength=len(taken)), offer)
    lists.product_ids[block][rows, ranks] = product_ids[columns]
    lists.reason_shares[block][rows, ranks] = offer.popularity[columns]


def _similar(
    bought: Any, taken: NDArray[np.bool_], offer: _Offer
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp], FloatArray]:
    """Row, product, rank and score of the best products that have a score and are not taken, by row and rank."""
    scored = bought @ offer.similarity
    if isinstance(scored, np.ndarray):
        scored[taken] = 0.0
        rows, columns, ranks = top_columns(scored, n=offer.n)
        return rows, columns, ranks, scored[rows, columns]
    rows, columns = _entry_rows(scored), scored.indices
    free = np.flatnonzero(~taken[rows, columns])
    kept, ranks = top_entries(rows[free], columns[free], scored.data[free], n=offer.n)
    kept = free[kept]
    return rows[kept], columns[kept], ranks, scored.data[kept]


def _reasons(
    bought: Any, rows: NDArray[np.intp], columns: NDArray[np.intp], offer: _Offer
) -> tuple[NDArray[np.intp], FloatArray]:
    """For each recommended product the bought one that adds most to its score, and the share of the pair."""
    if len(rows) == 0:
        return rows, np.array([])
    counts = np.diff(bought.indptr)[rows]
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    place = np.repeat(np.arange(len(rows)), counts)
    entry = np.arange(len(place)) - starts[place] + bought.indptr[rows][place]
    positions, known = offer.pairs(bought.indices[entry], columns[place])
    parts = np.where(known, bought.data[entry] * offer.model.similarity[positions], 0.0)
    is_largest = parts == np.maximum.reduceat(parts, starts)[place]
    # The first of several that add equally much: the most popular one.
    winner = np.minimum.reduceat(np.where(is_largest, np.arange(len(place)), len(place)), starts)
    return bought.indices[entry[winner]], offer.model.share[positions[winner]]


def _popular(
    taken: NDArray[np.bool_], filled: NDArray[np.intp], offer: _Offer
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """Row, product and rank of the popular products that fill the lists of which `filled` places are occupied."""
    short = np.flatnonzero(filled < offer.n)
    if len(short) == 0:
        return short, short, short
    # No list looks further down than past all that is taken from it.
    popular = offer.popular[: offer.n + int(taken[short].sum(axis=1).max())]
    free = ~taken[np.ix_(short, popular)]
    ranks = filled[short][:, None] + np.cumsum(free, axis=1) - 1
    rows, places = np.nonzero(free & (ranks < offer.n))
    return short[rows], popular[places], ranks[rows, places]


def _entry_rows(matrix: Any) -> NDArray[np.intp]:
    return np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
