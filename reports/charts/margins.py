"""What is left of the amount of products after their cost, where somebody has said what they cost."""

from __future__ import annotations

from typing import Any

import pandas as pd

from reports.charts import months, periods, style
from reports.charts.drawing import Column, ColumnKind, Drawing, Row, Table, nothing_to_draw, rows_of
from reports.charts.words import Words


def margin_over_time(frame: pd.DataFrame, words: Words) -> Drawing:
    """frame: start (first day of a period), amount_minor, known_minor (of the lines whose cost is known), cost_minor,
    complete, filter. `attrs`: grain."""
    _ = words.gettext
    amount, known, cost = (float(frame[f"{each}_minor"].sum()) for each in ("amount", "known", "cost"))
    if amount == 0:
        return nothing_to_draw(_("No product was sold in these days."))
    if known <= 0:
        return nothing_to_draw(_("Of nothing that was sold in these days is the cost known."))
    labels = [periods.period_name(start, frame.attrs["grain"], words) for start in frame["start"]]
    margin = frame["known_minor"] - frame["cost_minor"]
    share = margin / frame["known_minor"].where(frame["known_minor"] > 0)
    named = frame.assign(label=labels, margin_minor=margin, share=share)
    facts = {"share": words.percent((known - cost) / known), "margin": words.money(known - cost, compact=True)}
    facts["known"] = words.percent(min(known / amount, 1))
    return Drawing(
        finding=_("The margin is %(margin)s, %(share)s of the amount whose cost is known") % facts,
        figure=_figure(rows_of(named), words),
        table=Table(
            (
                Column("label", _("Days")),
                Column("amount_minor", _("Amount of products"), ColumnKind.MONEY),
                Column("known_minor", _("Of known cost"), ColumnKind.MONEY),
                Column("cost_minor", _("Cost"), ColumnKind.MONEY),
                Column("margin_minor", _("Margin"), ColumnKind.MONEY),
                Column("share", _("Share"), ColumnKind.SHARE),
            ),
            named.iloc[::-1],
        ),
        sample=_("The cost is known of %(known)s of the amount") % facts,
        unit=_("Above: margin (%(currency)s). Below: its share of the amount") % {"currency": words.currency},
        drill="filter",
    )


def _figure(rows: list[Row], words: Words) -> dict[str, Any]:
    _ = words.gettext
    labels = [row["label"] for row in rows]
    said = _("%(label)s: %(margin)s, %(share)s of the amount whose cost is known")
    told = [said % {**row, "margin": words.money(row["margin_minor"]), "share": _share(row, words)} for row in rows]
    shared = {"x": list(range(len(rows))), "hovertext": told, "hovertemplate": "%{hovertext}<extra></extra>"}
    shared["customdata"] = [row["filter"] for row in rows]
    amounts = [words.major_units(row["margin_minor"]) for row in rows]
    shares = [round(row["share"], 4) if row["known_minor"] > 0 else None for row in rows]
    known = [share for share in shares if share is not None]
    bars = {
        **shared,
        "type": "bar",
        "y": amounts,
        "marker": {"color": style.ACCENT, "pattern": months.hatched_unless_complete(rows)},
    }
    line = {**shared, "type": "scatter", "mode": "lines+markers", "yaxis": "y2", "y": shares}
    line |= {"line": {"color": style.INK, "width": 2}, "marker": {"size": 5, "color": style.INK}}
    money = style.value_axis(
        max(amounts), lambda major: words.money(words.minor_units(major), compact=True), lowest=min(amounts)
    )
    percents = style.value_axis(max(known), words.percent, lowest=min(known))
    return style.figure(
        [bars, line],
        style.layout(
            xaxis={**periods.axis(labels), "anchor": "y2"},
            yaxis={**money, "domain": [0.42, 1]},
            yaxis2={**percents, "domain": [0, 0.32], "rangemode": "tozero"},
            meta={"narrow": {"xaxis": periods.narrow_axis(labels)}},
        ),
    )


def _share(row: Row, words: Words) -> str:
    return words.percent(row["share"]) if row["known_minor"] > 0 else "–"
