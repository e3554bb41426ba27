"""Whether what a model says comes: what it said across, what came upwards, on days that it had not seen."""

from __future__ import annotations

from typing import Any

import pandas as pd

from reports.charts import style
from reports.charts.drawing import Column, ColumnKind, Drawing, Table, nothing_to_draw, rows_of
from reports.charts.words import Words

# Nearer than this, as a share of what came, is called the same.
LEVEL = 0.05
MARKS = {"judged": (style.ACCENT, "circle"), "came": ("var(--warn)", "diamond")}


def calibration(tenths: pd.DataFrame, words: Words) -> Drawing:
    """A mark for each tenth of the customers in the order of what was said of them; on the diagonal where it came.

    tenths: when ("judged": on held-out days before the run was published; "came": what became of an earlier run since),
    said, became (means), cases, filter (of the list of these customers), and in every row what (is foretold, in
    words), kind ("share" or "number") and until (the last day of what came, by `when`). `attrs`: is_of_some, whether
    they are of some of the customers.
    """
    _ = words.gettext
    if tenths.empty and tenths.attrs.get("is_of_some"):
        return nothing_to_draw(
            _("None of these customers, or too few to be told, are among those whom a model was judged on.")
        )
    if tenths.empty:
        return nothing_to_draw(_("No model has been judged yet."))
    kind = ColumnKind.SHARE if tenths["kind"].iloc[0] == "share" else ColumnKind.FIGURE
    names = {when: _name(str(when), rows["until"].iloc[0], words) for when, rows in tenths.groupby("when")}
    table = tenths.assign(name=tenths["when"].map(names), tenth=tenths.groupby("when").cumcount() + 1)
    total = int(tenths.loc[tenths["when"] == tenths["when"].iloc[0], "cases"].sum())
    return Drawing(
        finding=_finding(tenths, words),
        figure=_figure(table, words),
        table=Table(
            (
                Column("name", _("Compared")),
                Column("tenth", _("Tenth"), ColumnKind.COUNT),
                Column("said", _("Said"), kind),
                Column("became", _("What came"), kind),
                Column("cases", _("Customers"), ColumnKind.COUNT),
            ),
            table,
        ),
        sample=words.ngettext("n = %(n)s customer", "n = %(n)s customers", total) % {"n": words.number(total)},
        unit=_("means of tenths of the customers; on the dotted line, what was said came"),
        drill="filter",
    )


def _finding(tenths: pd.DataFrame, words: Words) -> str:
    _ = words.gettext
    judged = tenths[tenths["when"] == tenths["when"].iloc[0]]
    cases = max(int(judged["cases"].sum()), 1)
    said, came = (float((judged[column] * judged["cases"]).sum() / cases) for column in ("said", "became"))
    is_share = tenths["kind"].iloc[0] == "share"
    facts = {
        "what": tenths["what"].iloc[0],
        "said": _written(said, is_share, words),
        "came": _written(came, is_share, words),
    }
    if abs(said - came) <= LEVEL * abs(came):
        return _("%(what)s: %(said)s said, %(came)s came, which is much the same") % facts
    if said > came:
        return _("%(what)s: %(said)s said, only %(came)s came") % facts
    return _("%(what)s: only %(said)s said, %(came)s came") % facts


def _name(when: str, until: Any, words: Words) -> str:
    _ = words.gettext
    if when == "came":
        return _("What came until %(day)s") % {"day": words.day(until)}
    return _("When it was judged, until %(day)s") % {"day": words.day(until)}


def _written(value: float, is_share: bool, words: Words) -> str:
    return words.percent(value) if is_share else words.number(round(value, 2))


def _figure(table: pd.DataFrame, words: Words) -> dict[str, Any]:
    _ = words.gettext
    is_share = table["kind"].iloc[0] == "share"
    most = max(float(table[["said", "became"]].max().max()), 1e-9)
    traces = [_trace(when, rows, is_share, words) for when, rows in table.groupby("when", sort=False)]
    diagonal = {
        "type": "scatter",
        "mode": "lines",
        "x": [0, most],
        "y": [0, most],
        "line": {"color": style.QUIET_INK, "width": 1, "dash": "dot"},
        "hoverinfo": "skip",
        "showlegend": False,
    }
    axis = {
        **style.value_axis(most, lambda value: _written(value, is_share, words)),
        "range": [-0.02 * most, most * 1.06],
    }
    return style.figure(
        [diagonal, *traces],
        style.layout(
            xaxis={**axis, "title": {"text": _("Said"), "standoff": 6}},
            yaxis={**axis, "title": {"text": _("What came"), "standoff": 6}},
            showlegend=len(traces) > 1,
            legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        ),
    )


def _trace(when: Any, rows: pd.DataFrame, is_share: bool, words: Words) -> dict[str, Any]:
    _ = words.gettext
    colour, symbol = MARKS[str(when)]
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": rows["name"].iloc[0],
        "x": rows["said"].tolist(),
        "y": rows["became"].tolist(),
        "line": {"color": style.faded(colour, 40), "width": 1},
        "marker": {"color": colour, "symbol": symbol, "size": 9},
        "cliponaxis": False,
        "customdata": rows["filter"].tolist(),
        "hovertext": [
            _("%(said)s said, %(came)s came, of %(cases)s customers")
            % {
                "said": _written(row["said"], is_share, words),
                "came": _written(row["became"], is_share, words),
                "cases": words.number(row["cases"]),
            }
            for row in rows_of(rows)
        ],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }
