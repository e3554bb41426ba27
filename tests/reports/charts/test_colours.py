"""Series of a chart stay apart for who does not see red, green or blue, on light and on dark."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from django.conf import settings

from reports.charts.explored import SERIES
from reports.charts.style import GROUP_COLOURS, GROUP_SYMBOLS, group_mark

Triple = tuple[float, float, float]
# Machado, Oliveira and Fernandes (2009), severity 1, on linear sRGB.
EYES: dict[str, tuple[Triple, Triple, Triple]] = {
    "typical": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}
COLOUR = r"oklch\(([\d.]+)% ([\d.]+) ([\d.]+)\)"
# In Oklab, where 0.02 is what an eye just sees.
APART = 0.08


def series() -> dict[str, list[list[float]]]:
    """By theme the linear sRGB of each series."""
    css = (Path(settings.BASE_DIR) / "static/css/base.css").read_text()
    found = re.findall(rf"--series-\d: light-dark\({COLOUR}, {COLOUR}\)", css)
    values = [[float(number) for number in each] for each in found]
    return {"light": [linear(*each[:3]) for each in values], "dark": [linear(*each[3:]) for each in values]}


def linear(lightness: float, chroma: float, hue: float) -> list[float]:
    a, b = chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
    parts = ((0.3963377774, 0.2158037573), (-0.1055613458, -0.0638541728), (-0.0894841775, -1.2914855480))
    cones = [(lightness / 100 + by_a * a + by_b * b) ** 3 for by_a, by_b in parts]
    rows = (
        (4.0767416621, -3.3077115913, 0.2309699292),
        (-1.2684380046, 2.6097574011, -0.3413193965),
        (-0.0041960863, -0.7034186147, 1.7076147010),
    )
    return [min(max(value, 0.0), 1.0) for value in turned(rows, cones)]


def oklab(colour: Sequence[float]) -> list[float]:
    cones = (
        (0.4122214708, 0.5363325363, 0.0514459929),
        (0.2119034982, 0.6806995451, 0.1073969566),
        (0.0883024619, 0.2817188376, 0.6299787005),
    )
    rows = (
        (0.2104542553, 0.7936177850, -0.0040720468),
        (1.9779984951, -2.4285922050, 0.4505937099),
        (0.0259040371, 0.7827717662, -0.8086757660),
    )
    return turned(rows, [math.copysign(abs(value) ** (1 / 3), value) for value in turned(cones, colour)])


def turned(rows: Sequence[Triple], vector: Sequence[float]) -> list[float]:
    return [sum(part * value for part, value in zip(row, vector, strict=True)) for row in rows]


@pytest.mark.parametrize("eyes", EYES)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_two_series_look_alike(theme, eyes):
    colours = series()[theme]
    assert len(colours) == len(SERIES)
    seen = [oklab(turned(EYES[eyes], colour)) for colour in colours]
    assert min(math.dist(one, other) for one, other in itertools.combinations(seen, 2)) > APART


def test_groups_are_told_apart_by_shape_whatever_their_colour():
    shapes = [group_mark(number)[1] for number in range(len(GROUP_COLOURS) + 1)]
    assert len(set(shapes)) == len(GROUP_SYMBOLS) + 1
