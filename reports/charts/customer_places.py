"""Where customers live: a bubble in the middle of each country, whose area is their number."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from reports.charts import style
from reports.charts.drawing import Column, ColumnKind, Drawing, Row, Table, nothing_to_draw, rows_of
from reports.charts.places import MIDDLES
from reports.charts.words import Words

LARGEST, SMALLEST = 40, 5
# So many of the largest are named on the map at most, and none so near another that is, in degrees.
NAMED, APART = 7, (34, 12)


def customers_on_the_map(frame: pd.DataFrame, words: Words) -> Drawing:
    """frame: code (ISO 3166, or "" for unknown and for several together), label, customers, filter ("" where no filter
    of the list says the same); largest first. Its `attrs["most"]`: the number of customers of the largest bubble, where
    that is not on it."""
    _ = words.gettext
    frame = frame[frame["customers"] > 0]
    if frame.empty:
        return nothing_to_draw(_("There is no customer to place."))
    most = frame.attrs.get("most", int(frame["customers"].max()))
    whole = int(frame["customers"].sum())
    frame = frame.assign(share=frame["customers"] / whole)
    placed = [row for row in rows_of(frame) if row["code"] in MIDDLES]
    return Drawing(
        finding=_finding(placed, whole, words),
        figure=_figure(placed, most, words),
        table=Table(
            (
                Column("label", _("Country")),
                Column("customers", _("Customers"), ColumnKind.COUNT),
                Column("share", _("Share"), ColumnKind.SHARE),
            ),
            frame,
        ),
        sample=words.ngettext("n = %(n)s customer", "n = %(n)s customers", whole) % {"n": words.number(whole)},
        unit=_("Area: customers. Small points: countries without any"),
        drill="filter",
    )


def _finding(placed: list[Row], whole: int, words: Words) -> str:
    _ = words.gettext
    if not placed:
        return _("Of no customer is it known where they live")
    first = placed[0]
    facts = {"country": first["label"], "share": words.percent(first["share"]), "n": words.number(len(placed))}
    known = sum(row["customers"] for row in placed) / whole
    if len(placed) == 1:
        return _("All whose country is known live in %(country)s") % facts
    if known < 0.995:
        facts["unknown"] = words.percent(1 - known)
        return (
            _("%(country)s has %(share)s of the customers, of %(n)s countries; of %(unknown)s it is not known") % facts
        )
    return _("%(country)s has %(share)s of the customers, of %(n)s countries") % facts


def _figure(placed: list[Row], most: int, words: Words) -> dict[str, Any]:
    there = {row["code"] for row in placed}
    empty = [place for code, place in MIDDLES.items() if code not in there]
    ground = {
        "type": "scatter",
        "mode": "markers",
        "x": [east for east, _ in empty],
        "y": [north for _, north in empty],
        "marker": {"size": 4, "color": style.faded(style.INK, 18)},
        "hoverinfo": "skip",
    }
    bubbles = {
        "type": "scatter",
        "mode": "markers+text",
        "x": [MIDDLES[row["code"]][0] for row in placed],
        "y": [MIDDLES[row["code"]][1] for row in placed],
        "marker": {
            "size": [round(max(SMALLEST, LARGEST * math.sqrt(row["customers"] / most)), 1) for row in placed],
            "color": style.faded(style.ACCENT, 60),
            "line": {"color": style.ACCENT, "width": 1},
        },
        "text": _names(placed),
        "textposition": "top center",
        "cliponaxis": False,
        "hovertext": [
            f"{row['label']}: {words.number(row['customers'])} ({words.percent(row['share'])})" for row in placed
        ],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "customdata": [row["filter"] for row in placed],
    }
    hidden = {"visible": False}
    return style.figure(
        [ground, bubbles],
        style.layout(
            xaxis={**hidden, "range": [-172, 182]},
            yaxis={**hidden, "range": [-60, 82], "scaleanchor": "x", "scaleratio": 1.25, "constrain": "domain"},
        ),
    )


def _names(placed: list[Row]) -> list[str]:
    named: list[tuple[int, int]] = []
    names = []
    for row in placed:
        east, north = MIDDLES[row["code"]]
        is_free = all(abs(east - x) > APART[0] or abs(north - y) > APART[1] for x, y in named)
        has_room = is_free and len(named) < NAMED
        names.append(row["label"] if has_room else "")
        if has_room:
            named.append((east, north))
    return names
