"""Customers of small segments, whom a model is looked at by themselves: a good mean can hide that it fails the few."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from analytics.algorithms.rfm import cut_points
from analytics.algorithms.segments_map import SegmentMap

# A segment with less than this share of the customers is small.
SMALL = 0.05
# Fewer cases than these are looked at together with the other small segments alone.
FEWEST = 30
# All small segments together, and the prefix of each by itself.
TOGETHER, SEGMENT = "small", "small:"


def small_segments(silent_days: NDArray[Any], frequency: NDArray[Any]) -> dict[str, NDArray[np.bool_]]:
    """Who of n customers is in a small segment, by name: all of them together, then the segments with enough cases,
    the smallest first.

    silent_days: since the last purchase, frequency: purchase days; shape (n,), as known on the day that the model is
    tested from, so that nothing later makes a segment. Segments are those of the default map of recency and frequency,
    by fifths of these customers (`algorithms.rfm`).
    """
    if len(silent_days) == 0:
        return {}
    # Fewer days are better.
    segments = SegmentMap().segments_of(_fifths(-np.asarray(silent_days)), _fifths(np.asarray(frequency)))
    names, sizes = np.unique(segments.astype(str), return_counts=True)
    small = [names[place] for place in np.argsort(sizes, kind="stable") if sizes[place] < SMALL * len(segments)]
    parts = {TOGETHER: np.isin(segments, small), **{f"{SEGMENT}{name}": segments == name for name in small}}
    return {name: part for name, part in parts.items() if part.sum() >= FEWEST}


def _fifths(values: NDArray[Any]) -> NDArray[np.int8]:
    whole = np.rint(values).astype(np.int64)
    scores: NDArray[np.int8] = (1 + np.searchsorted(cut_points(whole), whole, side="left")).astype(np.int8)
    return scores
