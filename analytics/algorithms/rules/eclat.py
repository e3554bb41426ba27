"""Eclat: depth first, the baskets of each set as bits."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy import sparse

from analytics.algorithms.rules.baskets import Baskets, as_bits, bit_counts


def search(baskets: Baskets, min_count: int, max_length: int) -> Iterator[tuple[tuple[int, ...], int]]:
    """Departure from Zaki (2000): the pairs come from one sparse product, and below an item only the baskets that
    hold it are kept, so that the bits of a rare item are few."""
    counts = baskets.counts()
    yield from (((column,), int(count)) for column, count in enumerate(counts))
    if max_length == 1 or len(counts) < 2:
        return
    pairs = sparse.triu(_joint_counts(baskets.contents), k=1).tocsr()
    by_basket = baskets.contents.tocsr()
    for first in range(len(counts)):
        row = slice(pairs.indptr[first], pairs.indptr[first + 1])
        enough = pairs.data[row] >= min_count
        partners, joint = pairs.indices[row][enough], pairs.data[row][enough]
        yield from (((first, int(second)), int(count)) for second, count in zip(partners, joint, strict=True))
        if max_length > 2 and len(partners) > 1:
            own = baskets.contents.indices[baskets.contents.indptr[first] : baskets.contents.indptr[first + 1]]
            bits = as_bits(by_basket[own][:, partners].tocsc())
            yield from _deeper((first,), partners, bits, min_count, max_length)


def _deeper(
    prefix: tuple[int, ...], items: np.ndarray, bits: np.ndarray, min_count: int, max_length: int
) -> Iterator[tuple[tuple[int, ...], int]]:
    """Sets that extend the prefix by two or more of the items; each item's bits are of baskets that hold the prefix."""
    order = np.argsort(bit_counts(bits), kind="stable")
    items, bits = items[order], bits[order]
    for place in range(len(items) - 1):
        joint = bits[place + 1 :] & bits[place]
        counts = bit_counts(joint)
        kept = np.flatnonzero(counts >= min_count)
        longer = (*prefix, int(items[place]))
        following = items[place + 1 :][kept]
        yield from (((*longer, int(item)), int(count)) for item, count in zip(following, counts[kept], strict=True))
        if len(kept) > 1 and len(longer) + 1 < max_length:
            yield from _deeper(longer, following, joint[kept], min_count, max_length)


def _joint_counts(contents: sparse.csc_array) -> sparse.csr_array:
    numbers = contents.astype(np.int32)
    return (numbers.T @ numbers).tocsr()
