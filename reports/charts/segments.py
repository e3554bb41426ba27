"""Customers by segment: how many, and which segment carries the revenue."""

from __future__ import annotations

from typing import Any

import pandas as pd

from reports.charts import style
from reports.charts.drawing import Column, ColumnKind, Drawing, Table, nothing_to_draw, of_all, rows_of
from reports.charts.words import Words

# On a narrow picture each letter beside the longest bar takes so much of its length.
NARROW_ROOM = 0.26


def customers_by_segment(segments: pd.DataFrame, words: Words) -> Drawing:
    """A bar for each segment, in the order of the rows.

    segments: one row per segment with customers: segment (code), label, tone, customers, monetary_minor (revenue of the
    scoring window), filter (of the customer list).
    """
    _ = words.gettext
    total = int(of_all(segments, "customers")) if len(segments) else 0
    if total == 0:
        return nothing_to_draw(_("No customer has been scored yet."))
    revenue = int(of_all(segments, "monetary_minor"))
    shares = segments.assign(
        customer_share=[style.share_of(count, total) for count in segments["customers"]],
        revenue_share=[style.share_of(minor, revenue) for minor in segments["monetary_minor"]],
    )
    return Drawing(
        finding=_finding(shares, words),
        figure=_figure(shares, words),
        table=Table(
            (
                Column("label", _("Segment")),
                Column("customers", _("Customers"), ColumnKind.COUNT),
                Column("customer_share", _("Share of customers"), ColumnKind.SHARE),
                Column("monetary_minor", _("Revenue"), ColumnKind.MONEY),
                Column("revenue_share", _("Share of revenue"), ColumnKind.SHARE),
            ),
            shares,
        ),
        sample=words.ngettext("n = %(n)s customer", "n = %(n)s customers", total) % {"n": words.number(total)},
        unit=_("customers a segment"),
        drill="filter",
    )


def _finding(shares: pd.DataFrame, words: Words) -> str:
    _ = words.gettext
    rows = rows_of(shares)
    strongest = max(rows, key=lambda row: row["revenue_share"])
    if strongest["revenue_share"] > 0:
        return _("%(segment)s: %(customers)s of the customers, %(revenue)s of the revenue") % {
            "segment": strongest["label"],
            "customers": words.percent(strongest["customer_share"]),
            "revenue": words.percent(strongest["revenue_share"]),
        }
    largest = max(rows, key=lambda row: row["customers"])
    return _("%(segment)s is the largest segment: %(customers)s of the customers") % {
        "segment": largest["label"],
        "customers": words.percent(largest["customer_share"]),
    }


def _figure(shares: pd.DataFrame, words: Words) -> dict[str, Any]:
    _ = words.gettext
    rows = rows_of(shares)
    texts = [f"{words.short_number(row['customers'])} · {words.percent(row['customer_share'])}" for row in rows]
    hover = [
        _("%(segment)s<br>%(customers)s of the customers, %(revenue)s of the revenue")
        % {
            "segment": row["label"],
            "customers": words.percent(row["customer_share"]),
            "revenue": words.percent(row["revenue_share"]),
        }
        for row in rows
    ]
    bars = {
        "type": "bar",
        "orientation": "h",
        "x": shares["customers"].tolist(),
        "y": shares["label"].tolist(),
        "text": texts,
        "textposition": "outside",
        "cliponaxis": False,
        "marker": {"color": [style.tone_colour(tone) for tone in shares["tone"]]},
        "hovertext": hover,
        "hovertemplate": "%{hovertext}<extra></extra>",
        "customdata": [row.get("filter", "") for row in rows],
    }
    # The room at the right is for the texts beside the longest bars, which take more of a narrow picture.
    longest = int(shares["customers"].max())
    room = {"range": [0, longest * 1.36], "visible": False}
    letters = max(len(text) for text in texts)
    narrow = {"xaxis": {"range": [0, longest * max(2.6, NARROW_ROOM * letters)]}}
    names = {"autorange": "reversed", "showgrid": False, "ticks": ""}
    return style.figure([bars], style.layout(xaxis=room, yaxis=names, meta={"narrow": narrow}))
