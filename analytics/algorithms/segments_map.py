"""The map from recency and frequency scores to named segments."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import product
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

SCORES = (1, 2, 3, 4, 5)

Cell = tuple[int, int]


class Segment(StrEnum):
    """Named segments, best first: the order in which pages list them."""

    CHAMPIONS = "champions"
    LOYAL = "loyal"
    POTENTIAL_LOYALIST = "potential_loyalist"
    NEW = "new"
    PROMISING = "promising"
    NEED_ATTENTION = "need_attention"
    ABOUT_TO_SLEEP = "about_to_sleep"
    AT_RISK = "at_risk"
    CANNOT_LOSE_THEM = "cannot_lose_them"
    HIBERNATING = "hibernating"
    LOST = "lost"


class SecondAxis(StrEnum):
    """What stands beside recency: the frequency score, or the mean of frequency and monetary score, halves up."""

    FREQUENCY = "frequency"
    FREQUENCY_MONETARY = "frequency_monetary"


class InvalidSegmentMap(ValueError):
    """The map does not give each of the 25 cells exactly one known segment; the message names the cells."""


_DEFAULT_BLOCKS: tuple[tuple[Segment, tuple[int, ...], tuple[int, ...]], ...] = (
    (Segment.CHAMPIONS, (5,), (4, 5)),
    (Segment.LOYAL, (3, 4), (4, 5)),
    (Segment.POTENTIAL_LOYALIST, (4, 5), (2, 3)),
    (Segment.NEW, (5,), (1,)),
    (Segment.PROMISING, (4,), (1,)),
    (Segment.NEED_ATTENTION, (3,), (3,)),
    (Segment.ABOUT_TO_SLEEP, (3,), (1, 2)),
    (Segment.AT_RISK, (1, 2), (3, 4)),
    (Segment.CANNOT_LOSE_THEM, (1, 2), (5,)),
    (Segment.HIBERNATING, (2,), (1, 2)),
    (Segment.HIBERNATING, (1,), (2,)),
    (Segment.LOST, (1,), (1,)),
)


def _default_cells() -> dict[Cell, Segment]:
    return {cell: segment for segment, recency, frequency in _DEFAULT_BLOCKS for cell in product(recency, frequency)}


@dataclass(frozen=True)
class SegmentMap:
    """Which segment each cell (recency score, second score) belongs to.

    `cells` has the 25 keys (1, 1) … (5, 5). Raises `InvalidSegmentMap` naming the cells that are missing, outside the
    grid, or given a segment that does not exist.
    """

    cells: Mapping[Cell, Segment] = field(default_factory=_default_cells)
    second_axis: SecondAxis = SecondAxis.FREQUENCY

    def __post_init__(self) -> None:
        grid = set(product(SCORES, SCORES))
        known = set(Segment)
        faults = {
            "missing": sorted(grid - set(self.cells)),
            "outside the grid": sorted(set(self.cells) - grid),
            "unknown segment": sorted(cell for cell, segment in self.cells.items() if segment not in known),
        }
        found = [f"{fault}: {', '.join(map(cell_name, cells))}" for fault, cells in faults.items() if cells]
        if found:
            raise InvalidSegmentMap("; ".join(found))
        object.__setattr__(self, "cells", {cell: Segment(self.cells[cell]) for cell in sorted(grid)})
        object.__setattr__(self, "second_axis", SecondAxis(self.second_axis))

    def segments_of(self, recency_score: NDArray[np.int8], second_score: NDArray[np.int8]) -> NDArray[np.object_]:
        """Segment codes of customers whose two scores are given, each of shape (n,) and in 1–5."""
        codes = np.array([self.cells[cell].value for cell in product(SCORES, SCORES)], dtype=object)
        positions = (recency_score.astype(np.intp) - 1) * len(SCORES) + second_score - 1
        segments: NDArray[np.object_] = codes[positions]
        return segments

    def to_json(self) -> dict[str, Any]:
        return {
            "second_axis": self.second_axis.value,
            "cells": {cell_name(cell): segment.value for cell, segment in self.cells.items()},
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The map that `to_json` wrote or an admin edited. Raises `InvalidSegmentMap`."""
        return cls(
            cells={_cell_named(name): segment for name, segment in data["cells"].items()},
            second_axis=SecondAxis(data.get("second_axis", SecondAxis.FREQUENCY)),
        )


def cell_name(cell: Cell) -> str:
    """`(5, 4)` as `R5F4`."""
    return f"R{cell[0]}F{cell[1]}"


def _cell_named(name: str) -> Cell:
    match = re.fullmatch(r"R(\d+)F(\d+)", name)
    if match is None:
        raise InvalidSegmentMap(f"not a cell: {name!r}")
    return int(match[1]), int(match[2])
