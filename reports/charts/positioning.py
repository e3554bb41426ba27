"""What each segment buys: segments and categories on one map, near where one buys more of the other than all do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from reports.charts import labels, style
from reports.charts.drawing import Column, ColumnKind, Drawing, Table, nothing_to_draw, rows_of
from reports.charts.words import Words

# A segment with fewer lines of a category than this is not what the title is about.
LEAST_LINES = 5


def segments_and_categories(pairs: pd.DataFrame, words: Words) -> Drawing:
    """The map of a correspondence analysis, and a table of what each segment buys more and less of.

    pairs: each segment with each category: segment, category (labels), lines (that the segment would buy of the
    category if all bought alike), ratio (of what it does buy to that), customers (of the segment who bought of the
    category) and filter (of the customer list); of the segment and of the category alone, as segment_x and so on: x,
    y, customers, filter; and in every row explained_x, explained_y.
    """
    _ = words.gettext
    if pairs.empty:
        return nothing_to_draw(_("Fewer than two segments have bought of two known categories."))
    total = round(float(pairs["lines"].sum()))
    return Drawing(
        finding=_finding(pairs, words),
        figure=_figure(pairs, words),
        table=Table(
            (
                Column("segment", _("Segment")),
                Column("category", _("Category")),
                Column("ratio", _("Bought, by what would be if all bought alike"), ColumnKind.FIGURE),
                Column("customers", _("Customers"), ColumnKind.COUNT),
                Column("segment_x", _("Place of the segment, across"), ColumnKind.FIGURE),
                Column("segment_y", _("Place of the segment, up"), ColumnKind.FIGURE),
                Column("category_x", _("Place of the category, across"), ColumnKind.FIGURE),
                Column("category_y", _("Place of the category, up"), ColumnKind.FIGURE),
            ),
            pairs.sort_values("ratio", ascending=False, kind="stable"),
        ),
        sample=words.ngettext("n = %(n)s order line", "n = %(n)s order lines", total) % {"n": words.number(total)},
        unit=_("near each other: bought more than by others"),
        drill="filter",
    )


def _finding(pairs: pd.DataFrame, words: Words) -> str:
    _ = words.gettext
    firm = pairs[pairs["lines"] * pairs["ratio"] >= LEAST_LINES]
    strongest = rows_of((pairs if firm.empty else firm).nlargest(1, "ratio"))[0]
    if strongest["ratio"] < 1.1:
        return _("All segments buy much the same")
    return _("%(segment)s: %(category)s at %(ratio)s times the share that all buy") % {
        "segment": strongest["segment"],
        "category": strongest["category"],
        "ratio": words.number(round(strongest["ratio"], 1)),
    }


def _figure(pairs: pd.DataFrame, words: Words) -> dict[str, Any]:
    _ = words.gettext
    titles = [
        _("%(number)s. axis: %(share)s of the differences") % {"number": number, "share": words.percent(share)}
        for number, share in ((1, pairs["explained_x"].iloc[0]), (2, pairs["explained_y"].iloc[0]))
    ]
    segments, categories = pairs.drop_duplicates("segment"), pairs.drop_duplicates("category")
    xs = [*segments["segment_x"], *categories["category_x"]]
    ys = [*segments["segment_y"], *categories["category_y"]]
    names = [labels.shortened(name) for name in (*segments["segment"], *categories["category"])]
    colours = [style.ACCENT] * len(segments) + [style.QUIET_INK] * len(categories)
    across, up = _range(xs), _range(ys)
    places = labels.shares(xs, across), labels.shares(ys, up)
    wide, narrow = (
        labels.as_annotations(names, xs, ys, labels.placed(names, *places, picture), colours)
        for picture in (labels.WIDE, labels.NARROW)
    )
    return style.figure(
        [
            _trace(categories, "category", {"color": style.QUIET_INK, "symbol": "circle-open"}, words),
            _trace(segments, "segment", {"color": style.ACCENT, "symbol": "diamond"}, words),
        ],
        style.layout(
            xaxis={"showticklabels": False, "title": {"text": titles[0]}, "range": across},
            yaxis={"showticklabels": False, "title": {"text": titles[1]}, "range": up},
            annotations=wide,
            meta={"narrow": {"annotations": narrow}},
        ),
    )


def _range(values: Sequence[float]) -> list[float]:
    """With room at both ends for the names of those who stand there."""
    room = 0.2 * ((max(values) - min(values)) or 1)
    return [min(values) - room, max(values) + room]


def _trace(places: pd.DataFrame, what: str, marker: dict[str, Any], words: Words) -> dict[str, Any]:
    said = words.gettext("%(name)s, customers: %(customers)s")
    return {
        "type": "scatter",
        "mode": "markers",
        "x": places[f"{what}_x"].tolist(),
        "y": places[f"{what}_y"].tolist(),
        "text": places[what].tolist(),
        "cliponaxis": False,
        "marker": {**marker, "size": 10},
        "customdata": places[f"{what}_filter"].tolist(),
        "hovertext": [
            said % {"name": row[what], "customers": words.number(row[f"{what}_customers"])} for row in rows_of(places)
        ],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }
