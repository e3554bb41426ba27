"""How often customers buy, at what rate, and for how much: R, F and the interval rate, and S of each customer."""

from __future__ import annotations

from typing import Any

import pandas as pd

from reports.charts import binned, style
from reports.charts.drawing import Column, ColumnKind, Drawing, Row, Table, nothing_to_draw, of_all, rows_of
from reports.charts.words import Words

# Purchases of a customer; None: no limit.
REPEATS: tuple[tuple[int, int | None], ...] = (
    (1, 1), (2, 2), (3, 3), (4, 4), (5, 5), (6, 10), (11, 20), (21, 50), (51, None),
)  # fmt: skip
# Purchases a year.
RATE_EDGES = (1, 2, 3, 4, 6, 9, 12, 24, 52)


def purchases_per_customer(frame: pd.DataFrame, words: Words) -> Drawing:
    """frame: lowest, highest (missing: no limit), customers, filter. `attrs`: purchases of all."""
    _ = words.gettext
    if frame.empty or not frame["customers"].any():
        return nothing_to_draw(_("No known customer bought in these days."))
    labels = [_range(row["lowest"], row["highest"], words) for row in rows_of(frame)]
    named = frame.assign(label=labels, once=frame["customers"].where(frame["highest"] == 1, 0))
    rows, count = rows_of(named), int(of_all(named, "customers"))
    once = of_all(named, "once")
    mean = round(frame.attrs["purchases"] / count, 1)
    facts = {"share": words.percent(once / count), "mean": words.number(mean)}
    return Drawing(
        finding=words.ngettext(
            "%(share)s of the buyers bought once; a buyer has %(mean)s purchase on average",
            "%(share)s of the buyers bought once; a buyer has %(mean)s purchases on average",
            1 if mean == 1 else 2,
        )
        % facts,
        figure=style.figure(
            [binned.bars(rows, words, quiet=[place for place, row in enumerate(rows) if row["highest"] == 1])],
            style.layout(**binned.axes(rows, words)),
        ),
        table=Table(
            (
                Column("label", _("Purchases")),
                Column("customers", _("Customers"), ColumnKind.COUNT),
                Column("share", _("Share"), ColumnKind.SHARE),
            ),
            binned.shares(named),
        ),
        sample=words.ngettext("n = %(n)s buyer", "n = %(n)s buyers", count) % {"n": words.number(count)},
        unit=_("Buyers by the number of their purchases"),
        drill="filter",
    )


def rates_of_purchase(frame: pd.DataFrame, words: Words) -> Drawing:
    """frame: lowest (purchases a year), below (missing: no limit), f_customers, i_customers (by the frequency, and by
    the interval rate), the filters of both, f_filter and filter.
    `attrs`: f and i, the medians; rated, once and one_day, how many have a rate, bought once, on one day alone, where
    that is told."""
    _ = words.gettext
    rated, once, one_day = (frame.attrs[name] for name in ("rated", "once", "one_day"))
    if rated == 0:
        return nothing_to_draw(_("Nobody bought on two days, so there is no rate yet."), has_advice=False)
    named = frame.assign(label=[_between(row["lowest"], row["below"], words) for row in rows_of(frame)])
    facts = {"f": words.number(round(frame.attrs["f"], 1)), "i": words.number(round(frame.attrs["i"], 1))}
    facts |= {"n": words.number(rated)}
    sample = words.ngettext("n = %(n)s repeat buyer", "n = %(n)s repeat buyers", rated)
    if once is not None and one_day is not None:
        facts |= {"once": words.number(once), "one_day": words.number(one_day)}
        sample = _("n = %(n)s repeat buyers; apart: %(once)s who bought once, %(one_day)s on one day alone")
    return Drawing(
        finding=_("Half of the repeat buyers buy at least %(i)s times a year by the interval rate, %(f)s by frequency")
        % facts,
        figure=_rates(rows_of(named), words),
        table=Table(
            (
                Column("label", _("Purchases a year")),
                Column("f_customers", _("By frequency R / T"), ColumnKind.COUNT),
                Column("i_customers", _("By interval rate (R − 1) / T"), ColumnKind.COUNT),
            ),
            named,
        ),
        sample=sample % facts,
        unit=_("Repeat buyers by purchases a year"),
        drill="filter",
    )


def _rates(rows: list[Row], words: Words) -> dict[str, Any]:
    _ = words.gettext
    names = {"f_customers": _("Frequency R / T"), "i_customers": _("Interval rate (R − 1) / T")}
    filters = {"f_customers": "f_filter", "i_customers": "filter"}
    colours = {"f_customers": style.faded(style.ACCENT, 40), "i_customers": style.ACCENT}
    traces = [
        {
            "type": "bar",
            "name": name,
            "x": list(range(len(rows))),
            "y": [row[key] for row in rows],
            "marker": {"color": colours[key]},
            "hovertext": [f"{row['label']}, {name}: {words.number(row[key])}" for row in rows],
            "hovertemplate": "%{hovertext}<extra></extra>",
            "customdata": [row.get(filters[key], "") for row in rows],
        }
        for key, name in names.items()
    ]
    axes = binned.axes([{**row, "customers": max(row[key] for key in names)} for row in rows], words)
    legend = {"orientation": "h", "traceorder": "normal", "y": 1.02, "yanchor": "bottom", "x": 0}
    return style.figure(traces, style.layout(**axes, barmode="group", showlegend=True, legend=legend))


def spending_per_customer(frame: pd.DataFrame, words: Words) -> Drawing:
    """frame: lowest_minor, highest_minor (missing: no limit), customers, filter. `attrs`: median and whole, in minor
    units."""
    _ = words.gettext
    if frame.empty or not frame["customers"].any():
        return nothing_to_draw(_("No known customer bought in these days."))
    labels = [_amounts(row, words) for row in rows_of(frame)]
    rows, count = rows_of(frame.assign(label=labels)), int(of_all(frame, "customers"))
    facts = {"median": words.money(frame.attrs["median"], compact=True)}
    facts["mean"] = words.money(frame.attrs["whole"] / count, compact=True)
    return Drawing(
        finding=_("Half of the buyers spent %(median)s or less; the average is %(mean)s") % facts,
        figure=style.figure([binned.bars(rows, words)], style.layout(**binned.axes(rows, words))),
        table=Table(
            (
                Column("label", _("Amount")),
                Column("customers", _("Customers"), ColumnKind.COUNT),
                Column("share", _("Share"), ColumnKind.SHARE),
            ),
            binned.shares(pd.DataFrame(rows)),
        ),
        sample=words.ngettext("n = %(n)s buyer", "n = %(n)s buyers", count) % {"n": words.number(count)},
        unit=_("Buyers by what they spent (%(currency)s), refunds deducted") % {"currency": words.currency},
        drill="filter",
    )


def _range(lowest: float, highest: float | None, words: Words) -> str:
    if highest is None or pd.isna(highest):
        return f"≥ {words.number(lowest)}"
    low, high = words.number(lowest), words.number(highest)
    return low if lowest == highest else f"{low}–{high}"


def _between(lowest: float, highest: float | None, words: Words) -> str:
    """From the one until below the other."""
    if highest is None or pd.isna(highest):
        return f"≥ {words.number(lowest)}"
    if lowest == 0:
        return f"< {words.number(highest)}"
    return f"{words.number(lowest)}–{words.number(highest)}"


def _amounts(row: Row, words: Words) -> str:
    if pd.isna(row["highest_minor"]):
        return f"≥ {words.money(row['lowest_minor'], compact=True)}"
    if row["lowest_minor"] == 0:
        return f"< {words.money(row['highest_minor'], compact=True)}"
    return f"{words.money(row['lowest_minor'], compact=True)}–{words.money(row['highest_minor'], compact=True)}"
