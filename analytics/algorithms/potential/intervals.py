"""Intervals that hold a stated share of the cases, from how far a model was off on cases it had not seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from analytics.algorithms.btyd.histories import FloatArray
from analytics.algorithms.btyd.outlook import INTERVAL

_MOST_BANDS = 10
_FEWEST_OF_A_BAND = 50


@dataclass(frozen=True, eq=False)
class Bands:
    """For each band of what is expected, how far below and above it the outcome lies, in units of expected + `unit`.

    edges: shape (k - 1,), what is expected where a band ends. low, high: shape (k,).
    """

    edges: FloatArray
    low: FloatArray
    high: FloatArray
    unit: float

    @classmethod
    def calibrated(cls, expected: FloatArray, came: FloatArray) -> Self:
        """From cases that the model did not learn from; expected, came: shape (n,), not negative.

        Source: split conformal prediction by groups (Vovk 2012, "Mondrian"): the quantiles of (n + 1) ranks of the
        scaled errors, at the levels that leave out as many on either side.
        """
        bands = int(np.clip(len(expected) // _FEWEST_OF_A_BAND, 1, _MOST_BANDS))
        edges = np.unique(np.quantile(expected, np.linspace(0, 1, bands + 1)[1:-1]))
        unit = float(max(came.mean(), 1e-9))
        scaled, band = (came - expected) / (expected + unit), np.searchsorted(edges, expected)
        ends = [_ends(scaled[band == place]) for place in range(len(edges) + 1)]
        low, high = np.array(ends).T
        return cls(edges, low, high, unit)

    def around(self, expected: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Lower and upper end, shape (n,); not below 0."""
        band = np.searchsorted(self.edges, expected)
        width = expected + self.unit
        low, high = (np.maximum(expected + end[band] * width, 0.0) for end in (self.low, self.high))
        return low, high

    def to_json(self) -> Mapping[str, Any]:
        return {
            "edges": self.edges.tolist(),
            "low": self.low.tolist(),
            "high": self.high.tolist(),
            "unit": self.unit,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        edges, low, high = (np.array(data[name], dtype=np.float64) for name in ("edges", "low", "high"))
        return cls(edges, low, high, data["unit"])


def coverage(low: FloatArray, high: FloatArray, came: FloatArray) -> float:
    """Share of the cases that lie within, the ends included; those that differ by rounding alone do."""
    near = 1e-9 * (1 + np.abs(came))
    return float(((low <= came + near) & (came <= high + near)).mean())


def _ends(scaled: FloatArray) -> tuple[float, float]:
    if not len(scaled):
        return 0.0, 0.0
    ranked: NDArray[np.float64] = np.sort(scaled)
    out = (1 - INTERVAL) / 2
    below = int(np.floor(out * (len(ranked) + 1))) - 1
    above = int(np.ceil((1 - out) * (len(ranked) + 1))) - 1
    return float(ranked[max(below, 0)]), float(ranked[min(above, len(ranked) - 1)])
