"""New and returning buyers by month."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd

from reports.charts import months as month_axes
from reports.charts import style
from reports.charts.drawing import Column, ColumnKind, Drawing, Row, Table, nothing_to_draw, rows_of
from reports.charts.words import Words

Z_95 = 1.96


def new_and_returning_buyers(monthly: pd.DataFrame, words: Words) -> Drawing:
    """Stacked bars of the last 25 months: who had bought before, and on top who bought for the first time.

    monthly: month (any day of it), new_buyers, returning_buyers, complete (is the month over?), filter (who bought in
    it), new_filter, returning_filter. Each buyer counts once a month, however often they bought in it.
    """
    _ = words.gettext
    if monthly.empty:
        return nothing_to_draw(_("There are no orders in the last 25 months, so there are no buyers to show."))
    months = month_axes.latest_months(monthly)
    months["buyers"] = months["new_buyers"] + months["returning_buyers"]
    months["returning_share"] = [style.share_of(row["returning_buyers"], row["buyers"]) for row in rows_of(months)]
    newcomers = int(months["new_buyers"].sum())
    return Drawing(
        finding=_finding(months, words),
        figure=_figure(rows_of(months), words),
        table=Table(
            (
                Column("month", _("Month"), ColumnKind.MONTH),
                Column("buyers", _("Buyers"), ColumnKind.COUNT),
                Column("new_buyers", _("New"), ColumnKind.COUNT),
                Column("returning_buyers", _("Returning"), ColumnKind.COUNT),
                Column("returning_share", _("Share returning"), ColumnKind.SHARE),
            ),
            months.iloc[::-1],
        ),
        sample=words.ngettext("n = %(n)s new buyer", "n = %(n)s new buyers", newcomers)
        % {"n": words.number(newcomers)},
        unit=_("buyers a month"),
        drill="filter",
    )


def _finding(months: pd.DataFrame, words: Words) -> str:
    _ = words.gettext
    complete = month_axes.complete_months(months)
    if not complete:
        return _("No month is over yet")
    last, earlier = complete[-1], month_axes.earlier(complete, by=12)
    facts = {"month": words.month(last["month"]), "share": words.percent(last["returning_share"])}
    if last["buyers"] == 0:
        return _("Nobody bought in %(month)s") % facts
    if earlier is None or earlier["buyers"] == 0:
        return _("%(share)s of the buyers in %(month)s had bought before") % facts
    facts |= {"earlier": words.month(earlier["month"]), "before": words.percent(earlier["returning_share"])}
    if _within_noise(last, earlier):
        return _("%(share)s of the buyers in %(month)s had bought before, about as in %(earlier)s (%(before)s)") % facts
    if last["returning_share"] > earlier["returning_share"]:
        return _("%(share)s of the buyers in %(month)s had bought before, up from %(before)s in %(earlier)s") % facts
    return _("%(share)s of the buyers in %(month)s had bought before, down from %(before)s in %(earlier)s") % facts


def _within_noise(last: Row, earlier: Row) -> bool:
    """Is the difference of the two shares no larger than chance alone makes it nineteen times out of twenty?"""
    variance = sum(row["returning_share"] * (1 - row["returning_share"]) / row["buyers"] for row in (last, earlier))
    return bool(abs(last["returning_share"] - earlier["returning_share"]) <= Z_95 * math.sqrt(variance))


def _figure(months: Sequence[Row], words: Words) -> dict[str, Any]:
    _ = words.gettext
    returning = _bars(months, "returning_buyers", _("Returning"), style.ACCENT, words)
    new = _bars(months, "new_buyers", _("New"), style.faded(style.ACCENT, 42), words)
    days = [row["month"] for row in months]
    highest = max(row["buyers"] for row in months)
    return style.figure(
        [returning, new],
        style.layout(
            barmode="stack",
            showlegend=True,
            legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "traceorder": "normal"},
            xaxis=month_axes.month_axis(days, words),
            yaxis={**style.value_axis(highest, words.number, is_count=True), "range": [0, highest * 1.05 or 1]},
            meta={"narrow": {"xaxis": month_axes.narrow_month_axis(days, words)}},
        ),
    )


def _bars(months: Sequence[Row], column: str, name: str, colour: str, words: Words) -> dict[str, Any]:
    _ = words.gettext
    over, running = _("%(month)s: %(count)s %(kind)s"), _("%(month)s so far: %(count)s %(kind)s")
    return {
        "type": "bar",
        "name": name,
        "x": list(range(len(months))),
        "y": [row[column] for row in months],
        "marker": {"color": colour, "pattern": month_axes.hatched_unless_complete(months)},
        "hovertext": [
            (over if row["complete"] else running)
            % {"month": words.month(row["month"]), "count": words.number(row[column]), "kind": name}
            for row in months
        ],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "customdata": [row[column.replace("buyers", "filter")] for row in months],
    }
