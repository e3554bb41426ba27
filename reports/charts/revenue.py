"""Revenue by month, refunds deducted in the month in which they were paid."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from reports.charts import months as month_axes
from reports.charts import style
from reports.charts.drawing import Column, ColumnKind, Drawing, Row, Table, nothing_to_draw, rows_of
from reports.charts.words import Words

# A smaller difference is told as none.
LEVEL = 0.005


def revenue_by_month(monthly: pd.DataFrame, words: Words) -> Drawing:
    """A bar for each of the last 25 months; those that the finding compares stand out, a month not over is hatched.

    monthly: month (any day of it), orders, gross_minor, refunded_minor, complete (is the month over?), filter (who
    bought in it); one row a month, months without orders may be missing.
    """
    _ = words.gettext
    if monthly.empty:
        return nothing_to_draw(_("There are no orders in the last 25 months, so there is no revenue to show."))
    months = month_axes.latest_months(monthly)
    months["net_minor"] = months["gross_minor"] - months["refunded_minor"]
    orders = int(months["orders"].sum())
    compared = _compared(months)
    return Drawing(
        finding=_finding(months, compared, words),
        figure=_figure(rows_of(months), compared, words),
        table=Table(
            (
                Column("month", _("Month"), ColumnKind.MONTH),
                Column("orders", _("Orders"), ColumnKind.COUNT),
                Column("gross_minor", _("Ordered"), ColumnKind.MONEY),
                Column("refunded_minor", _("Refunded"), ColumnKind.MONEY),
                Column("net_minor", _("Revenue"), ColumnKind.MONEY),
            ),
            months.iloc[::-1],
        ),
        sample=words.ngettext("n = %(n)s order", "n = %(n)s orders", orders) % {"n": words.number(orders)},
        unit=_("%(currency)s a month, refunds deducted") % {"currency": words.currency},
        drill="filter",
    )


def _compared(months: pd.DataFrame) -> list[Row]:
    """The last month that is over and, if there is one, the same month a year earlier, else the month before it."""
    complete = month_axes.complete_months(months)
    if not complete:
        return []
    earlier = month_axes.earlier(complete, by=12) or month_axes.earlier(complete, by=1)
    return [complete[-1], earlier] if earlier else [complete[-1]]


def _finding(months: pd.DataFrame, compared: Sequence[Row], words: Words) -> str:
    _ = words.gettext
    if not compared:
        return _("%(month)s has brought %(revenue)s so far") % _named(rows_of(months)[-1], words)
    last, earlier = compared[0], compared[-1]
    if earlier is last or earlier["net_minor"] <= 0 or last["net_minor"] < 0:
        return _("%(month)s brought %(revenue)s") % _named(last, words)
    change = last["net_minor"] / earlier["net_minor"] - 1
    facts = {**_named(last, words), "change": words.percent(abs(change)), "earlier": words.month(earlier["month"])}
    if abs(change) < LEVEL:
        return _("%(month)s brought %(revenue)s, as much as %(earlier)s") % facts
    if change > 0:
        return _("%(month)s brought %(revenue)s, %(change)s more than %(earlier)s") % facts
    return _("%(month)s brought %(revenue)s, %(change)s less than %(earlier)s") % facts


def _named(row: Row, words: Words) -> dict[str, str]:
    return {"month": words.month(row["month"]), "revenue": words.money(row["net_minor"], compact=True)}


def _figure(months: Sequence[Row], compared: Sequence[Row], words: Words) -> dict[str, Any]:
    days = [row["month"] for row in months]
    named = {row["month"] for row in compared}
    net = [words.major_units(row["net_minor"]) for row in months]
    highest, lowest = max(*net, 0.0), min(*net, 0.0)
    bars = {
        "type": "bar",
        "x": list(range(len(months))),
        "y": net,
        "marker": {
            "color": [style.ACCENT if day in named else style.faded(style.ACCENT, 45) for day in days],
            "pattern": month_axes.hatched_unless_complete(months),
        },
        "hovertext": _hover(months, words),
        "hovertemplate": "%{hovertext}<extra></extra>",
        "customdata": [row["filter"] for row in months],
    }
    amounts = style.value_axis(
        highest, lambda major: words.money(words.minor_units(major), compact=True), lowest=lowest
    )
    # The room on top is for the two amounts.
    room = {"range": [lowest * 1.1, highest * 1.14 or 1]}
    return style.figure(
        [bars],
        style.layout(
            xaxis=month_axes.month_axis(days, words),
            yaxis={**amounts, **room},
            annotations=[
                _amount(position, row, last=len(months) - 1, words=words)
                for position, row in enumerate(months)
                if row["month"] in named
            ],
            meta={"narrow": {"xaxis": month_axes.narrow_month_axis(days, words)}},
        ),
    )


def _amount(position: int, row: Row, *, last: int, words: Words) -> dict[str, Any]:
    """The amount above a bar, on a ground of its own since the neighbours may be higher."""
    return {
        "x": position,
        "y": max(words.major_units(row["net_minor"]), 0),
        "text": words.money(row["net_minor"], compact=True),
        "showarrow": False,
        "yanchor": "bottom",
        "xanchor": "right" if position > last * 0.8 else "center",
        "xshift": 10 if position > last * 0.8 else 0,
        "bgcolor": style.CARD,
        "borderpad": 1,
    }


def _hover(months: Sequence[Row], words: Words) -> list[str]:
    _ = words.gettext
    over = _("%(month)s: %(revenue)s from %(orders)s orders")
    running = _("%(month)s so far: %(revenue)s from %(orders)s orders")
    return [
        (over if row["complete"] else running) % {**_named(row, words), "orders": words.number(row["orders"])}
        for row in months
    ]
