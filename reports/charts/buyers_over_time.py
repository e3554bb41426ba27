"""New and returning buyers in the periods of the days that were asked for."""

from __future__ import annotations

from typing import Any

import pandas as pd

from reports.charts import months, periods, style
from reports.charts.drawing import Column, ColumnKind, Drawing, Row, Table, nothing_to_draw, rows_of
from reports.charts.words import Words


def new_and_returning(frame: pd.DataFrame, words: Words) -> Drawing:
    """frame: start (first day of a period), new (buyers whose first purchase ever lies in it), returning, complete,
    filter (who bought in it), new_filter, returning_filter. `attrs`: grain."""
    _ = words.gettext
    new, returning = int(frame["new"].sum()), int(frame["returning"].sum())
    if new + returning == 0:
        return nothing_to_draw(_("No known customer bought in these days."))
    labels = [periods.period_name(start, frame.attrs["grain"], words) for start in frame["start"]]
    both = frame["new"] + frame["returning"]
    named = frame.assign(label=labels, buyers=both, share=frame["new"] / both.where(both > 0))
    return Drawing(
        finding=_finding(new, rows_of(named), words),
        figure=_figure(rows_of(named), words),
        table=Table(
            (
                Column("label", _("Days")),
                Column("buyers", _("Buyers"), ColumnKind.COUNT),
                Column("new", _("New"), ColumnKind.COUNT),
                Column("returning", _("Returning"), ColumnKind.COUNT),
                Column("share", _("Share of new"), ColumnKind.SHARE),
            ),
            named.iloc[::-1],
        ),
        sample=words.ngettext("n = %(n)s new buyer", "n = %(n)s new buyers", new) % {"n": words.number(new)},
        unit=_("Buyers, each once a period"),
        drill="filter",
    )


def _finding(new: int, rows: list[Row], words: Words) -> str:
    """Of periods that are shown as a whole: one that is cut off has fewer of both."""
    _ = words.gettext
    whole = [row for row in rows if row["complete"] and row["buyers"]]
    came = words.ngettext("%(n)s buyer bought for the first time", "%(n)s buyers bought for the first time", new)
    facts = {"came": came % {"n": words.number(new)}}
    if len(whole) < 2:
        return facts["came"]
    first, last = whole[0], whole[-1]
    facts |= {"first": words.percent(first["share"]), "last": words.percent(last["share"])}
    facts |= {"then": first["label"], "now": last["label"]}
    return _("%(came)s; new were %(first)s of the buyers at first (%(then)s), %(last)s at last (%(now)s)") % facts


def _figure(rows: list[Row], words: Words) -> dict[str, Any]:
    _ = words.gettext
    labels = [row["label"] for row in rows]
    said = _("%(label)s: %(new)s new, %(returning)s returning")
    told = [
        said % {**row, "new": words.number(row["new"]), "returning": words.number(row["returning"])} for row in rows
    ]
    bars = {
        "type": "bar",
        "x": list(range(len(rows))),
        "hovertext": told,
        "hovertemplate": "%{hovertext}<extra></extra>",
    }
    pattern = months.hatched_unless_complete(rows)
    quiet = style.faded(style.ACCENT, 40)
    traces = [
        {**bars, "name": _("Returning"), "marker": {"color": quiet, "pattern": pattern}},
        {**bars, "name": _("New"), "marker": {"color": style.ACCENT, "pattern": pattern}},
    ]
    for trace, key in zip(traces, ("returning", "new"), strict=True):
        trace["y"] = [row[key] for row in rows]
        trace["customdata"] = [row.get(f"{key}_filter", "") for row in rows]
    return style.figure(
        traces,
        style.layout(
            xaxis=periods.axis(labels),
            yaxis=style.value_axis(max(row["buyers"] for row in rows), words.number, is_count=True),
            barmode="stack",
            showlegend=True,
            legend={"orientation": "h", "traceorder": "normal", "y": 1.02, "yanchor": "bottom", "x": 0},
            meta={"narrow": {"xaxis": periods.narrow_axis(labels)}},
        ),
    )
