"""Upright bars over ranges of a number, each as high as the customers in it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import pandas as pd

from reports.charts import style
from reports.charts.drawing import Row
from reports.charts.words import Words

# So many letters stand beside each other below a picture.
ROOM, NARROW_ROOM = 72, 34


def bars(rows: Sequence[Row], words: Words, *, quiet: Collection[int] = ()) -> dict[str, Any]:
    """rows: label, customers, filter. quiet: the places of those that stand apart from the rest."""
    whole = sum(row["customers"] for row in rows)
    return {
        "type": "bar",
        "x": list(range(len(rows))),
        "y": [row["customers"] for row in rows],
        "marker": {
            "color": [style.faded(style.INK, 30) if place in quiet else style.ACCENT for place in range(len(rows))]
        },
        "hovertext": [_told(row, whole, words) for row in rows],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "customdata": [row.get("filter", "") for row in rows],
    }


def _told(row: Row, whole: float, words: Words) -> str:
    share = words.percent(style.share_of(row["customers"], whole))
    return f"{row['label']}: {words.number(row['customers'])} ({share})"


def axes(rows: Sequence[Row], words: Words) -> dict[str, Any]:
    """Of these bars, as parts of a layout."""
    labels = [row["label"] for row in rows]
    highest = max((row["customers"] for row in rows), default=0)
    return {
        "xaxis": {**_ticks(labels, ROOM), "showgrid": False, "zeroline": False},
        "yaxis": style.value_axis(highest, words.number, is_count=True),
        "bargap": 0.12,
        "meta": {"narrow": {"xaxis": _ticks(labels, NARROW_ROOM)}},
    }


def _ticks(labels: Sequence[str], room: int) -> dict[str, Any]:
    letters = sum(len(label) + 2 for label in labels)
    step = max(1, -(-letters // room))
    places = list(range(0, len(labels), step))
    return {"tickvals": places, "ticktext": [labels[place] for place in places], "tickangle": 0}


def shares(frame: pd.DataFrame) -> pd.DataFrame:
    """With the share of each range."""
    whole = frame["customers"].sum()
    return frame.assign(share=[style.share_of(each, whole) for each in frame["customers"]])
