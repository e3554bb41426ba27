"""How often each customer visits, clicks and buys: three panels, in ranges that grow."""

from __future__ import annotations

from itertools import pairwise

import pandas as pd

from reports.charts.distributions import (
    MOST_BARS,
    PURCHASE_EDGES,
    Bars,
    counted,
    edges_until,
    figure_of,
    filters_of,
    table_of,
    told_edges,
)
from reports.charts.drawing import Column, ColumnKind, Drawing, Table, nothing_to_draw
from reports.charts.words import Words


def deeds_per_customer(counts: pd.DataFrame, words: Words) -> Drawing:
    """How many customers have how many visits, clicks and purchases.

    counts: one row per measure and number with customers, in the order of the numbers: measure ("visits", "clicks" or
    "purchases"), value (how many, 0 too), customers. Each measure counts the same customers. `attrs`: filters, by
      measure whom a bar counts, with RANGE in it; fewest, how many a bar must have, if any.
    """
    _ = words.gettext
    if counts.empty:
        return nothing_to_draw(_("No known customer came on these days."))
    names = {"visits": _("Visits"), "clicks": _("Clicks"), "purchases": _("Purchases")}
    filters = counts.attrs.get("filters", {})
    fewest = counts.attrs.get("fewest", 0)
    if counts.loc[counts["measure"] == counts["measure"].iloc[0], "customers"].sum() < fewest:
        return nothing_to_draw(_("Too few customers to tell you of."), has_advice=False)
    panels = [
        _panel(counts[counts["measure"] == measure], name, filters.get(measure, ""), fewest, words)
        for measure, name in names.items()
    ]
    total = sum(panels[0].customers)
    medians = {f"median_{measure}": panel.median for measure, panel in zip(names, panels, strict=True)}
    return Drawing(
        finding=_(
            "The middle customer: visits %(median_visits)s, clicks %(median_clicks)s, purchases %(median_purchases)s"
        )
        % medians,
        figure=figure_of(panels, words),
        table=Table(
            (
                Column("measure", _("What")),
                Column("range", _("How often")),
                Column("customers", _("Customers"), ColumnKind.COUNT),
                Column("share", _("Share of customers"), ColumnKind.SHARE),
            ),
            table_of(panels, total),
        ),
        sample=words.ngettext("n = %(n)s customer", "n = %(n)s customers", total) % {"n": words.number(total)},
        unit=_("customers a range, of all who did anything; dashed: the median"),
        drill="filter",
    )


def _panel(counts: pd.DataFrame, title: str, asked: str, fewest: int, words: Words) -> Bars:
    if counts.empty:
        counts = pd.DataFrame({"value": [0], "customers": [0]})
    most = int(counts["value"].max())
    edges = list(range(most + 2)) if most < MOST_BARS else edges_until((0, *PURCHASE_EDGES), most)
    edges = told_edges(edges, counts, fewest)
    names = [
        words.number(low) if high == low + 1 else f"{words.number(low)}–{words.number(high - 1)}"
        for low, high in pairwise(edges)
    ]
    is_reached = counts["customers"].cumsum() * 2 >= counts["customers"].sum()
    median = int(counts.loc[is_reached, "value"].iloc[0])
    every = -(-len(names) // 5)
    return Bars(
        title=title,
        ranges=names,
        customers=counted(counts, edges),
        # A range is named where it begins.
        ticks={
            place if high == low + 1 else place - 0.5: words.number(low)
            for place, (low, high) in enumerate(pairwise(edges))
            if place % every == 0
        },
        median_position=next(place for place, high in enumerate(edges[1:]) if median < high),
        median=words.number(median),
        filters=filters_of(asked, edges),
    )
