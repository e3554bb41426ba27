"""How many customers there are, and how many came when."""

from __future__ import annotations

from typing import Any

import pandas as pd

from reports.charts import periods, style
from reports.charts.drawing import Column, ColumnKind, Drawing, Row, Table, nothing_to_draw, rows_of
from reports.charts.words import Words


def number_of_customers(frame: pd.DataFrame, words: Words) -> Drawing:
    """frame: start (first day of a period), new (customers since then), total (at its end), filter. `attrs`: grain;
    before, how many there were when it began; unknown, of how many it is not known since when they are customers."""
    _ = words.gettext
    known = 0 if frame.empty else int(frame["total"].iloc[-1])
    if known == 0:
        return nothing_to_draw(_("Of no customer is it known since when they are one."))
    labels = [periods.period_name(start, frame.attrs["grain"], words) for start in frame["start"]]
    named = frame.assign(label=labels)
    unknown = int(frame.attrs["unknown"])
    sample = words.ngettext("n = %(n)s customer", "n = %(n)s customers", known) % {"n": words.number(known)}
    if unknown:
        sample += _(", without %(unknown)s of whom it is not known since when") % {"unknown": words.number(unknown)}
    return Drawing(
        finding=_finding(known, int(frame.attrs["before"]), words),
        figure=_figure(rows_of(named), words),
        table=Table(
            (
                Column("label", _("Days")),
                Column("new", _("New customers"), ColumnKind.COUNT),
                Column("total", _("Customers at the end"), ColumnKind.COUNT),
            ),
            named.iloc[::-1],
        ),
        sample=sample,
        unit=_("Above: customers. Below: new ones"),
        drill="filter",
    )


def _finding(now: int, before: int, words: Words) -> str:
    _ = words.gettext
    facts = {"now": words.number(now), "new": words.number(now - before)}
    if before == 0:
        said = words.ngettext("%(now)s customer, new in these days", "%(now)s customers, all new in these days", now)
        return said % facts
    if now == before:
        return _("%(now)s customers, and no new one in these days") % facts
    return _("%(now)s customers: %(new)s came in these days, %(change)s") % {
        **facts,
        "change": words.change(now / before - 1),
    }


def _axis(column: str, rows: list[Row], words: Words) -> dict[str, Any]:
    return style.value_axis(max(row[column] for row in rows), words.number, is_count=True)


def _figure(rows: list[Row], words: Words) -> dict[str, Any]:
    _ = words.gettext
    labels = [row["label"] for row in rows]
    places = list(range(len(rows)))
    shared = {"x": places, "hovertemplate": "%{hovertext}<extra></extra>"}
    total = {
        **shared,
        "type": "scatter",
        "mode": "lines",
        "y": [row["total"] for row in rows],
        "line": {"color": style.ACCENT, "width": 2},
        "fill": "tozeroy",
        "fillcolor": style.faded(style.ACCENT, 18),
        "hovertext": [f"{row['label']}: {words.number(row['total'])}" for row in rows],
    }
    new = {
        **shared,
        "type": "bar",
        "yaxis": "y2",
        "y": [row["new"] for row in rows],
        "marker": {"color": style.ACCENT},
        "hovertext": [
            _("%(label)s: %(n)s new") % {"label": row["label"], "n": words.number(row["new"])} for row in rows
        ],
        "customdata": [row["filter"] for row in rows],
    }
    return style.figure(
        [total, new],
        style.layout(
            xaxis={**periods.axis(labels), "anchor": "y2"},
            yaxis={**_axis("total", rows, words), "domain": [0.42, 1]},
            yaxis2={**_axis("new", rows, words), "domain": [0, 0.32]},
            meta={"narrow": {"xaxis": periods.narrow_axis(labels)}},
        ),
    )
