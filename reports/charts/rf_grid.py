"""Recency × frequency: where the customers stand on the grid that names the segments."""

from __future__ import annotations

from typing import Any

import pandas as pd

from reports.charts import style
from reports.charts.drawing import Column, ColumnKind, Drawing, Table, nothing_to_draw, of_all, rows_of
from reports.charts.words import Words

SCORES = (1, 2, 3, 4, 5)
# Never so strong that the number on it could not be read.
STRONGEST = f"color-mix(in oklab, {style.ACCENT} 58%, {style.CARD})"
# Used to buy often, not lately: what a sales team can still act on. The rectangle in the picture is the same.
QUIET_RECENCY, OFTEN_FREQUENCY = 2, 3


def recency_frequency_grid(cells: pd.DataFrame, words: Words) -> Drawing:
    """The 25 cells with their number of customers; cells without any are drawn and listed too.

    cells: r_score, f_score (1–5), customers, monetary_minor, filter (of the customer list); cells may be missing.
    `attrs`: nobody, the cells without any, where the reader is not told of all others.
    """
    _ = words.gettext
    total = int(of_all(cells, "customers")) if len(cells) else 0
    if total == 0:
        return nothing_to_draw(_("Nobody has bought in the scoring window, so there are no scores to cross."))
    grid = _all_cells(cells)
    grid["share"] = grid["customers"] / total
    return Drawing(
        measure=words.percent(_quiet_share(grid)),
        finding=_finding(grid, words),
        figure=_figure(grid, words),
        table=Table(
            (
                Column("r_score", _("Recency score"), ColumnKind.COUNT),
                Column("f_score", _("Frequency score"), ColumnKind.COUNT),
                Column("customers", _("Customers"), ColumnKind.COUNT),
                Column("share", _("Share of customers"), ColumnKind.SHARE),
                Column("monetary_minor", _("Revenue"), ColumnKind.MONEY),
            ),
            grid[grid["is_told"]],
        ),
        sample=words.ngettext("n = %(n)s buyer", "n = %(n)s buyers", total) % {"n": words.number(total)},
        unit=_("buyers a cell; framed: gone quiet")
        if grid["is_told"].all()
        else _("buyers a cell; framed: gone quiet; blank: few, or hiding few"),
        drill="filter",
    )


def _all_cells(cells: pd.DataFrame) -> pd.DataFrame:
    """All 25, recent first, then by frequency."""
    every = pd.DataFrame([(r, f) for r in reversed(SCORES) for f in SCORES], columns=["r_score", "f_score"])
    known = cells.astype({"r_score": int, "f_score": int})
    own = [name for name in known if name not in {"part", "often", "quiet"}]
    grid = every.merge(known[own].assign(is_known=True), how="left", on=["r_score", "f_score"])
    grid = grid.fillna({"customers": 0, "monetary_minor": 0, "filter": ""}).astype(
        {"customers": int, "monetary_minor": int}
    )
    nobody = cells.attrs.get("nobody")
    grid["is_told"] = [
        nobody is None or row["is_known"] is True or (row["r_score"], row["f_score"]) in nobody for row in rows_of(grid)
    ]
    grid = with_quiet(grid)
    grid.attrs = dict(cells.attrs)
    return grid


def with_quiet(cells: pd.DataFrame) -> pd.DataFrame:
    """With those who bought often, and those of them who have gone quiet."""
    is_often = cells["f_score"] >= OFTEN_FREQUENCY
    is_quiet = is_often & (cells["r_score"] <= QUIET_RECENCY)
    often, quiet = (cells["customers"].where(each, 0) for each in (is_often, is_quiet))
    return cells.assign(part=is_often.astype(int) + is_quiet.astype(int), often=often, quiet=quiet)


def _finding(grid: pd.DataFrame, words: Words) -> str:
    _ = words.gettext
    share = _quiet_share(grid)
    if share == 0:
        return _("Nobody who bought often has gone quiet")
    return _("%(share)s of those who bought often have gone quiet") % {"share": words.percent(share)}


def _quiet_share(grid: pd.DataFrame) -> float:
    return style.share_of(of_all(grid, "quiet"), of_all(grid, "often"))


def _figure(grid: pd.DataFrame, words: Words) -> dict[str, Any]:
    _ = words.gettext
    rows = [grid[grid["r_score"] == score] for score in reversed(SCORES)]
    hover = [
        _("R %(recency)s, F %(frequency)s: %(customers)s (%(share)s), %(revenue)s")
        % {
            "recency": cell["r_score"],
            "frequency": cell["f_score"],
            "customers": words.number(cell["customers"]),
            "share": words.percent(cell["share"]),
            "revenue": words.money(cell["monetary_minor"], compact=True),
        }
        if cell["is_told"]
        else ""
        for cell in rows_of(grid)
    ]
    heat = {
        "type": "heatmap",
        "x": list(SCORES),
        "y": list(reversed(SCORES)),
        "z": [[cell["share"] if cell["is_told"] else None for cell in rows_of(row)] for row in rows],
        "zmin": 0,
        "zmax": float(grid["share"].max()),
        "colorscale": [[0, "var(--sunk)"], [0.000001, "var(--accent-soft)"], [1, STRONGEST]],
        "showscale": False,
        "xgap": 3,
        "ygap": 3,
        "text": [[words.number(cell["customers"]) if cell["is_told"] else "" for cell in rows_of(row)] for row in rows],
        "texttemplate": "%{text}",
        "textfont": {"color": style.INK, "size": 13},
        "hovertext": [hover[start : start + len(SCORES)] for start in range(0, len(hover), len(SCORES))],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "customdata": [[cell.get("filter", "") for cell in rows_of(row)] for row in rows],
    }
    frame = {
        "type": "rect",
        "x0": OFTEN_FREQUENCY - 0.5,
        "x1": SCORES[-1] + 0.5,
        "y0": SCORES[0] - 0.5,
        "y1": QUIET_RECENCY + 0.5,
        "line": {"color": "var(--warn)", "width": 2},
    }
    axis = {"tickvals": list(SCORES), "range": [0.47, 5.53], "showgrid": False, "zeroline": False}
    return style.figure(
        [heat],
        style.layout(
            xaxis={**axis, "title": {"text": _("Frequency score (5: most often)")}},
            yaxis={**axis, "title": {"text": _("Recency score (5: latest)")}},
            shapes=[frame],
        ),
    )
