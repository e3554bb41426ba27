"""Revenue over the days that were asked for, with what was paid back, beside the days that they are compared with."""

from __future__ import annotations

from typing import Any

import pandas as pd

from reports.charts import months, periods, style
from reports.charts.drawing import Column, ColumnKind, Drawing, Row, Table, nothing_to_draw, rows_of
from reports.charts.words import Words

EARLIER = style.faded(style.INK, 45)
REFUNDED = style.faded("var(--bad)", 55)


def revenue_over_time(frame: pd.DataFrame, words: Words) -> Drawing:
    """frame: start (first day of a period), orders, gross_minor, refunded_minor, complete (all its days are shown),
    filter, and earlier_minor and earlier_filter of the period that it is compared with. `attrs`: grain; earlier_days or
    None."""
    _ = words.gettext
    if not frame[["orders", "gross_minor", "refunded_minor"]].to_numpy().any():
        return nothing_to_draw(_("Nothing was sold in these days."))
    labels = [periods.period_name(start, frame.attrs["grain"], words) for start in frame["start"]]
    named = frame.assign(label=labels, net_minor=frame["gross_minor"] - frame["refunded_minor"])
    earlier = _earlier(frame, words)
    orders = int(frame["orders"].sum())
    return Drawing(
        finding=_finding(named, earlier, words),
        figure=_figure(rows_of(named), earlier, words),
        table=Table(
            (
                Column("label", _("Days")),
                Column("orders", _("Orders"), ColumnKind.COUNT),
                Column("gross_minor", _("Ordered"), ColumnKind.MONEY),
                Column("refunded_minor", _("Refunded"), ColumnKind.MONEY),
                Column("net_minor", _("Revenue"), ColumnKind.MONEY),
                *([Column("earlier_minor", earlier, ColumnKind.MONEY)] if earlier else []),
            ),
            named.iloc[::-1],
        ),
        sample=words.ngettext("n = %(n)s order", "n = %(n)s orders", orders) % {"n": words.number(orders)},
        unit=_("Revenue (%(currency)s), refunds deducted") % {"currency": words.currency},
        drill="filter",
    )


def _earlier(frame: pd.DataFrame, words: Words) -> str:
    """The days of comparison in words, or ""."""
    days = frame.attrs.get("earlier_days")
    return " – ".join(map(words.day, days)) if days else ""


def _finding(named: pd.DataFrame, earlier: str, words: Words) -> str:
    _ = words.gettext
    net, gross, refunded = (int(named[f"{each}_minor"].sum()) for each in ("net", "gross", "refunded"))
    facts = {"revenue": words.money(net, compact=True), "refunded": words.percent(style.share_of(refunded, gross))}
    before = int(named["earlier_minor"].sum()) if earlier else 0
    if before > 0 and net > 0:
        facts |= {"change": words.change(net / before - 1), "earlier": earlier}
        return _("%(revenue)s, %(change)s against %(earlier)s; %(refunded)s was paid back") % facts
    return _("%(revenue)s; %(refunded)s of what was ordered was paid back") % facts


def _figure(rows: list[Row], earlier: str, words: Words) -> dict[str, Any]:
    _ = words.gettext
    labels = [row["label"] for row in rows]
    places = list(range(len(rows)))
    shared = {"x": places, "hovertemplate": "%{hovertext}<extra></extra>"}
    said = _("%(label)s: %(revenue)s, %(refunded)s paid back")
    told = [
        said % {**row, "revenue": words.money(row["net_minor"]), "refunded": words.money(row["refunded_minor"])}
        for row in rows
    ]
    bars = {**shared, "type": "bar", "hovertext": told, "customdata": [row["filter"] for row in rows]}
    pattern = months.hatched_unless_complete(rows)
    net = [words.major_units(row["net_minor"]) for row in rows]
    refunded = [words.major_units(row["refunded_minor"]) for row in rows]
    traces: list[dict[str, Any]] = [
        {**bars, "name": _("Revenue"), "y": net, "marker": {"color": style.ACCENT, "pattern": pattern}},
        {**bars, "name": _("Refunded"), "y": refunded, "marker": {"color": REFUNDED, "pattern": pattern}},
    ]
    values = [max(a, 0) + b for a, b in zip(net, refunded, strict=True)] + net
    if earlier:
        before = [words.major_units(row["earlier_minor"]) for row in rows]
        values += before
        line = {"type": "scatter", "mode": "lines+markers", "name": earlier, "y": before}
        hover = [f"{earlier}: {words.money(row['earlier_minor'])}" for row in rows]
        line |= {"customdata": [row["earlier_filter"] for row in rows], "hovertext": hover}
        traces.append({**shared, **line, "line": {"color": EARLIER}, "marker": {"size": 5}})
    amounts = style.value_axis(
        max(values), lambda major: words.money(words.minor_units(major), compact=True), lowest=min(values)
    )
    return style.figure(
        traces,
        style.layout(
            xaxis=periods.axis(labels),
            yaxis=amounts,
            barmode="relative",
            showlegend=True,
            legend={"orientation": "h", "traceorder": "normal", "y": 1.02, "yanchor": "bottom", "x": 0},
            meta={"narrow": {"xaxis": periods.narrow_axis(labels)}},
        ),
    )
