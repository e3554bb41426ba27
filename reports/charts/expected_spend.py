"""What is expected of buyers within a year: how it is spread, and on how few of them it rests."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd

from reports.charts import style
from reports.charts.drawing import Column, ColumnKind, Drawing, Row, Table, nothing_to_draw, of_all, rows_of
from reports.charts.words import Words

# The share of the buyers that the title of the curve is about.
FIRST_TENTH = 10
NAMED_HUNDREDTHS = (1, 5, 10, 20, 50, 100)


def expected_spend(ranges: pd.DataFrame, words: Words) -> Drawing:
    """How many buyers have which expected spend, in ranges that grow by 2 to 2.5 times.

    ranges: one row per range with buyers, in their order: least, below (minor units; the first range begins at 0),
    customers, expected_minor (the sum over them), filter (of the customer list).
    """
    _ = words.gettext
    if ranges.empty:
        return nothing_to_draw(_("What customers will spend has not been computed yet."))
    total, expected = int(of_all(ranges, "customers")), int(of_all(ranges, "expected_minor"))
    table = ranges.assign(
        range=[_range(row, words) for row in rows_of(ranges)],
        share=[style.share_of(count, total) for count in ranges["customers"]],
        expected_share=[style.share_of(minor, expected) for minor in ranges["expected_minor"]],
    )
    return Drawing(
        measure=words.money(expected, compact=True),
        finding=_finding(ranges, total, expected, words),
        figure=_bars(table, words),
        table=Table(
            (
                Column("range", _("Expected spend, 12 months")),
                Column("customers", _("Buyers"), ColumnKind.COUNT),
                Column("share", _("Share of buyers"), ColumnKind.SHARE),
                Column("expected_minor", _("Expected in all"), ColumnKind.MONEY),
                Column("expected_share", _("Share of what is expected"), ColumnKind.SHARE),
            ),
            table,
        ),
        sample=_buyers(total, words),
        unit=_("buyers a range, which grows by 2 to 2.5 times"),
        drill="filter",
    )


def expected_concentration(hundredths: pd.DataFrame, words: Words) -> Drawing:
    """Which share of what is expected the best buyers hold: a curve from none of them to all.

    hundredths: equal parts of the buyers, those of whom most is expected first: customers, expected_minor, filter (of
    the list that has all up to the end of a part).
    """
    _ = words.gettext
    total, expected = int(hundredths["customers"].sum()), float(hundredths["expected_minor"].sum())
    if not total:
        return nothing_to_draw(_("What customers will spend has not been computed yet."))
    if expected <= 0:
        return nothing_to_draw(_("Nothing is expected of anybody within 12 months."))
    curve = pd.DataFrame(
        {
            "buyers": hundredths["customers"].cumsum() / total,
            "spend": hundredths["expected_minor"].astype(float).cumsum() / expected,
            "customers": hundredths["customers"].cumsum(),
            "expected_minor": hundredths["expected_minor"].cumsum(),
            "filter": hundredths["filter"],
        }
    )
    named = curve[[_is_named(place, len(curve)) for place in range(1, len(curve) + 1)]]
    return Drawing(
        measure=words.percent(_first(curve)["spend"]),
        finding=_concentrated(curve, words),
        figure=_curve(curve, words),
        table=Table(
            (
                Column("buyers", _("Best buyers, share of all"), ColumnKind.SHARE),
                Column("customers", _("Buyers"), ColumnKind.COUNT),
                Column("expected_minor", _("Expected of them"), ColumnKind.MONEY),
                Column("spend", _("Share of what is expected"), ColumnKind.SHARE),
            ),
            named,
        ),
        sample=_buyers(total, words),
        unit=_("share of what is expected, by share of buyers; dotted: if all were alike"),
        drill="filter",
    )


def _finding(ranges: pd.DataFrame, total: int, expected: int, words: Words) -> str:
    _ = words.gettext
    up_to = ranges["up_to"] if "all" in ranges.attrs else ranges["customers"].cumsum()
    reached = up_to * 2 >= total
    if not reached.any():
        return _("All together the buyers will spend %(total)s in 12 months") % {
            "total": words.money(expected, compact=True)
        }
    middle = rows_of(ranges[reached])[0]
    facts = {
        "amount": words.money(middle["below"], compact=True),
        "total": words.money(expected, compact=True),
    }
    return _("Half of the buyers or more will spend less than %(amount)s in 12 months, all together %(total)s") % facts


def _range(row: Row, words: Words) -> str:
    _ = words.gettext
    below = words.money(row["below"], compact=True)
    if row["least"] <= 0:
        return _("less than %(amount)s") % {"amount": below}
    return f"{words.money(row['least'], compact=True)} – {below}"


def _bars(table: pd.DataFrame, words: Words) -> dict[str, Any]:
    _ = words.gettext
    rows = rows_of(table)
    every = max(1, math.ceil(len(rows) / 6))
    # A range is named where it begins.
    ticks = {
        place - 0.5: words.money(row["least"], compact=True) for place, row in enumerate(rows) if not place % every
    }
    highest = max(row["customers"] for row in rows)
    bars = {
        "type": "bar",
        "x": list(range(len(rows))),
        "y": [row["customers"] for row in rows],
        "marker": {"color": style.faded(style.ACCENT, 75)},
        "customdata": [row["filter"] for row in rows],
        "hovertext": [
            _("%(range)s: %(customers)s buyers, %(share)s of what is expected")
            % {
                "range": row["range"],
                "customers": words.number(row["customers"]),
                "share": words.percent(row["expected_share"]),
            }
            for row in rows
        ],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }
    sparse = list(ticks)[:: 2 if len(ticks) > 3 else 1]
    return style.figure(
        [bars],
        style.layout(
            bargap=0.1,
            xaxis={
                "title": {"text": _("Expected spend, 12 months"), "standoff": 6},
                "tickvals": list(ticks),
                "ticktext": list(ticks.values()),
                "tickangle": 0,
                "showgrid": False,
                "range": [-0.6, len(rows) - 0.4],
            },
            yaxis={**style.value_axis(highest, words.number, is_count=True), "range": [0, highest * 1.05 or 1]},
            meta={"narrow": {"xaxis": {"tickvals": sparse, "ticktext": [ticks[place] for place in sparse]}}},
        ),
    )


def _is_named(place: int, places: int) -> bool:
    """Of a hundred all steps that people speak of, of fewer buyers each."""
    return places < 100 or place in NAMED_HUNDREDTHS


def _concentrated(curve: pd.DataFrame, words: Words) -> str:
    _ = words.gettext
    first = _first(curve)
    if len(curve) < FIRST_TENTH:
        return _("The best buyer holds %(share)s of what is expected in 12 months") % {
            "share": words.percent(first["spend"])
        }
    return _("%(buyers)s of the buyers hold %(share)s of what is expected in 12 months") % {
        "buyers": words.percent(first["buyers"]),
        "share": words.percent(first["spend"]),
    }


def _first(curve: pd.DataFrame) -> Row:
    """The point that the title is about: the first tenth of the buyers, or of fewer than ten the best one."""
    return rows_of(curve if len(curve) < FIRST_TENTH else curve[curve["buyers"] >= 0.1 - 1e-9])[0]


def _curve(curve: pd.DataFrame, words: Words) -> dict[str, Any]:
    _ = words.gettext
    across, up = [0.0, *curve["buyers"].round(4)], [0.0, *curve["spend"].round(4)]
    line = {
        "type": "scatter",
        "mode": "lines",
        "x": across,
        "y": up,
        "fill": "tozeroy",
        "fillcolor": style.faded(style.ACCENT, 14),
        "line": {"color": style.ACCENT, "width": 2},
        "customdata": ["", *curve["filter"]],
        "hovertext": [_point(x, y, words) for x, y in zip(across, up, strict=True)],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }
    alike = {
        "type": "scatter",
        "mode": "lines",
        "x": [0, 1],
        "y": [0, 1],
        "line": {"color": style.QUIET_INK, "width": 1, "dash": "dot"},
        "hoverinfo": "skip",
    }
    axis = _share_axis(words)
    return style.figure(
        [line, alike],
        style.layout(
            xaxis={**axis, "title": {"text": _("Buyers, best first"), "standoff": 6}, "range": [-0.01, 1.03]},
            yaxis={**axis, "range": [0, 1.04]},
        ),
    )


def _point(buyers: float, spend: float, words: Words) -> str:
    return words.gettext("%(buyers)s of the buyers: %(share)s") % {
        "buyers": words.percent(buyers),
        "share": words.percent(spend),
    }


def _share_axis(words: Words, steps: Sequence[float] = (0, 0.25, 0.5, 0.75, 1)) -> dict[str, Any]:
    return {"tickvals": list(steps), "ticktext": [words.percent(step) for step in steps]}


def _buyers(total: int, words: Words) -> str:
    return words.ngettext("n = %(n)s buyer", "n = %(n)s buyers", total) % {"n": words.number(total)}
