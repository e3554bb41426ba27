"""Names of marks that stand where no other name and no mark is, in a picture of whatever width."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

SIZE = 11
LINE = 15
# Of a letter, and of a sign of East Asia, at that size.
NARROW_SIGN, WIDE_SIGN = 6.3, 11.5
MARK = 14
# How far from its mark a name may stand, in pixels, and in how many directions.
DISTANCES = (17, 26, 38, 52, 68, 86, 106)
DIRECTIONS = 16
LONGEST = 24
# What is worse than any detour.
COVERED = 1_000.0
Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Picture:
    """What a picture may measure inside its axes, in pixels: between two widths, of one height."""

    widths: Sequence[int]
    height: int


WIDE = Picture((440, 520, 640, 800, 1000, 1280), 380)
NARROW = Picture((300, 330, 380, 430), 380)
# Of a chart that is not tall.
LOW, NARROW_LOW = Picture(WIDE.widths, 250), Picture(NARROW.widths, 210)


def placed(
    names: Sequence[str], xs: Sequence[float], ys: Sequence[float], picture: Picture
) -> list[tuple[float, float] | None]:
    """How far to the right and up of its mark each name stands, in pixels, at all widths of the picture alike; None for
    one that would cover another, or a mark, wherever it stood.

    xs, ys: the places of the marks, as shares of the picture. The names in the middle of a crowd are placed first,
    those whose place is hardest to find.
    """
    across, up = np.asarray(xs, dtype=float), np.asarray(ys, dtype=float) * picture.height
    marks = np.full(len(names), MARK, dtype=float)
    # Of each width: middles, widths and heights of all that has its place.
    taken = [np.column_stack([across * width, up, marks, marks]) for width in picture.widths]
    found: dict[int, tuple[float, float]] = {}
    for place in sorted(range(len(names)), key=lambda place: _room(place, across, up / picture.height)):
        size = measured(names[place])
        ways = _ways(size)
        trouble = _detour(ways, size)
        for width, boxes in zip(picture.widths, taken, strict=True):
            trouble += COVERED * _covered(boxes[place, :2] + ways, size, boxes, (width, picture.height))
        best = ways[int(trouble.argmin())]
        if trouble.min() >= COVERED:
            continue
        found[place] = float(best[0]), float(best[1])
        for number, boxes in enumerate(taken):
            taken[number] = np.vstack([boxes, [*(boxes[place, :2] + best), *size]])
    return [found.get(place) for place in range(len(names))]


def _covered(middles: Numbers, size: tuple[float, float], boxes: Numbers, limits: tuple[int, int]) -> Numbers:
    """How many boxes a name would meet at each of these places, and how many edges it would reach over."""
    apart = np.abs(middles[:, None, :] - boxes[None, :, :2]) * 2
    meets = (apart < boxes[None, :, 2:] + np.asarray(size)).all(axis=2).sum(axis=1)
    ends = np.asarray(limits)
    over = (np.abs(middles - ends / 2) * 2 + np.asarray(size) > ends).sum(axis=1)
    covered: Numbers = (meets + over).astype(float)
    return covered


def shares(values: Sequence[float], limits: Sequence[float]) -> list[float]:
    """Of the way between the two limits of an axis."""
    low, high = limits
    return [(value - low) / (high - low) for value in values]


def shortened(name: str) -> str:
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"


def measured(name: str) -> tuple[float, float]:
    """Width and height of a name, in pixels."""
    signs = (WIDE_SIGN if unicodedata.east_asian_width(sign) in "WF" else NARROW_SIGN for sign in name)
    return sum(signs) + 4, LINE


def as_annotations(
    names: Sequence[str],
    xs: Sequence[float],
    ys: Sequence[float],
    ways: Sequence[tuple[float, float] | None],
    colours: Sequence[str],
) -> list[dict[str, Any]]:
    """As a layout has them, at places of the data; a name that stands apart has a line to its mark."""
    near = math.hypot(DISTANCES[1], DISTANCES[1])
    return [
        {
            "x": x,
            "y": y,
            "text": name,
            "ax": round(right, 1),
            "ay": round(-up, 1),
            "xanchor": "center",
            "yanchor": "middle",
            "showarrow": True,
            "arrowhead": 0,
            "arrowwidth": 1,
            "arrowcolor": colour if math.hypot(right - _half(name, right), up) > near else "rgba(0, 0, 0, 0)",
            "standoff": 6,
            "font": {"size": SIZE, "color": colour},
        }
        for name, x, y, way, colour in zip(names, xs, ys, ways, colours, strict=True)
        if way is not None
        for right, up in [way]
    ]


def _half(name: str, right: float) -> float:
    return math.copysign(min(abs(right), measured(name)[0] / 2), right)


def _ways(size: tuple[float, float]) -> Numbers:
    """Above and below first, then beside, then further off; a name beside its mark begins where that ends."""
    ways = []
    for distance, number in product(DISTANCES, range(DIRECTIONS)):
        turn = math.pi / 2 + (number + 1) // 2 * (-1) ** number * 2 * math.pi / DIRECTIONS
        ways.append((math.cos(turn) * (distance + size[0] / 2 - LINE / 2), math.sin(turn) * distance))
    return np.asarray(ways)


def _detour(ways: Numbers, size: tuple[float, float]) -> Numbers:
    """How far the edge of a name would be from its mark."""
    beside = np.maximum(np.abs(ways[:, 0]) - size[0] / 2, 0)
    detour: Numbers = np.hypot(beside, ways[:, 1])
    return detour


def _room(place: int, xs: Numbers, ys: Numbers) -> float:
    """How far it is to the third nearest mark."""
    distances = np.sort(np.hypot(xs - xs[place], ys - ys[place]))
    return float(distances[min(3, len(distances) - 1)])
