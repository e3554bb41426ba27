"""Names of periods, and the axis that has them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from reports.charts.words import Words

# So many names stand beside each other below a picture, and so many letters.
TICKS, NARROW_TICKS = 8, 4
ROOM, NARROW_ROOM = 72, 34


def period_name(start: dt.date, grain: str, words: Words) -> str:
    """Of the day, week, month, quarter or year that begins with a day; a week is called by its first day."""
    match grain:
        case "month":
            return words.month(start)
        case "quarter":
            quarter = {"quarter": (start.month + 2) // 3, "year": start.year}
            return words.gettext("Q%(quarter)s %(year)s") % quarter
        case "year":
            return str(start.year)
        case _:
            return words.day(start)


def axis(labels: Sequence[str]) -> dict[str, Any]:
    """Places from 0 on; the last one is always named."""
    return _axis(labels, TICKS, ROOM)


def narrow_axis(labels: Sequence[str]) -> dict[str, Any]:
    return _axis(labels, NARROW_TICKS, NARROW_ROOM)


def _axis(labels: Sequence[str], most: int, room: int) -> dict[str, Any]:
    ticks = max(1, min(most, room // (max(map(len, labels), default=0) + 2)))
    step = max(1, -(-len(labels) // ticks))
    places = list(range(len(labels) - 1, -1, -step))[::-1]
    return {
        "tickvals": places,
        "ticktext": [labels[place] for place in places],
        "tickangle": 0,
        "showgrid": False,
        "zeroline": False,
        "range": [-0.6, len(labels) - 0.4],
    }
