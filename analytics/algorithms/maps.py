"""Maps in two dimensions: customers by their principal components, groups and what they buy by correspondences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analytics.evaluation import FloatArray

LabelArray = NDArray[Any]

POINTS = 300
_DIMENSIONS = 2
_NOTHING = 1e-12


@dataclass(frozen=True)
class CustomerMap:
    """explained: share of the variance on each axis. loadings: of each feature on both axes, their squares summing to 1
    over an axis. centroids: number and place of each group. points: some customers, by group and place, without ids."""

    features: tuple[str, ...]
    explained: tuple[float, ...]
    loadings: tuple[tuple[float, ...], ...]
    centroids: tuple[tuple[int, float, float], ...]
    points: tuple[tuple[int, float, float], ...]

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def customer_map(
    scaled: FloatArray, features: Sequence[str], groups: LabelArray, *, rng: np.random.Generator
) -> CustomerMap:
    """The first two principal components of customers.

    scaled: shape (n, d), n ≥ 2, comparable features; what varies most decides most. groups: shape (n,), numbers.
    An axis points to where its strongest feature grows, so that equal facts make equal maps. With a single feature, or
    where nothing varies, the second axis is 0 everywhere.

    Source: Pearson (1901), by singular value decomposition of the centred values.
    """
    centred = scaled - scaled.mean(axis=0)
    _left, sizes, axes = np.linalg.svd(centred, full_matrices=False)
    axes, sizes = _padded(_turned(axes[:_DIMENSIONS].T).T), np.square(sizes)
    total = sizes.sum()
    places = centred @ axes.T
    shown = rng.choice(len(places), size=min(len(places), POINTS), replace=False)
    numbers = np.unique(groups)
    return CustomerMap(
        features=tuple(features),
        explained=tuple(float(each / total) if total > _NOTHING else 0.0 for each in _filled(sizes)),
        loadings=tuple(map(tuple, axes.T.tolist())),
        centroids=tuple((int(number), *_place(places[groups == number].mean(axis=0))) for number in numbers),
        points=tuple((int(groups[row]), *_place(places[row])) for row in np.sort(shown)),
    )


@dataclass(frozen=True)
class Positioning:
    """inertia: χ² of the table over its sum, 0 where all buy alike. explained: share of it on each axis.
    rows, columns: their places. ratios: rows × columns, what is bought by what would be if all bought alike."""

    inertia: float
    explained: tuple[float, ...]
    rows: tuple[tuple[float, float], ...]
    columns: tuple[tuple[float, float], ...]
    ratios: tuple[tuple[float, ...], ...]

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def positioning(counts: FloatArray) -> Positioning:
    """Rows and columns of a table of counts, shape (r, c), none of them empty, where alike are near each other.

    Both in principal coordinates: distances among rows, and among columns, are χ² distances; a row lies towards the
    columns that it has more of than others have. The weighted mean of either is the origin.

    Raises ValueError for an empty row or column, or a negative count.

    Source: Greenacre (2007), appendix A, equations A.1 to A.10.
    """
    sums = counts.sum(axis=1), counts.sum(axis=0)
    if not counts.size or counts.min() < 0 or min(sums[0].min(), sums[1].min()) <= 0:
        raise ValueError("every row and column must have a count above 0, and none below")
    shares = counts / counts.sum()
    rows, columns = shares.sum(axis=1), shares.sum(axis=0)
    expected = np.outer(rows, columns)
    left, sizes, right = np.linalg.svd((shares - expected) / np.sqrt(expected), full_matrices=False)
    inertia = float(np.square(sizes).sum())
    row_axes, column_axes = left[:, :_DIMENSIONS], right[:_DIMENSIONS].T
    turn = _signs(column_axes)
    size = _filled(sizes)
    return Positioning(
        inertia=inertia,
        explained=tuple(float(each) for each in np.square(size) / inertia) if inertia > _NOTHING else (0.0, 0.0),
        rows=_places(row_axes * turn / np.sqrt(rows)[:, None], size),
        columns=_places(column_axes * turn / np.sqrt(columns)[:, None], size),
        ratios=tuple(map(tuple, (shares / expected).tolist())),
    )


def _places(axes: FloatArray, sizes: FloatArray) -> tuple[tuple[float, float], ...]:
    return tuple(_place(row) for row in _padded(axes.T).T * sizes)


def _place(row: FloatArray) -> tuple[float, float]:
    return round(float(row[0]), 3), round(float(row[1]), 3)


def _signs(axes: FloatArray) -> FloatArray:
    """−1 for each column whose largest entry lies below 0, else 1."""
    largest = axes[np.abs(axes).argmax(axis=0), np.arange(axes.shape[1])]
    return np.where(largest < 0, -1.0, 1.0)


def _turned(axes: FloatArray) -> FloatArray:
    turned: FloatArray = axes * _signs(axes)
    return turned


def _padded(axes: FloatArray) -> FloatArray:
    """Two rows, of 0 where there was none."""
    return np.concatenate([axes, np.zeros((_DIMENSIONS - len(axes), axes.shape[1]))])


def _filled(sizes: FloatArray) -> FloatArray:
    return np.concatenate([sizes[:_DIMENSIONS], np.zeros(max(0, _DIMENSIONS - len(sizes)))])
