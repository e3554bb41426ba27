"""The best few entries of each row of a matrix: of listed entries in one sort, of a filled one those that may be it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

IndexArray = NDArray[np.integer[Any]]

_COLUMN_BITS = 20
_SCORE_BITS = 30
_STEPS = 2**_SCORE_BITS - 1

MAX_COLUMNS = 2**_COLUMN_BITS
MAX_ROWS = 2 ** (64 - _SCORE_BITS - _COLUMN_BITS)

# Columns of which only the best is compared at first.
_GROUP = 16
# Below what is taken for the n-th best, so that rounding to four bytes leaves nothing out.
_MARGIN = np.float32(1 - 1e-5)
_LEAST = np.finfo(np.float32).tiny


def top_entries(
    rows: IndexArray, columns: IndexArray, scores: NDArray[np.float64], *, n: int
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Which entries are among the `n` with the largest score of their row, and at which rank.

    rows, columns, scores: shape (m,), one entry each, in any order; rows from 0 to MAX_ROWS − 1, columns from 0 to
    MAX_COLUMNS − 1, scores in 0–1. Scores that differ by less than 1e-9 count as equal, and then the smaller column
    wins: rounding errors decide nothing, and the n best are the first n of any longer list.

    Returns positions into the three arrays and ranks from 0, both of shape (kept,), ordered by row and rank.

    Row, descending score and column are packed into the 64 bits of one number: a sort of plain integers took a fifth of
    the time of a partition of each dense row (100,000 rows, 1,000 columns, a fifth of them filled).
    """
    descending = _STEPS - np.rint(scores * _STEPS).astype(np.uint64)
    packed = (
        (rows.astype(np.uint64) << np.uint64(_SCORE_BITS + _COLUMN_BITS))
        | (descending << np.uint64(_COLUMN_BITS))
        | columns.astype(np.uint64)
    )
    order = np.argsort(packed)
    ranks = _ranks_within(rows[order])
    kept = ranks < n
    return order[kept], ranks[kept]


def candidates(scores: NDArray[np.float32], *, n: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Row and column of all entries that may be among the `n` best of their row, in the order of both.

    scores: shape (r, c); 0 and less is no entry. All that equal the n-th best are returned, and few that lie below it.

    The n-th largest of the maxima of groups of columns is a bound that n entries reach and hardly any other does:
    two passes over a row instead of the many of a partition.
    """
    threshold = np.maximum(_reached_by(scores, n) * _MARGIN, _LEAST)
    found = np.flatnonzero(scores >= threshold[:, None])
    rows, columns = np.divmod(found, scores.shape[1])
    return rows, columns


def _reached_by(scores: NDArray[np.float32], n: int) -> NDArray[np.float32]:
    """For each row a value that at least `n` of its entries reach; no more than 0 where there are not so many."""
    width = scores.shape[1] // _GROUP
    if width <= n:
        width, best = scores.shape[1], scores.copy()
    else:
        best = scores[:, :width].copy()
        for group in range(1, _GROUP):
            np.maximum(best, scores[:, group * width : (group + 1) * width], out=best)
    if width <= n:
        return np.zeros(len(scores), dtype=np.float32)
    best.partition(width - n, axis=1)
    return best[:, width - n]


def _ranks_within(sorted_rows: IndexArray) -> NDArray[np.intp]:
    """0, 1, 2 … anew for each run of equal values."""
    positions = np.arange(len(sorted_rows))
    starts_here = np.diff(sorted_rows, prepend=-1) != 0
    starts: NDArray[np.intp] = np.maximum.accumulate(np.where(starts_here, positions, 0))
    return positions - starts
