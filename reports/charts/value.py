"""Who is worth most: the customers of whom most is expected, and how composite value differs between segments."""

from __future__ import annotations

from typing import Any

import pandas as pd

from reports.charts import style
from reports.charts.drawing import (
    ONE_CUSTOMER,
    Column,
    ColumnKind,
    Drawing,
    Table,
    is_missing,
    nothing_to_draw,
    of_all,
    rows_of,
)
from reports.charts.words import Words

LONGEST_NAME = 28
# Of all that can be, a smaller difference between segments is told as none.
LEVEL = 0.02


def best_customers(customers: pd.DataFrame, words: Words) -> Drawing:
    """A bar for each of some customers: their expected spend, with the range that holds it in 80 of 100 cases.

    customers: the best first: customer_id, label, expected_minor, least_minor, most_minor, alive (probability that they
    still are customers), next_date (of the next purchase; nothing where there is likely none).
    """
    _ = words.gettext
    if customers.empty:
        return nothing_to_draw(_("What customers will spend has not been computed yet."))
    rows = rows_of(customers)
    facts = {
        "customer": rows[0]["label"],
        "amount": words.money(rows[0]["expected_minor"], compact=True),
        "n": words.number(len(rows)),
        "total": words.money(sum(row["expected_minor"] for row in rows), compact=True),
    }
    one, several = (
        _("%(customer)s will spend %(amount)s in 12 months"),
        _("%(total)s are expected of the %(n)s best customers in 12 months; %(customer)s: %(amount)s"),
    )
    table = customers.assign(
        next=["–" if is_missing(row["next_date"]) else words.day(row["next_date"]) for row in rows]
    )
    return Drawing(
        finding=(several if len(rows) > 1 else one) % facts,
        figure=_customers(customers, words),
        table=Table(
            (
                Column("label", _("Customer")),
                Column("expected_minor", _("Expected spend, 12 months"), ColumnKind.MONEY),
                Column("least_minor", _("At least, in 90 of 100 cases"), ColumnKind.MONEY),
                Column("most_minor", _("At most, in 90 of 100 cases"), ColumnKind.MONEY),
                Column("alive", _("Still a customer"), ColumnKind.SHARE),
                Column("next", _("Next purchase expected")),
            ),
            table,
        ),
        sample=words.ngettext("n = %(n)s customer", "n = %(n)s customers", len(rows)) % facts,
        unit=_("expected spend; the line holds what comes in 80 of 100 cases"),
        drill=ONE_CUSTOMER,
    )


def value_by_segment(segments: pd.DataFrame, words: Words) -> Drawing:
    """A mark for each segment with customers: the mean composite value of these, with a standard deviation to either
    side.

    segments: the best first: segment (code), label, tone, customers, mean (0–1), deviation (nothing for one customer).
    """
    _ = words.gettext
    segments = segments[segments["customers"] > 0]
    if segments.empty:
        return nothing_to_draw(_("Composite value has not been computed yet."))
    rows = rows_of(segments)
    total = int(of_all(segments, "customers"))
    best, worst = max(rows, key=lambda row: row["mean"]), min(rows, key=lambda row: row["mean"])
    facts = {
        "best": best["label"],
        "high": words.number(round(best["mean"], 2)),
        "worst": worst["label"],
        "low": words.number(round(worst["mean"], 2)),
    }
    if best["mean"] - worst["mean"] < LEVEL:
        finding = _("Composite value is much the same in all segments: %(high)s") % facts
    else:
        finding = _("Composite value: %(best)s %(high)s, %(worst)s %(low)s") % facts
    return Drawing(
        finding=finding,
        figure=_segments(segments, words),
        table=Table(
            (
                Column("label", _("Segment")),
                Column("customers", _("Customers"), ColumnKind.COUNT),
                Column("mean", _("Mean"), ColumnKind.FIGURE),
                Column("deviation", _("Standard deviation"), ColumnKind.FIGURE),
            ),
            segments,
        ),
        sample=words.ngettext("n = %(n)s customer", "n = %(n)s customers", total) % {"n": words.number(total)},
        unit=_("mean from 0 to 1; the line: a standard deviation to either side"),
        drill="filter",
    )


def _customers(customers: pd.DataFrame, words: Words) -> dict[str, Any]:
    rows = rows_of(customers)
    places = list(range(len(rows)))
    expected = [words.major_units(row["expected_minor"]) for row in rows]
    most = [words.major_units(row["most_minor"]) for row in rows]
    least = [words.major_units(row["least_minor"]) for row in rows]
    bars = {
        "type": "bar",
        "orientation": "h",
        "x": expected,
        "y": places,
        "marker": {"color": style.faded(style.ACCENT, 75)},
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": [max(high - value, 0.0) for high, value in zip(most, expected, strict=True)],
            "arrayminus": [max(value - low, 0.0) for low, value in zip(least, expected, strict=True)],
            "color": style.QUIET_INK,
            "thickness": 1.5,
        },
        "customdata": [str(row[ONE_CUSTOMER]) for row in rows],
        "hovertext": [
            f"{row['label']}: {words.money(row['expected_minor'])}"
            f" ({words.money(row['least_minor'])} – {words.money(row['most_minor'])})"
            for row in rows
        ],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }
    amounts = style.value_axis(
        max(*most, *expected, 0.0), lambda major: words.money(words.minor_units(major), compact=True)
    )
    names = {
        "tickvals": places,
        "ticktext": [style.shortened(row["label"], LONGEST_NAME) for row in rows],
        "autorange": "reversed",
        "showgrid": False,
    }
    return style.figure([bars], style.layout(xaxis=amounts, yaxis=names))


def _segments(segments: pd.DataFrame, words: Words) -> dict[str, Any]:
    rows = rows_of(segments)
    marks = {
        "type": "scatter",
        "mode": "markers",
        "x": [row["mean"] for row in rows],
        "y": segments["label"].tolist(),
        "marker": {"color": [style.tone_colour(row["tone"]) for row in rows], "size": 12, "symbol": "diamond"},
        "error_x": {
            "type": "data",
            "array": [0.0 if is_missing(row["deviation"]) else row["deviation"] for row in rows],
            "color": style.QUIET_INK,
            "thickness": 1.5,
        },
        "customdata": [row.get("filter", "") for row in rows],
        "hovertext": [
            f"{row['label']}: {words.number(round(row['mean'], 2))}, n = {words.number(row['customers'])}"
            for row in rows
        ],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }
    values = {**style.value_axis(1, lambda value: words.number(round(value, 1))), "range": [-0.02, 1.02]}
    return style.figure(
        [marks], style.layout(xaxis=values, yaxis={"autorange": "reversed", "showgrid": True, "ticks": ""})
    )
