"""Who bought for most."""

from __future__ import annotations

from typing import Any

import pandas as pd

from reports.charts import style
from reports.charts.drawing import ONE_CUSTOMER, Column, ColumnKind, Drawing, Row, Table, nothing_to_draw, rows_of
from reports.charts.words import Words

LONGEST_NAME = 28


def customers_by_spending(frame: pd.DataFrame, words: Words) -> Drawing:
    """frame: customer_id ("" where the list does not have them), label ("" likewise), orders, spent_minor; best first.
    `attrs`: whole_minor and buyers of all who bought."""
    _ = words.gettext
    if frame.empty:
        return nothing_to_draw(_("No known customer bought in these days."))
    whole, count = frame.attrs["whole_minor"], frame.attrs["buyers"]
    labels = [label or _("No longer in the list") for label in frame["label"]]
    named = frame.assign(label=labels, share=[style.share_of(each, whole) for each in frame["spent_minor"]])
    facts = {"n": words.number(len(frame)), "share": words.percent(named["share"].sum()), "all": words.number(count)}
    if len(frame) == count:
        finding = words.ngettext("%(n)s customer brought all", "%(n)s customers brought all", len(frame)) % facts
    else:
        finding = _("The first %(n)s of %(all)s buyers brought %(share)s") % facts
    return Drawing(
        finding=finding,
        figure=_figure(rows_of(named), words),
        table=Table(
            (
                Column("label", _("Customer")),
                Column("orders", _("Purchases"), ColumnKind.COUNT),
                Column("spent_minor", _("Amount"), ColumnKind.MONEY),
                Column("share", _("Share"), ColumnKind.SHARE),
            ),
            named,
        ),
        sample=words.ngettext("n = %(n)s buyer", "n = %(n)s buyers", count) % {"n": words.number(count)},
        unit=_("Purchases (%(currency)s), refunds deducted") % {"currency": words.currency},
        drill=ONE_CUSTOMER,
    )


def _figure(rows: list[Row], words: Words) -> dict[str, Any]:
    amounts = [words.major_units(row["spent_minor"]) for row in rows]
    places = list(range(len(rows)))
    bars = {
        "type": "bar",
        "orientation": "h",
        "x": amounts,
        "y": places,
        "marker": {"color": style.ACCENT},
        "text": [words.money(row["spent_minor"], compact=True) for row in rows],
        "textposition": "auto",
        "hovertext": [f"{row['label']}: {words.money(row['spent_minor'])}" for row in rows],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "customdata": [row["customer_id"] for row in rows],
    }
    money = style.value_axis(max(amounts), lambda major: words.money(words.minor_units(major), compact=True))
    names = [
        label if len(label) <= LONGEST_NAME else f"{label[: LONGEST_NAME - 1]}…" for label in (r["label"] for r in rows)
    ]
    axis = {"tickvals": places, "ticktext": names, "autorange": "reversed", "showgrid": False}
    return style.figure([bars], style.layout(xaxis=money, yaxis=axis))
