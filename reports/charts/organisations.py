"""Organisations as wholes: what each bought itself, and what its people did."""

from __future__ import annotations

from typing import Any

import pandas as pd

from reports.charts import style
from reports.charts.drawing import (
    ONE_CUSTOMER,
    Column,
    ColumnKind,
    Drawing,
    Row,
    Table,
    is_missing,
    nothing_to_draw,
    rows_of,
)
from reports.charts.words import Words

LONGEST_NAME = 28


def revenue_of_organisations(organisations: pd.DataFrame, words: Words) -> Drawing:
    """A bar for each of the largest organisations: its own revenue, and beside it that of its people; a mark
    for both together on the earlier days.

    organisations: the largest first: customer_id, label, own_minor, people_minor, people (of them with a purchase),
    earlier_minor (of both, on the earlier days; nothing without a comparison), and in every row all_minor (of all
    organisations) and count (how many of these have revenue).
    """
    _ = words.gettext
    if organisations.empty:
        return nothing_to_draw(_("No organisation bought anything on these days."))
    everything, count = int(organisations["all_minor"].iloc[0]), int(organisations["count"].iloc[0])
    table = organisations.assign(total_minor=organisations["own_minor"] + organisations["people_minor"])
    table["share"] = [style.share_of(minor, everything) for minor in table["total_minor"]]
    columns = [
        Column("label", _("Organisation")),
        Column("total_minor", _("Revenue"), ColumnKind.MONEY),
        Column("share", _("Share of all organisations"), ColumnKind.SHARE),
        Column("own_minor", _("Bought itself"), ColumnKind.MONEY),
        Column("people_minor", _("Bought by its people"), ColumnKind.MONEY),
        Column("people", _("People who bought"), ColumnKind.COUNT),
    ]
    if organisations["earlier_minor"].notna().any():
        columns.append(Column("earlier_minor", _("Revenue, earlier days"), ColumnKind.MONEY))
    return Drawing(
        finding=_finding(table, words),
        figure=_figure(rows_of(table), words),
        table=Table(tuple(columns), table),
        sample=words.ngettext("n = %(n)s organisation", "n = %(n)s organisations", count) % {"n": words.number(count)},
        unit=_("revenue of the largest organisations, with that of their people"),
        drill=ONE_CUSTOMER,
    )


def _finding(table: pd.DataFrame, words: Words) -> str:
    _ = words.gettext
    rows = rows_of(table)
    facts = {
        "organisation": rows[0]["label"],
        "amount": words.money(rows[0]["total_minor"], compact=True),
        "share": words.percent(float(table["share"].sum())),
        "n": words.number(len(rows)),
    }
    if len(rows) == 1:
        return _("%(organisation)s brought %(amount)s") % facts
    return (
        _("The %(n)s largest organisations bring %(share)s of the revenue of all; %(organisation)s: %(amount)s") % facts
    )


def _figure(rows: list[Row], words: Words) -> dict[str, Any]:
    _ = words.gettext
    places = list(range(len(rows)))
    parts = (
        ("own_minor", _("Bought itself"), style.faded(style.ACCENT, 80), ""),
        ("people_minor", _("Bought by its people"), style.faded("var(--good)", 75), "/"),
    )
    traces = [
        {
            "type": "bar",
            "orientation": "h",
            "name": name,
            "x": [words.major_units(row[column]) for row in rows],
            "y": places,
            "marker": {"color": colour, "pattern": {"shape": shape}},
            "customdata": [str(row[ONE_CUSTOMER]) for row in rows],
            "hovertext": [f"{row['label']}, {name}: {words.money(row[column])}" for row in rows],
            "hovertemplate": "%{hovertext}<extra></extra>",
        }
        for column, name, colour, shape in parts
    ]
    if not is_missing(rows[0]["earlier_minor"]):
        traces.append(_earlier(rows, places, words))
    amounts = [
        words.major_units(row[column])
        for row in rows
        for column in ("own_minor", "people_minor", "total_minor", "earlier_minor")
        if not is_missing(row[column])
    ]
    axis = style.value_axis(
        max(*amounts, 0.0),
        lambda major: words.money(words.minor_units(major), compact=True),
        lowest=min(*amounts, 0.0),
    )
    return style.figure(
        traces,
        style.layout(
            barmode="relative",
            xaxis=axis,
            yaxis={
                "tickvals": places,
                "ticktext": [style.shortened(row["label"], LONGEST_NAME) for row in rows],
                "autorange": "reversed",
                "showgrid": False,
            },
            showlegend=True,
            legend={"orientation": "h", "traceorder": "normal", "y": 1.02, "yanchor": "bottom", "x": 0},
        ),
    )


def _earlier(rows: list[Row], places: list[int], words: Words) -> dict[str, Any]:
    _ = words.gettext
    return {
        "type": "scatter",
        "mode": "markers",
        "name": _("Earlier days"),
        "x": [words.major_units(row["earlier_minor"]) for row in rows],
        "y": places,
        "marker": {"color": style.INK, "symbol": "diamond-open", "size": 9},
        "cliponaxis": False,
        "customdata": [str(row[ONE_CUSTOMER]) for row in rows],
        "hovertext": [f"{row['label']}, {_('Earlier days')}: {words.money(row['earlier_minor'])}" for row in rows],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }
