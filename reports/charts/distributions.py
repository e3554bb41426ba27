"""How recency, frequency and monetary value are spread over the buyers: three panels, skewed ones on a log scale."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pandas as pd

from analytics.algorithms.rfm import AMOUNT_EDGES
from reports.charts import style
from reports.charts.drawing import Column, ColumnKind, Drawing, Table, nothing_to_draw
from reports.charts.words import Words

DAY_STEPS = (1, 7, 14, 30, 60, 90, 180, 365)
MOST_BARS = 14
# Past single counts, purchases are counted between these.
PURCHASE_EDGES = (1, 2, 3, 4, 5, 6, 8, 11, 16, 26, 51, 101, 201, 501, 1001, 10**9)
GAP = 0.08
# What of the filter of a measure gives way to the limits of a bar: each as JSON, or both as the key of a mark.
LOW, BELOW, RANGE = "{low}", "{below}", "{range}"
# How many customers a filter says that it was drawn with, before it is of a bar.
UNTOLD = 0


@dataclass(frozen=True)
class Bars:
    """One panel: a bar per range of values, side by side at the positions 0, 1, 2 …

    ranges: what each bar counts, in words; filters: whom, where the list can say so; ticks: position → name;
    median_position: where the middle buyer stands.
    """

    title: str
    ranges: Sequence[str]
    customers: Sequence[int]
    ticks: dict[float, str]
    median_position: float
    median: str
    filters: Sequence[str] = ()


def recency_frequency_monetary(values: pd.DataFrame, words: Words) -> Drawing:
    """How many buyers of the scoring window have which recency, frequency and monetary value, and the median of each.

    values: one row per measure and value with buyers:
      measure    recency, frequency or monetary
      value      days since the last purchase; purchases; the largest of `AMOUNT_EDGES` that is not above the amount,
                 or 0 where refunds outweigh the purchases
      customers  how many
      median     of the measure over all buyers, in days, purchases and minor units
    `attrs`: filters, by measure whom a bar counts, with LOW and BELOW in it; fewest, how many a bar must have, if any.
    """
    _ = words.gettext
    if values.empty:
        return nothing_to_draw(_("Nobody has bought in the scoring window, so there is nothing to spread out."))
    by_measure = dict(iter(values.groupby("measure")))
    fewest = values.attrs.get("fewest", 0)
    if sum(by_measure["recency"]["customers"]) < fewest:
        return nothing_to_draw(_("Too few customers to tell you of."), has_advice=False)
    panels = [
        make(by_measure[measure], values.attrs.get("filters", {}).get(measure, ""), fewest, words)
        for measure, make in (("recency", _recency), ("frequency", _frequency), ("monetary", _monetary))
    ]
    total = sum(panels[0].customers)
    return Drawing(
        measure=f"{panels[0].median}, {panels[2].median}",
        finding=_("Half of the buyers came within %(recency)s, half spent %(monetary)s or more")
        % {"recency": panels[0].median, "monetary": panels[2].median},
        figure=figure_of(panels, words),
        table=Table(
            (
                Column("measure", _("Measure")),
                Column("range", _("Range")),
                Column("customers", _("Buyers"), ColumnKind.COUNT),
                Column("share", _("Share of buyers"), ColumnKind.SHARE),
            ),
            table_of(panels, total),
        ),
        sample=words.ngettext("n = %(n)s buyer", "n = %(n)s buyers", total) % {"n": words.number(total)},
        unit=_("buyers a range; dashed: the median"),
        drill="filter",
    )


def _recency(values: pd.DataFrame, asked: str, fewest: int, words: Words) -> Bars:
    _ = words.gettext
    longest = int(values["value"].max())
    step = next((step for step in DAY_STEPS if (longest + 1) / step <= MOST_BARS), DAY_STEPS[-1])
    edges = told_edges(list(range(0, longest + step + 1, step)), values, fewest)
    median = int(values["median"].iloc[0])
    every = -(-len(edges) // 5)
    return Bars(
        title=_("Days since last purchase"),
        ranges=[
            _("%(from)s to %(to)s days") % {"from": words.number(low), "to": words.number(below - 1)}
            if below > low + 1
            else words.ngettext("%(n)s day", "%(n)s days", low) % {"n": words.number(low)}
            for low, below in pairwise(edges)
        ],
        customers=counted(values, edges),
        ticks={position - 0.5: words.number(edges[position]) for position in range(0, len(edges), every)},
        median_position=_position(median, edges),
        median=words.ngettext("%(n)s day", "%(n)s days", median) % {"n": words.number(median)},
        filters=filters_of(asked, edges, customers=counted(values, edges)),
    )


def _frequency(values: pd.DataFrame, asked: str, fewest: int, words: Words) -> Bars:
    _ = words.gettext
    most = int(values["value"].max())
    edges = list(range(1, most + 2)) if most <= MOST_BARS else edges_until(PURCHASE_EDGES, most)
    edges = told_edges(edges, values, fewest)
    median = int(values["median"].iloc[0])
    names = [
        words.number(low) if high == low + 1 else f"{words.number(low)}–{words.number(high - 1)}"
        for low, high in pairwise(edges)
    ]
    every = -(-len(names) // 5)
    at = next(position for position, high in enumerate(edges[1:]) if median < high)
    return Bars(
        title=_("Purchases") if most <= MOST_BARS else _("Purchases, growing steps"),
        ranges=[
            words.ngettext("%(range)s purchase", "%(range)s purchases", high - 1) % {"range": name}
            for name, (_low, high) in zip(names, pairwise(edges), strict=True)
        ],
        customers=counted(values, edges),
        # A range is named where it begins.
        ticks={
            position if high == low + 1 else position - 0.5: words.number(low)
            for position, (low, high) in enumerate(pairwise(edges))
            if position % every == 0
        },
        median_position=at,
        median=words.ngettext("%(n)s purchase", "%(n)s purchases", median) % {"n": words.number(median)},
        filters=filters_of(asked, edges, customers=counted(values, edges)),
    )


def _monetary(values: pd.DataFrame, asked: str, fewest: int, words: Words) -> Bars:
    _ = words.gettext
    median = float(values["median"].iloc[0])
    spent = values[values["value"] > 0]
    lowest = values[values["value"] <= 0]
    outweighed = int(lowest["customers"].sum())
    first = int(spent["value"].min()) if len(spent) else AMOUNT_EDGES[0]
    edges = [edge for edge in edges_until(AMOUNT_EDGES, int(values["value"].max())) if edge >= first]
    # Too few to be a bar of their own are in the first one.
    folded = outweighed if outweighed < fewest else 0
    if folded:
        spent, lowest = pd.concat([lowest.assign(value=first), spent]), lowest[:0]
    edges = told_edges(edges, spent, fewest)
    names = [words.money(edge, compact=True) for edge in edges]
    ranges = [f"{low} – {high}" for low, high in pairwise(names)]
    customers = counted(spent, edges)
    filters = filters_of(asked, edges, lambda minor: f'"{words.major_units(minor)}"', customers=customers)
    if folded:
        ranges[0] = _("less than %(amount)s") % {"amount": names[1]}
        least = [-AMOUNT_EDGES[-1], edges[1]]
        filters[:1] = filters_of(asked, least, lambda minor: f'"{words.major_units(minor)}"', customers=customers[:1])
    offset = 1 if len(lowest) else 0
    every = -(-len(edges) // 4)
    ticks = {position + offset - 0.5: names[position] for position in range(offset * every, len(edges), every)}
    if len(lowest):
        ranges, customers, ticks = [_("refunds outweigh"), *ranges], [outweighed, *customers], {**ticks, 0: "≤ 0"}
        below = [-AMOUNT_EDGES[-1], AMOUNT_EDGES[0]]
        least = filters_of(asked, below, lambda minor: f'"{words.major_units(minor)}"', customers=[outweighed])
        filters = [*least, *filters]
    return Bars(
        title=_("Revenue, log scale"),
        ranges=ranges,
        customers=customers,
        ticks=ticks,
        median_position=_log_position(median, edges) + offset if median >= first else 0,
        median=words.money(round(median), compact=True),
        filters=filters,
    )


def edges_until(edges: Sequence[int], highest: int) -> list[int]:
    """The edges up to the first one above `highest`."""
    return list(edges[: next(position for position, edge in enumerate(edges) if edge > highest) + 1])


def told_edges(edges: Sequence[int], values: pd.DataFrame, fewest: int) -> list[int]:
    """Fewer of the edges, so that no range has some customers and yet fewer than that many."""
    kept, together = [edges[0]], 0
    for edge, customers in zip(edges[1:], counted(values, edges), strict=True):
        together += customers
        if together == 0 or together >= fewest:
            kept.append(edge)
            together = 0
    if together:
        # Too few at the end belong to the last that are not.
        kept.append(edges[-1])
        while len(kept) > 2 and counted(values, kept)[-1] < fewest:
            del kept[-2]
    return kept


def counted(values: pd.DataFrame, edges: Sequence[int]) -> list[int]:
    """How many customers have a value in each of the ranges [edge, next edge)."""
    ranges = pd.cut(values["value"], bins=list(edges), right=False, labels=False)
    counts = values["customers"].groupby(ranges).sum()
    return [int(counts.get(position, 0)) for position in range(len(edges) - 1)]


def filters_of(
    asked: str, edges: Sequence[int], write: Callable[[int], str] = str, *, customers: Sequence[int] = ()
) -> list[str]:
    """What a measure is asked for, of each of the ranges [edge, next edge)."""
    limited = [
        asked.replace(f'"{LOW}"', write(low)).replace(f'"{BELOW}"', write(below)).replace(RANGE, f"{low}..{below}")
        for low, below in pairwise(edges)
    ]
    if not customers:
        return limited
    drawn = zip(limited, customers, strict=True)
    return [text.replace(f'"drawn":{UNTOLD}', f'"drawn":{count}') for text, count in drawn]


def _position(value: float, edges: Sequence[int]) -> float:
    """Where the middle of a whole number stands on the axis whose bars lie between the edges."""
    at = max(position for position, edge in enumerate(edges[:-1]) if edge <= value)
    return at - 0.5 + (value + 0.5 - edges[at]) / (edges[at + 1] - edges[at])


def _log_position(value: float, edges: Sequence[int]) -> float:
    """Where a value stands on the axis whose bars lie between the edges."""
    at = max(position for position, edge in enumerate(edges[:-1]) if edge <= value)
    return at - 0.5 + math.log(value / edges[at]) / math.log(edges[at + 1] / edges[at])


def table_of(panels: Sequence[Bars], total: int) -> pd.DataFrame:
    """measure, range, customers, share, filter: a row for each bar."""
    rows = [
        (panel.title, name, customers, style.share_of(customers, total), asked)
        for panel in panels
        for name, customers, asked in zip(panel.ranges, panel.customers, _filters(panel), strict=True)
    ]
    return pd.DataFrame(rows, columns=["measure", "range", "customers", "share", "filter"])


def _filters(panel: Bars) -> Sequence[str]:
    return panel.filters or [""] * len(panel.customers)


def figure_of(panels: Sequence[Bars], words: Words) -> dict[str, Any]:
    """Three panels side by side, on a phone below each other."""
    data: list[dict[str, Any]] = []
    axes: dict[str, Any] = {}
    narrow: dict[str, Any] = {}
    width, height = (1 - 2 * GAP) / 3, (1 - 2 * 2 * GAP) / 3
    for position, panel in enumerate(panels):
        suffix = _suffix(position)
        data.append(_bars(panel, suffix, words))
        axes[f"xaxis{suffix}"], axes[f"yaxis{suffix}"] = _axes(panel, suffix, words)
        left, top = position * (width + GAP), 1 - position * (height + 2 * GAP)
        axes[f"xaxis{suffix}"]["domain"] = [left, left + width]
        narrow[f"xaxis{suffix}"] = {"domain": [0, 1]}
        narrow[f"yaxis{suffix}"] = {"domain": [top - height, top]}
    return style.figure(
        data,
        style.layout(
            **axes,
            bargap=0.12,
            margin={"l": 8, "r": 8, "t": 24, "b": 8},
            shapes=[_median_line(panel, position) for position, panel in enumerate(panels)],
            annotations=[_median_name(panel, position) for position, panel in enumerate(panels)],
            meta={"narrow": narrow},
        ),
    )


def _suffix(position: int) -> str:
    """Plotly calls its axes x, x2, x3."""
    return "" if position == 0 else str(position + 1)


def _bars(panel: Bars, suffix: str, words: Words) -> dict[str, Any]:
    return {
        "type": "bar",
        "name": panel.title,
        "x": list(range(len(panel.customers))),
        "y": list(panel.customers),
        "xaxis": f"x{suffix}",
        "yaxis": f"y{suffix}",
        "marker": {"color": style.faded(style.ACCENT, 75)},
        "hovertext": [
            f"{name}: {words.number(customers)}" for name, customers in zip(panel.ranges, panel.customers, strict=True)
        ],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "customdata": _filters(panel),
    }


def _axes(panel: Bars, suffix: str, words: Words) -> tuple[dict[str, Any], dict[str, Any]]:
    # Of two that are written alike, as very small amounts are, the first stands.
    named = {panel.ticks[position]: position for position in sorted(panel.ticks, reverse=True)}
    positions = sorted(named.values())
    across = {
        "anchor": f"y{suffix}",
        "title": {"text": panel.title, "standoff": 6},
        "tickvals": positions,
        "ticktext": [panel.ticks[position] for position in positions],
        "tickangle": 0,
        "showgrid": False,
        "range": [-0.6, len(panel.customers) - 0.4],
    }
    highest = max(panel.customers)
    up = {
        "anchor": f"x{suffix}",
        **style.value_axis(highest, words.number, is_count=True),
        "range": [0, highest * 1.05 or 1],
    }
    return across, up


def _median_line(panel: Bars, position: int) -> dict[str, Any]:
    suffix = _suffix(position)
    return {
        "type": "line",
        "xref": f"x{suffix}",
        "yref": f"y{suffix} domain",
        "x0": panel.median_position,
        "x1": panel.median_position,
        "y0": 0,
        "y1": 1,
        "line": {"color": style.INK, "width": 1.5, "dash": "dash"},
    }


def _median_name(panel: Bars, position: int) -> dict[str, Any]:
    suffix = _suffix(position)
    return {
        "xref": f"x{suffix}",
        "yref": f"y{suffix} domain",
        "x": panel.median_position,
        "y": 1,
        "yanchor": "bottom",
        "text": panel.median,
        "showarrow": False,
        "font": {"color": style.INK},
    }
