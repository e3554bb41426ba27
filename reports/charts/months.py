"""What the charts over months share: a gapless row of months, and ticks that fit."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import pandas as pd

from reports.charts.drawing import Row, rows_of
from reports.charts.words import Words

SHOWN_MONTHS = 25
TICKS, NARROW_TICKS = 8, 4


def latest_months(monthly: pd.DataFrame) -> pd.DataFrame:
    """The last 25 months of `monthly` (month: a day of it, complete, counts, and filters, which are texts), those
    without a row as zeros that lead nowhere."""
    frame = monthly.assign(month=pd.to_datetime(monthly["month"]).dt.to_period("M")).set_index("month").sort_index()
    months = pd.period_range(end=frame.index[-1], periods=min(SHOWN_MONTHS, _span(frame)), freq="M", name="month")
    # A month without a row lies between two that have one, so it is over.
    filters = [column for column in frame.columns if column.endswith("filter")]
    filled = frame.reindex(months).fillna({"complete": True, **dict.fromkeys(filters, "")}).fillna(0)
    kinds = {column: bool if column == "complete" else int for column in filled.columns.difference(filters)}
    filled = filled.astype(kinds).reset_index()
    return filled.assign(month=[period.to_timestamp().date() for period in filled["month"]])


def complete_months(months: pd.DataFrame) -> list[Row]:
    """Those that are over, oldest first."""
    return rows_of(months[months["complete"]])


def earlier(months: Sequence[Row], *, by: int) -> Row | None:
    """The row `by` months before the last of a gapless sequence, if it goes back so far."""
    return months[-1 - by] if len(months) > by else None


def hatched_unless_complete(months: Sequence[Row]) -> dict[str, Any]:
    """The pattern of the bars: a month that is not over is hatched."""
    return {"shape": ["" if row["complete"] else "/" for row in months], "size": 6}


def month_axis(months: Sequence[dt.date], words: Words, *, ticks: int = TICKS) -> dict[str, Any]:
    """An axis over positions 0…n − 1, named in the reader's language, the last month always among the names."""
    step = -(-len(months) // ticks)
    positions = list(range(len(months) - 1, -1, -step))[::-1]
    return {
        "tickvals": positions,
        "ticktext": [words.month_over_year(months[position]) for position in positions],
        "tickangle": 0,
        "showgrid": False,
        "range": [-0.6, len(months) - 0.4],
    }


def narrow_month_axis(months: Sequence[dt.date], words: Words) -> dict[str, Any]:
    """What changes on a phone."""
    axis = month_axis(months, words, ticks=NARROW_TICKS)
    return {key: axis[key] for key in ("tickvals", "ticktext")}


def _span(frame: pd.DataFrame) -> int:
    return int((frame.index[-1] - frame.index[0]).n) + 1
