"""Customers in two dimensions: where each group lies, and what the axes are made of."""

from __future__ import annotations

from itertools import combinations
from math import dist
from typing import Any

import pandas as pd

from reports.charts import labels, style
from reports.charts.drawing import Column, ColumnKind, Drawing, Row, Table, is_missing, nothing_to_draw, rows_of
from reports.charts.words import Words

# Of an axis, by how much they weigh in it.
_NAMED = 2


def customer_map(places: pd.DataFrame, words: Words) -> Drawing:
    """A point for each of some customers, a large mark for each group, axes named by their strongest features.

    places: kind ("point", "centre" or "loading"), label (of the group, or the feature), number (of the group, 0 for no
    group), x, y, customers (of the group; missing where that is not told), filter (of the customer list that has them,
    or ""), and in every row explained_x, explained_y, the shares of the variance that the axes hold. `attrs`:
    is_of_all, whether the reader may not see it, since it is of all customers; is_without_places, whether nothing says
    where the customers lie who are asked for; reach, places that the axes reach as well, so that they are the same
    whoever is drawn.
    """
    _ = words.gettext
    centres = places[(places["kind"] == "centre") & (places["number"] > 0)]
    if places.attrs.get("is_of_all"):
        return nothing_to_draw(_("The map is made of all customers, and you see a part of them."))
    if centres.empty:
        return nothing_to_draw(_("No groups of customers have been published yet."))
    shown = places[places["kind"] == "point"]
    axes = [_axis(places, axis, words) for axis in ("x", "y")]
    return Drawing(
        finding=_finding(rows_of(centres), places["explained_x"].iloc[0], words),
        figure=_figure(places, axes, words),
        table=Table(
            (
                Column("label", _("Group or feature")),
                Column("what", _("What")),
                Column("customers", _("Customers"), ColumnKind.COUNT),
                Column("x", axes[0], ColumnKind.FIGURE),
                Column("y", axes[1], ColumnKind.FIGURE),
            ),
            places[places["kind"] != "point"].assign(
                what=lambda rows: rows["kind"].map(
                    {"centre": _("Middle of the group"), "loading": _("Weight in the axis")}
                )
            ),
        ),
        sample=words.ngettext("%(n)s customer drawn", "%(n)s customers drawn", len(shown))
        % {"n": words.number(len(shown))},
        unit=_("the run does not say where chosen customers lie: the next one that learns will")
        if places.attrs.get("is_without_places")
        else _("a point is a customer, a large mark the middle of a group"),
        drill="filter" if places["filter"].any() else "",
    )


def _finding(centres: list[Row], explained: float, words: Words) -> str:
    _ = words.gettext
    share = {"share": words.percent(explained)}
    if len(centres) < 2:
        return _("One group; the first axis holds %(share)s of how customers differ") % share
    pairs = combinations(centres, 2)
    one, other = max(pairs, key=lambda pair: dist(*((each["x"], each["y"]) for each in pair)))
    return _("%(one)s and %(other)s differ most; the first axis holds %(share)s of how customers differ") % {
        **share,
        "one": one["label"],
        "other": other["label"],
    }


def _axis(places: pd.DataFrame, axis: str, words: Words) -> str:
    _ = words.gettext
    loadings = places[places["kind"] == "loading"]
    strongest = loadings.loc[loadings[axis].abs().sort_values(ascending=False, kind="stable").index[:_NAMED]]
    named = [f"{row['label']} {'+' if row[axis] >= 0 else '−'}" for row in rows_of(strongest)]
    return _("%(features)s (%(share)s)") % {
        "features": " · ".join(named),
        "share": words.percent(places[f"explained_{axis}"].iloc[0]),
    }


def _figure(places: pd.DataFrame, axes: list[str], words: Words) -> dict[str, Any]:
    traces: list[dict[str, Any]] = []
    for number, group in places[places["kind"] != "loading"].groupby("number"):
        colour, symbol = style.group_mark(int(str(number)))
        points, centre = group[group["kind"] == "point"], group[group["kind"] == "centre"]
        label, count, filter_text = (group[column].iloc[0] for column in ("label", "customers", "filter"))
        said = label if is_missing(count) else f"{label}: {_customers(int(count), words)}"
        # Of all its marks alike, so once for the trace; a template finds no text that they share.
        base = {"type": "scatter", "meta": {"filter": filter_text}, "hovertemplate": f"{said}<extra></extra>"}
        traces.append(
            {
                **base,
                "mode": "markers",
                "x": points["x"].round(2).tolist(),
                "y": points["y"].round(2).tolist(),
                "hovertext": said,
                "marker": {"color": style.faded(colour, 45), "symbol": symbol, "size": 6},
            }
        )
        traces.append(
            {
                **base,
                "mode": "markers",
                "x": centre["x"].tolist(),
                "y": centre["y"].tolist(),
                "hovertext": said,
                "cliponaxis": False,
                "marker": {"color": colour, "symbol": symbol, "size": 15, "line": {"color": style.CARD, "width": 2}},
            }
        )
    drawn = places[places["kind"] != "loading"]
    reach = pd.DataFrame(places.attrs.get("reach", []), columns=["x", "y"])
    across, up = (_range([*drawn[axis], *reach[axis]]) for axis in ("x", "y"))
    axis = {"showticklabels": False, "zeroline": True}
    # The middles last, above all points.
    return style.figure(
        [*traces[::2], *traces[1::2]],
        style.layout(
            xaxis={**axis, "title": {"text": axes[0]}, "range": across},
            yaxis={**axis, "title": {"text": axes[1]}, "range": up},
            annotations=_names(places, across, up, labels.LOW),
            meta={"narrow": {"annotations": _names(places, across, up, labels.NARROW_LOW)}},
        ),
    )


def _customers(count: int, words: Words) -> str:
    return words.ngettext("%(n)s customer", "%(n)s customers", count) % {"n": words.number(count)}


def _range(values: list[float]) -> list[float]:
    room = 0.08 * ((max(values) - min(values)) or 1)
    return [min(values) - room, max(values) + room]


def _names(places: pd.DataFrame, across: list[float], up: list[float], picture: labels.Picture) -> list[dict[str, Any]]:
    """Of the groups, each beside its middle."""
    centres = places[places["kind"] == "centre"]
    names, xs, ys = (centres[column].tolist() for column in ("label", "x", "y"))
    ways = labels.placed(names, labels.shares(xs, across), labels.shares(ys, up), picture)
    return labels.as_annotations(names, xs, ys, ways, [style.INK] * len(names))
