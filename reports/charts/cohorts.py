"""Who came in the same month, and how many of them, and how much of their money, came again in each month after it."""

from __future__ import annotations

from typing import Any

import pandas as pd

from reports.charts import style
from reports.charts.drawing import Column, ColumnKind, Drawing, Row, Table, nothing_to_draw, of_all, rows_of
from reports.charts.words import Words

MOST_COHORTS = 13
MOST_MONTHS = 13
# A single cell is no larger than one of these.
ROOM_FOR_COHORTS, ROOM_FOR_MONTHS = 4, 5


def customers_again(frame: pd.DataFrame, words: Words) -> Drawing:
    """frame: cohort (first day of the month of a first purchase), months (since then, from 0), customers who bought in
    that month, spent_minor, filter. A month that is not over is missing, and what the reader is not told of: then
    `attrs` has the `sums_of_months` of all."""
    return _drawing(frame, "customers", words)


def money_again(frame: pd.DataFrame, words: Words) -> Drawing:
    """The same by what they spent."""
    return _drawing(frame, "spent_minor", words)


def retained(frame: pd.DataFrame, value: str) -> pd.DataFrame:
    """With `share`: of what the cohort was in its first month, which is 1 there."""
    first = frame[frame["months"] == 0].set_index("cohort")[value]
    shown = frame[(frame["months"] < MOST_MONTHS) & frame["cohort"].isin(first[first > 0].index)]
    return shown.assign(share=shown[value] / shown["cohort"].map(first))


def sums_of_months(frame: pd.DataFrame) -> dict[str, dict[int, tuple[float, float]]]:
    """Of customers and spent_minor, by months since the first: their sum over the cohorts that have come so far, and
    what these had in their first month."""
    sums = {}
    for value in ("customers", "spent_minor"):
        shown = retained(frame, value)
        shown = shown.assign(first=shown["cohort"].map(shown[shown["months"] == 0].set_index("cohort")[value]))
        by_month = shown.groupby("months")[[value, "first"]].sum()
        sums[value] = {int(str(month)): (float(row[value]), float(row["first"])) for month, row in by_month.iterrows()}
    return sums


def _drawing(frame: pd.DataFrame, value: str, words: Words) -> Drawing:
    _ = words.gettext
    shown = retained(frame, value) if len(frame) else frame
    if shown.empty:
        return nothing_to_draw(_("Nobody bought for the first time in these days."))
    rows = [{**row, "label": words.month(row["cohort"])} for row in rows_of(shown)]
    count = int(of_all(shown[shown["months"] == 0], "customers"))
    kind = ColumnKind.COUNT if value == "customers" else ColumnKind.MONEY
    return Drawing(
        finding=_finding(shown, value, words),
        figure=_figure(rows, value, words),
        table=Table(
            (
                Column("label", _("First purchase")),
                Column("months", _("Months since"), ColumnKind.COUNT),
                Column(value, _("Customers") if value == "customers" else _("Amount"), kind),
                Column("share", _("Of the first month"), ColumnKind.SHARE),
            ),
            pd.DataFrame(rows),
        ),
        sample=words.ngettext("n = %(n)s new buyer", "n = %(n)s new buyers", count) % {"n": words.number(count)},
        unit=_share_of_what(value, words),
        drill="filter",
    )


def _share_of_what(value: str, words: Words) -> str:
    _ = words.gettext
    if value == "customers":
        return _("Share of the customers who bought again, by months since the first purchase")
    return _("Amount against that of the first month, by months since then")


def _finding(shown: pd.DataFrame, value: str, words: Words) -> str:
    """Of all cohorts of which a month is known, put together: in the third month, or the last that any has reached."""
    _ = words.gettext
    later = shown[shown["months"] > 0]
    if later.empty:
        return _("No month has passed since these first purchases")
    month = min(3, int(later["months"].max()))
    sums = shown.attrs.get("of_months") or sums_of_months(shown)
    reached, first = sums[value][month]
    facts = {"share": words.percent(reached / first), "month": words.number(month)}
    if value == "customers":
        return _("%(share)s of new buyers bought again in month %(month)s") % facts
    return _("In month %(month)s new buyers spent %(share)s of what they had spent in their first") % facts


def _figure(rows: list[Row], value: str, words: Words) -> dict[str, Any]:
    _ = words.gettext
    labels = list(dict.fromkeys(row["label"] for row in rows))
    months = max(row["months"] for row in rows) + 1
    by_place = {(row["label"], row["months"]): row for row in rows}
    cells = [[by_place.get((label, month)) for month in range(months)] for label in labels]
    # The first month is all in any case; were it in the scale, the others would look alike.
    highest = max((row["share"] for row in rows if row["months"] > 0), default=1) or 1
    written = words.number if value == "customers" else words.money
    said = _("First purchase %(label)s, month %(months)s: %(value)s, %(share)s")
    heat = {
        "type": "heatmap",
        "x": list(range(months)),
        "y": list(range(len(labels))),
        "z": [[_of(cell, lambda row: round(min(row["share"], highest), 4)) for cell in line] for line in cells],
        "text": [
            [_of(cell, lambda row: words.percent(round(row["share"], 2))) or "" for cell in line] for line in cells
        ],
        "hovertext": [
            [
                _of(
                    cell, lambda row: said % {**row, "value": written(row[value]), "share": words.percent(row["share"])}
                )
                or ""
                for cell in line
            ]
            for line in cells
        ],
        "customdata": [[_of(cell, lambda row: row["filter"]) or "" for cell in line] for line in cells],
        "texttemplate": "%{text}",
        "textfont": {"color": style.INK},
        "hovertemplate": "%{hovertext}<extra></extra>",
        "hoverongaps": False,
        "zmin": 0,
        "zmax": highest,
        "colorscale": [[0, style.faded(style.ACCENT, 4)], [1, style.faded(style.ACCENT, 65)]],
        "showscale": False,
        "xgap": 2,
        "ygap": 2,
    }
    every = {"tickvals": list(range(months)), "ticktext": [words.number(month) for month in range(months)]}
    return style.figure(
        [heat],
        style.layout(
            xaxis={
                **every,
                "range": [-0.5, max(months, ROOM_FOR_MONTHS) - 0.5],
                "showgrid": False,
                "zeroline": False,
                "title": {"text": _("Months since the first purchase")},
            },
            yaxis={
                "tickvals": list(range(len(labels))),
                "ticktext": labels,
                "range": [max(len(labels), ROOM_FOR_COHORTS) - 0.5, -0.5],
                "showgrid": False,
                "zeroline": False,
            },
            meta={"narrow": {"xaxis": {**every, "range": [-0.5, ROOM_FOR_MONTHS - 0.5]}}},
        ),
    )


def _of(cell: Row | None, make: Any) -> Any:
    return None if cell is None else make(cell)
