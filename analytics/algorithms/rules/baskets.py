"""Baskets as a sparse array, and as bits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from analytics.algorithms.errors import InvalidInput

IntArray = NDArray[np.int64]
BitArray = NDArray[np.uint64]


@dataclass(frozen=True, eq=False)
class Baskets:
    """`contents`: sparse booleans, baskets × items, by column. `items`: shape (m,), the id of each column."""

    contents: Any
    items: IntArray

    def __len__(self) -> int:
        return int(self.contents.shape[0])

    def counts(self) -> IntArray:
        """Shape (m,): how many baskets hold each item."""
        counts: IntArray = np.diff(self.contents.indptr).astype(np.int64)
        return counts

    def count_of(self, sets: list[tuple[int, ...]]) -> IntArray:
        """How many baskets hold all of each set of item ids; an id that no basket knows makes it 0."""
        bits = as_bits(self.contents)
        column = {int(item): place for place, item in enumerate(self.items)}
        known = [[column[item] for item in each if item in column] for each in sets]
        joint = [
            _joint(bits, columns) if len(columns) == len(each) else 0 for each, columns in zip(sets, known, strict=True)
        ]
        return np.array(joint, dtype=np.int64)


def baskets_of(lines: pd.DataFrame) -> Baskets:
    """Baskets from rows of basket_id and item_id (whole numbers); a pair that occurs twice counts once."""
    missing = {"basket_id", "item_id"} - set(lines.columns)
    if missing:
        raise InvalidInput(f"missing columns: {', '.join(sorted(missing))}")
    ids, rows = np.unique(lines["basket_id"].to_numpy(), return_inverse=True)
    items, columns = np.unique(lines["item_id"].to_numpy(dtype=np.int64), return_inverse=True)
    # Sorted, not by `np.unique`, which hashes whole numbers: ten times slower for millions that are nearly all new.
    cells = np.sort(columns.astype(np.int64) * len(ids) + rows)
    cells = cells[np.diff(cells, prepend=-1) > 0]
    columns, rows = np.divmod(cells, max(len(ids), 1))
    starts = np.searchsorted(columns, np.arange(len(items) + 1))
    contents = sparse.csc_array((np.ones(len(rows), dtype=bool), rows, starts), shape=(len(ids), len(items)))
    return Baskets(contents, items)


def as_bits(contents: Any) -> BitArray:
    """Shape (m, ceil(n / 64)): the baskets of each item as bits."""
    words = -(-contents.shape[0] // 64)
    bits = np.zeros((contents.shape[1], words), dtype=np.uint64)
    for column in range(contents.shape[1]):
        held = np.zeros(words * 64, dtype=bool)
        held[contents.indices[contents.indptr[column] : contents.indptr[column + 1]]] = True
        bits[column] = np.packbits(held, bitorder="little").view(np.uint64)
    return bits


def bit_counts(bits: BitArray) -> IntArray:
    """Shape (k,): the bits set in each row of an array of shape (k, words)."""
    counts: IntArray = np.bitwise_count(bits).sum(axis=1, dtype=np.int64)
    return counts


def _joint(bits: BitArray, columns: list[int]) -> int:
    return int(np.bitwise_count(np.bitwise_and.reduce(bits[columns])).sum(dtype=np.int64))
