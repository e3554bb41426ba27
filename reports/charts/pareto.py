"""On how few buyers revenue rests: its share by the share of the buyers, best first."""

from __future__ import annotations

from typing import Any

import pandas as pd

from reports.charts import style
from reports.charts.drawing import Column, ColumnKind, Drawing, Row, Table, nothing_to_draw, rows_of
from reports.charts.words import Words

BEST = 0.2
QUARTERS = [0, 0.25, 0.5, 0.75, 1]


def concentration_of_revenue(frame: pd.DataFrame, words: Words) -> Drawing:
    """frame: customers, spent_minor of parts of the buyers, those who bought for most first, and the filter of the list
    that has all up to the end of a part."""
    _ = words.gettext
    whole, count = int(frame["spent_minor"].sum()), int(frame["customers"].sum())
    if whole <= 0:
        return nothing_to_draw(_("There are too few buyers in these days to tell the first from the last."))
    drawn = frame.assign(
        buyers_share=frame["customers"].cumsum() / count,
        revenue_share=frame["spent_minor"].cumsum() / whole,
        buyers=frame["customers"].cumsum(),
        whole_minor=frame["spent_minor"].cumsum(),
    )
    best = drawn.iloc[(drawn["buyers_share"] - BEST).abs().argmin()]
    facts = {"buyers": words.percent(best["buyers_share"]), "revenue": words.percent(best["revenue_share"])}
    return Drawing(
        finding=_("The best %(buyers)s of the buyers brought %(revenue)s of the revenue") % facts,
        figure=_figure(rows_of(drawn), best.to_dict(), words),
        table=Table(
            (
                Column("buyers_share", _("Best buyers, share of all"), ColumnKind.SHARE),
                Column("buyers", _("Buyers"), ColumnKind.COUNT),
                Column("whole_minor", _("Amount"), ColumnKind.MONEY),
                Column("revenue_share", _("Share of revenue"), ColumnKind.SHARE),
            ),
            drawn,
        ),
        sample=words.ngettext("n = %(n)s buyer", "n = %(n)s buyers", count) % {"n": words.number(count)},
        unit=_("Share of revenue by share of buyers, best first"),
        drill="filter",
    )


def _figure(rows: list[Row], best: dict[Any, Any], words: Words) -> dict[str, Any]:
    _ = words.gettext
    said = _("%(buyers)s of the buyers (%(number)s): %(revenue)s of the revenue")
    told = [
        said
        % {
            "buyers": words.percent(row["buyers_share"]),
            "number": words.number(row["buyers"]),
            "revenue": words.percent(row["revenue_share"]),
        }
        for row in rows
    ]
    curve = {
        "type": "scatter",
        "mode": "lines",
        "x": [0, *(round(row["buyers_share"], 4) for row in rows)],
        "y": [0, *(round(row["revenue_share"], 4) for row in rows)],
        "line": {"color": style.ACCENT, "width": 2.5},
        "fill": "tozeroy",
        "fillcolor": style.faded(style.ACCENT, 15),
        "customdata": ["", *(row["filter"] for row in rows)],
        "hovertext": ["", *told],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }
    equal: dict[str, Any] = {"type": "scatter", "mode": "lines", "x": [0, 1], "y": [0, 1], "hoverinfo": "skip"}
    equal["line"] = {"color": style.faded(style.INK, 45), "dash": "dot", "width": 1.5}
    x, y = round(float(best["buyers_share"]), 4), round(float(best["revenue_share"]), 4)
    mark: dict[str, Any] = {"type": "scatter", "mode": "markers", "x": [x], "y": [y], "hoverinfo": "skip"}
    mark["marker"] = {"color": style.ACCENT, "size": 10}
    ticks = {"tickvals": QUARTERS, "ticktext": [words.percent(share) for share in QUARTERS], "range": [0, 1.02]}
    # Below the line that it names.
    note: dict[str, Any] = {"x": 0.56, "y": 0.5, "text": _("if all bought alike"), "showarrow": False}
    note |= {"xanchor": "left", "yanchor": "top"}
    note["font"] = {"color": style.QUIET_INK, "size": 11}
    axis_title = {"text": _("Share of buyers")}
    return style.figure(
        [equal, curve, mark],
        style.layout(
            xaxis={**ticks, "title": axis_title},
            yaxis={**ticks, "title": {"text": _("Share of revenue")}},
            annotations=[note],
        ),
    )
