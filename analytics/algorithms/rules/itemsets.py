"""Frequent item sets, found in three ways that give the same sets with the same exact counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from analytics.algorithms.errors import NotEnoughData
from analytics.algorithms.rules import apriori, eclat, fp_growth
from analytics.algorithms.rules.baskets import Baskets, IntArray

Itemset = tuple[int, ...]
# (columns of the set, how many baskets hold it), each set once, its columns in any order.
Found = Iterator[tuple[Itemset, int]]
Search = Callable[[Baskets, int, int], Found]


class Algorithm(StrEnum):
    APRIORI = "apriori"
    ECLAT = "eclat"
    FP_GROWTH = "fp_growth"


_SEARCHES: dict[Algorithm, Search] = {
    Algorithm.APRIORI: apriori.search,
    Algorithm.ECLAT: eclat.search,
    Algorithm.FP_GROWTH: fp_growth.search,
}


class TooManyItemsets(NotEnoughData):
    """More sets are frequent than may be held; a higher support finds fewer."""

    def __init__(self, most: int) -> None:
        super().__init__("too_many_itemsets", most=most)


@dataclass(frozen=True)
class Itemsets:
    """`counts`: by the item ids of each frequent set, ascending, how many of the `baskets` hold it."""

    counts: dict[Itemset, int]
    baskets: int


def frequent_itemsets(
    baskets: Baskets,
    *,
    min_count: int,
    algorithm: Algorithm = Algorithm.ECLAT,
    max_length: int = 8,
    most: int = 500_000,
) -> Itemsets:
    """All sets of at most `max_length` items that at least `min_count` baskets hold, with exact counts.

    Raises `TooManyItemsets` as soon as more than `most` are found: the number of sets can grow exponentially.

    Sources: Agrawal and Srikant, "Fast algorithms for mining association rules" (1994); Zaki, "Scalable algorithms for
    association mining" (2000); Han, Pei and Yin, "Mining frequent patterns without candidate generation" (2000).
    """
    if min_count < 1 or max_length < 1:
        raise ValueError("min_count and max_length must be at least 1")
    frequent = _only_frequent(baskets, min_count)
    counts: dict[Itemset, int] = {}
    for columns, count in _SEARCHES[algorithm](frequent, min_count, max_length):
        counts[_ids(columns, frequent.items)] = count
        if len(counts) > most:
            raise TooManyItemsets(most)
    return Itemsets(counts, len(baskets))


def least_count(support: Fraction, baskets: int) -> int:
    """The smallest count that is at least this share of the baskets; exact, where a product of floats is not."""
    return max(1, -(-support.numerator * baskets // support.denominator))


def _only_frequent(baskets: Baskets, min_count: int) -> Baskets:
    """Rarest first: the searches then have the fewest branches where they are deepest."""
    counts = baskets.counts()
    kept = [int(column) for column in counts.argsort(kind="stable") if counts[column] >= min_count]
    return Baskets(baskets.contents[:, kept], baskets.items[kept])


def _ids(columns: Itemset, items: IntArray) -> Itemset:
    return tuple(sorted(int(items[column]) for column in columns))
