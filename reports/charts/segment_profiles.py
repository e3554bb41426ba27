"""How segments differ: mean recency, frequency and monetary value of their buyers, in three panels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from reports.charts import style
from reports.charts.drawing import Column, ColumnKind, Drawing, Row, Table, nothing_to_draw, of_all, rows_of
from reports.charts.words import Words

GAP = 0.06
MEASURES = ("recency_days", "frequency", "monetary_minor")


def segment_profiles(segments: pd.DataFrame, words: Words) -> Drawing:
    """A bar for each segment in each of three panels: days since the last purchase, purchases, revenue, as means.

    segments: the best first: segment (code), label, tone, customers (buyers of the scoring window), and of these the
    means recency_days, frequency, monetary_minor; filter (of the customer list). `attrs`: means, the same of
    all, where not all rows are told.
    """
    _ = words.gettext
    if segments.empty:
        return nothing_to_draw(_("Nobody has bought in the scoring window, so segments have no profile."))
    total, means = int(of_all(segments, "customers")), segments.attrs.get("means") or means_of(segments)
    return Drawing(
        finding=_finding(segments, means, words),
        figure=_figure(rows_of(segments), means, words),
        table=Table(
            (
                Column("label", _("Segment")),
                Column("customers", _("Buyers"), ColumnKind.COUNT),
                Column("recency_days", _("Days since last purchase, mean"), ColumnKind.FIGURE),
                Column("frequency", _("Purchases, mean"), ColumnKind.FIGURE),
                Column("monetary_minor", _("Revenue, mean"), ColumnKind.MONEY),
            ),
            segments,
        ),
        sample=words.ngettext("n = %(n)s buyer", "n = %(n)s buyers", total) % {"n": words.number(total)},
        unit=_("means over the buyers of each segment; dotted: of all"),
        drill="filter",
    )


def means_of(segments: pd.DataFrame) -> dict[str, float]:
    """Of the buyers of all segments."""
    buyers = max(int(segments["customers"].sum()), 1)
    return {measure: float((segments[measure] * segments["customers"]).sum()) / buyers for measure in MEASURES}


def _finding(segments: pd.DataFrame, means: Mapping[str, float], words: Words) -> str:
    _ = words.gettext
    best = max(rows_of(segments), key=lambda row: row["monetary_minor"])
    facts = {
        "segment": best["label"],
        "amount": words.money(round(best["monetary_minor"]), compact=True),
        "purchases": words.number(round(best["frequency"], 1)),
        "all": words.money(round(means["monetary_minor"]), compact=True),
    }
    said = words.ngettext(
        "%(segment)s: %(purchases)s purchase and %(amount)s on average",
        "%(segment)s: %(purchases)s purchases and %(amount)s on average",
        1 if round(best["frequency"], 1) == 1 else 2,
    )
    if of_all(segments, "customers") == best["customers"]:
        return said % facts
    return _("%(said)s, against %(all)s of all buyers") % {**facts, "said": said % facts}


def _figure(rows: list[Row], means: Mapping[str, float], words: Words) -> dict[str, Any]:
    _ = words.gettext
    titles = (_("Days since last purchase"), _("Purchases"), _("Revenue"))
    width, height = (1 - 2 * GAP) / 3, (1 - 4 * GAP) / 3
    traces: list[dict[str, Any]] = []
    axes: dict[str, Any] = {}
    narrow: dict[str, Any] = {}
    shapes = []
    for position, (measure, title) in enumerate(zip(MEASURES, titles, strict=True)):
        suffix = "" if position == 0 else str(position + 1)
        traces.append({"name": title, **_bars(rows, measure, suffix, words)})
        axes[f"xaxis{suffix}"] = _values([*rows, means], measure, title, suffix, words)
        axes[f"xaxis{suffix}"]["domain"] = [position * (width + GAP), position * (width + GAP) + width]
        axes[f"yaxis{suffix}"] = {
            "anchor": f"x{suffix}",
            "tickvals": list(range(len(rows))),
            "ticktext": [row["label"] for row in rows] if position == 0 else [""] * len(rows),
            "autorange": "reversed",
            "showgrid": False,
            "ticks": "",
        }
        top = 1 - position * (height + 2 * GAP)
        narrow[f"xaxis{suffix}"] = {"domain": [0, 1]}
        narrow[f"yaxis{suffix}"] = {
            "domain": [max(top - height, 0), top],
            "ticktext": [row["label"] for row in rows],
        }
        shapes.append(_of_all(means[measure], measure, suffix, words))
    return style.figure(traces, style.layout(**axes, shapes=shapes, meta={"narrow": narrow}))


def _drawn(value: float, measure: str, words: Words) -> float:
    return words.major_units(value) if measure == "monetary_minor" else float(value)


def _written(value: float, measure: str, words: Words) -> str:
    return words.money(round(value), compact=True) if measure == "monetary_minor" else words.number(round(value, 1))


def _bars(rows: list[Row], measure: str, suffix: str, words: Words) -> dict[str, Any]:
    return {
        "type": "bar",
        "orientation": "h",
        "x": [_drawn(row[measure], measure, words) for row in rows],
        "y": list(range(len(rows))),
        "xaxis": f"x{suffix}",
        "yaxis": f"y{suffix}",
        "marker": {"color": [style.tone_colour(row["tone"]) for row in rows]},
        "customdata": [row.get("filter", "") for row in rows],
        "hovertext": [f"{row['label']}: {_written(row[measure], measure, words)}" for row in rows],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }


def _values(rows: Sequence[Mapping[str, Any]], measure: str, title: str, suffix: str, words: Words) -> dict[str, Any]:
    drawn = [_drawn(row[measure], measure, words) for row in rows]

    def write(value: float) -> str:
        if measure == "monetary_minor":
            return words.money(words.minor_units(value), compact=True)
        return words.number(value)

    ticks = style.value_axis(max(*drawn, 0.0), write, lowest=min(*drawn, 0.0))
    # Of some five ticks every other has room in a third of the width.
    every = 2 if len(ticks["tickvals"]) > 3 else 1
    sparse = {**ticks, "tickvals": ticks["tickvals"][::every], "ticktext": ticks["ticktext"][::every]}
    return {**sparse, "anchor": f"y{suffix}", "title": {"text": title, "standoff": 6}}


def _of_all(mean_of_all: float, measure: str, suffix: str, words: Words) -> dict[str, Any]:
    mean = _drawn(mean_of_all, measure, words)
    return {
        "type": "line",
        "xref": f"x{suffix}",
        "yref": f"y{suffix} domain",
        "x0": mean,
        "x1": mean,
        "y0": 0,
        "y1": 1,
        "line": {"color": style.INK, "width": 1.5, "dash": "dot"},
    }
