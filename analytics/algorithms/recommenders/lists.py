"""The best products of each customer, with the reason for each; popular ones where nothing speaks for any."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics.algorithms.recommenders.item_to_item import ItemToItem, PairTable, Positions
from analytics.algorithms.recommenders.known import IntArray
from analytics.algorithms.recommenders.matrices import Catalogue, Histories, Recommender, Scores, entry_rows
from analytics.algorithms.top_n import MAX_ROWS, candidates, top_entries

NO_PRODUCT = 0
NOWHERE = -1

# Scores of customers × products that are held at once, as they fit into a processor's cache.
_SCORES_AT_ONCE = 4_000_000


@dataclass(frozen=True, eq=False)
class Recommendations:
    """Lists of up to N products per customer, best first.

    customer_ids: shape (c,). product_ids: (c, N); NO_PRODUCT where fewer than N are left to recommend.
    scores: (c, N), the recommender's; 0 where the product comes by popularity.
    reason_product_ids: (c, N), the bought product that speaks most for it; NO_PRODUCT where none does.
    reason_shares: (c, N), 0–1: of the buyers of that product, those who bought this one too, 0 where that is unknown;
      where it comes by popularity, of all recent customers those who bought this one.
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


@dataclass(frozen=True, eq=False)
class Evidence:
    """Why somebody is recommended a product: weights of what they bought, and the shares that are told with it."""

    items: ItemToItem
    shares: PairTable


@dataclass(frozen=True, eq=False)
class _Found:
    """Products found for the customers of a block, by row and rank.

    parts: of what the customers bought, where the recommender adds up such; `chosen` are the places of what was found
    in it.
    """

    rows: Positions
    ranks: Positions
    columns: Positions
    scores: NDArray[np.float64]
    parts: _Parts | None = None
    chosen: Positions | None = None


def recommend(
    recommender: Recommender | None,
    customers: Histories,
    catalogue: Catalogue,
    *,
    n: int = 10,
    offered: NDArray[np.bool_] | None = None,
    evidence: Evidence | None = None,
) -> Recommendations:
    """The best `n` products of each customer; without a recommender the popular ones.

    offered: shape (p,), whether a product may be recommended at all. What is barred of a customer is not either.
    evidence: for the reasons; none are given without it.

    Products without a positive score follow by popularity: newcomers get popular products, and a list is full while
    anything is left. Equal scores stand in order of popularity. A list of five is the start of the list of ten.
    """
    if n < 1:
        raise ValueError("n must be at least 1")
    shape = (len(customers), n)
    lists = Recommendations(
        customer_ids=customers.customer_ids,
        # By place, as they are handed on.
        product_ids=np.full(shape, NO_PRODUCT, dtype=np.int64, order="F"),
        scores=np.zeros(shape, dtype=np.float32, order="F"),
        reason_product_ids=np.full(shape, NO_PRODUCT, dtype=np.int64, order="F"),
        reason_shares=np.zeros(shape, dtype=np.float32, order="F"),
    )
    popularity = catalogue.popularity()
    for block, part, found, fill in _blocks(recommender, customers, n, offered):
        lists.product_ids[block][found.rows, found.ranks] = catalogue.product_ids[found.columns]
        lists.scores[block][found.rows, found.ranks] = found.scores
        lists.product_ids[block][fill.rows, fill.ranks] = catalogue.product_ids[fill.columns]
        lists.reason_shares[block][fill.rows, fill.ranks] = popularity[fill.columns]
        if evidence is not None:
            told, reasons, share = _reasons(part, found, evidence)
            lists.reason_product_ids[block][found.rows[told], found.ranks[told]] = catalogue.product_ids[reasons]
            lists.reason_shares[block][found.rows[told], found.ranks[told]] = share
    return lists


def best_positions(
    recommender: Recommender | None, customers: Histories, *, n: int, offered: NDArray[np.bool_] | None = None
) -> NDArray[np.intp]:
    """The lists of `recommend` as positions of products, shape (c, n), NOWHERE where there is none."""
    lists = np.full((len(customers), n), NOWHERE, dtype=np.intp)
    for block, _part, found, fill in _blocks(recommender, customers, n, offered):
        lists[block][found.rows, found.ranks] = found.columns
        lists[block][fill.rows, fill.ranks] = fill.columns
    return lists


def best_of(scores: Scores, *, n: int) -> NDArray[np.intp]:
    """The same of filled scores alone, without popular products where there are not enough."""
    lists = np.full((len(scores), n), NOWHERE, dtype=np.intp)
    for start in range(0, len(scores), MAX_ROWS):
        found = _ranked(scores[start : start + MAX_ROWS], n)
        lists[start + found.rows, found.ranks] = found.columns
    return lists


def _blocks(
    recommender: Recommender | None, customers: Histories, n: int, offered: NDArray[np.bool_] | None
) -> Iterator[tuple[slice, Histories, _Found, _Found]]:
    """Customers in blocks, their histories, what is found for them, and the popular products that fill their lists."""
    products = customers.bought.shape[1]
    rows_at_once = min(MAX_ROWS, max(1, _SCORES_AT_ONCE // max(1, products)))
    never = np.array([], dtype=np.intp) if offered is None else np.flatnonzero(~offered)
    popular = np.arange(products) if offered is None else np.flatnonzero(offered)
    for start in range(0, len(customers), rows_at_once):
        block = slice(start, min(start + rows_at_once, len(customers)))
        part = customers.rows(block)
        found = _best(recommender, part, never, n)
        yield block, part, found, _popular(part, found, popular, n)


def _best(recommender: Recommender | None, part: Histories, never: NDArray[np.intp], n: int) -> _Found:
    if recommender is None:
        nothing = np.array([], dtype=np.intp)
        return _Found(nothing, nothing, nothing, np.array([]))
    scores = recommender.scores(part)
    scores[entry_rows(part.barred), part.barred.indices] = 0.0
    scores[:, never] = 0.0
    return _ranked(scores, n, (recommender, part) if isinstance(recommender, ItemToItem) else None)


def _ranked(scores: Scores, n: int, adding: tuple[ItemToItem, Histories] | None = None) -> _Found:
    rows, columns = candidates(scores, n=n)
    found, parts = scores[rows, columns].astype(np.float64), None
    if adding is not None:
        # Sums of four bytes differ by their order: what is equal must be so.
        items, part = adding
        parts = _Parts.of(items.had(part), rows, columns, items.weights)
        found = parts.sums()
    largest = np.ones(len(scores))
    np.maximum.at(largest, rows, found)
    best, ranks = top_entries(rows, columns, np.clip(found / largest[rows], 0.0, 1.0), n=n)
    kept = parts if adding is not None and adding[0].of == "bought" else None
    return _Found(rows[best], ranks, columns[best], found[best], kept, best)


@dataclass(frozen=True, eq=False)
class _Parts:
    """What each product that a customer has adds to the score of one found for them: a run of parts per place found,
    none empty. `owned` are the products had, `starts` where the runs begin."""

    weights: PairTable
    owned: Positions
    starts: Positions
    parts: NDArray[np.float64]

    @classmethod
    def of(cls, had: Any, rows: Positions, columns: Positions, weights: PairTable) -> _Parts:
        counts = np.diff(had.indptr)[rows]
        ends = np.cumsum(counts)
        starts = ends - counts
        entries = np.arange(ends[-1] if len(ends) else 0) + np.repeat(had.indptr[rows] - starts, counts)
        owned = had.indices[entries]
        at = weights.at(owned, np.repeat(columns, counts))
        return cls(weights, owned, starts, had.data[entries] * at.astype(np.float64))

    def sums(self) -> NDArray[np.float64]:
        return np.add.reduceat(self.parts, self.starts) if len(self.starts) else np.array([])

    def largest(self) -> tuple[Positions, NDArray[np.float64]]:
        """The product that adds most in each run, the most popular of several, and how much it adds."""
        if len(self.starts) == 0:
            return self.owned, self.parts
        lengths = np.diff(self.starts, append=len(self.parts))
        most = np.maximum.reduceat(self.parts, self.starts)
        is_most = self.parts == np.repeat(most, lengths)
        # Products are numbered by popularity.
        owned = np.where(is_most, self.owned, np.iinfo(self.owned.dtype).max)
        return np.minimum.reduceat(owned, self.starts), most


def _reasons(part: Histories, found: _Found, evidence: Evidence) -> tuple[Positions, Positions, NDArray[np.float32]]:
    """Which of the places found have a reason, the bought product that is it, and the share that is told with it."""
    if found.parts is not None and found.parts.weights is evidence.items.weights:
        reasons, most = found.parts.largest()
        reasons, told = reasons[found.chosen], np.flatnonzero(most[found.chosen] > 0)
        return told, reasons[told], evidence.shares.at(reasons[told], found.columns[told])
    had = evidence.items.had(part)
    has_any = np.flatnonzero(np.diff(had.indptr)[found.rows])
    reasons, most = _Parts.of(had, found.rows[has_any], found.columns[has_any], evidence.items.weights).largest()
    told = np.flatnonzero(most > 0)
    return has_any[told], reasons[told], evidence.shares.at(reasons[told], found.columns[has_any[told]])


def _popular(part: Histories, found: _Found, popular: NDArray[np.intp], n: int) -> _Found:
    """The popular products that fill the lists which are not full."""
    filled = np.bincount(found.rows, minlength=len(part))
    short = np.flatnonzero(filled < n)
    taken = np.zeros((len(short), part.bought.shape[1]), dtype=bool)
    place = np.full(len(part), NOWHERE)
    place[short] = np.arange(len(short))
    for rows, columns in ((entry_rows(part.barred), part.barred.indices), (found.rows, found.columns)):
        wanted = place[rows] >= 0
        taken[place[rows[wanted]], columns[wanted]] = True
    # No list looks further down than past all that is taken from it.
    popular = popular[: n + int(taken.sum(axis=1).max(initial=0))]
    free = ~taken[:, popular]
    ranks = filled[short][:, None] + np.cumsum(free, axis=1) - 1
    rows, places = np.nonzero(free & (ranks < n))
    return _Found(short[rows], ranks[rows, places], popular[places], np.zeros(len(rows)))
