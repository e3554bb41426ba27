"""Apriori: level by level; a set is counted only if all its parts are frequent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations

import numpy as np

from analytics.algorithms.rules.baskets import Baskets, BitArray, IntArray, as_bits, bit_counts

# Bounds the bits that are joined at once to some 64 MB.
_WORDS_AT_ONCE = 8_000_000


def search(baskets: Baskets, min_count: int, max_length: int) -> Iterator[tuple[tuple[int, ...], int]]:
    """Departure from Agrawal and Srikant (1994): candidates are counted by joining the bits of their items, not by
    passing over the baskets with a hash tree."""
    counts = baskets.counts()
    yield from (((column,), int(count)) for column, count in enumerate(counts))
    bits = as_bits(baskets.contents)
    level: list[tuple[int, ...]] = [(column,) for column in range(len(counts))]
    while level and len(level[0]) < max_length:
        candidates = list(_candidates(level))
        joint = _count(candidates, bits)
        level = [each for each, count in zip(candidates, joint, strict=True) if count >= min_count]
        yield from zip(level, (int(count) for count in joint if count >= min_count), strict=True)


def _candidates(level: list[tuple[int, ...]]) -> Iterator[tuple[int, ...]]:
    """Sets of one more item, in ascending order, all of whose parts are on the level."""
    known = set(level)
    by_prefix: dict[tuple[int, ...], list[int]] = defaultdict(list)
    for each in level:
        by_prefix[each[:-1]].append(each[-1])
    for prefix, lasts in by_prefix.items():
        for one, other in combinations(sorted(lasts), 2):
            longer = (*prefix, one, other)
            # The two parts that made it are known; those without one of the prefix's items are asked for.
            if all((*longer[:place], *longer[place + 1 :]) in known for place in range(len(prefix))):
                yield longer


def _count(candidates: list[tuple[int, ...]], bits: BitArray) -> IntArray:
    if not candidates:
        return np.zeros(0, dtype=np.int64)
    columns = np.array(candidates)
    at_once = max(1, _WORDS_AT_ONCE // max(1, bits.shape[1]))
    parts = []
    for start in range(0, len(columns), at_once):
        block = columns[start : start + at_once]
        joint = bits[block[:, 0]]
        for place in range(1, block.shape[1]):
            joint &= bits[block[:, place]]
        parts.append(bit_counts(joint))
    return np.concatenate(parts)
