"""How composite value is spread over the customers."""

from __future__ import annotations

import pandas as pd

from reports.charts import binned, style
from reports.charts.drawing import Column, ColumnKind, Drawing, Table, nothing_to_draw, of_all, rows_of
from reports.charts.words import Words

PARTS = 10
HALF = PARTS // 2


def composite_spread(tenths: pd.DataFrame, words: Words) -> Drawing:
    """A bar for each tenth of what composite value can be.

    tenths: those with customers, in their order: tenth (from 0), customers, summed (of their values, each 0–1), filter.
    """
    _ = words.gettext
    if tenths.empty:
        return nothing_to_draw(_("Composite value has not been computed yet."))
    every = pd.DataFrame({"tenth": range(PARTS)}).merge(tenths, on="tenth", how="left")
    every = every.fillna({"customers": 0, "summed": 0.0, "filter": ""}).astype({"customers": int})
    if "all" in tenths.attrs:
        # Of the others it is not told whether anybody is there.
        every = every[every["tenth"].isin(tenths["tenth"])].reset_index(drop=True)
    every = with_half(every)
    every.attrs = dict(tenths.attrs)
    named = binned.shares(every.assign(label=[_range(place, words) for place in every["tenth"]]))
    count, half = int(of_all(every, "customers")), of_all(every, "half")
    facts = {"share": words.percent(half / count), "half": words.number(HALF / PARTS)}
    facts["mean"] = words.number(round(of_all(every, "summed") / count, 2))
    rows = rows_of(named)
    return Drawing(
        measure=facts["mean"],
        finding=_("%(share)s of the customers have a composite value of %(half)s or more; the mean is %(mean)s")
        % facts,
        figure=style.figure([binned.bars(rows, words)], style.layout(**binned.axes(rows, words))),
        table=Table(
            (
                Column("label", _("Composite value")),
                Column("customers", _("Customers"), ColumnKind.COUNT),
                Column("share", _("Share"), ColumnKind.SHARE),
            ),
            named,
        ),
        sample=words.ngettext("n = %(n)s customer", "n = %(n)s customers", count) % {"n": words.number(count)},
        unit=_("customers by composite value, from 0 to 1"),
        drill="filter",
    )


def with_half(tenths: pd.DataFrame) -> pd.DataFrame:
    """With who has a half of what can be, or more."""
    is_half = tenths["tenth"] >= HALF
    return tenths.assign(is_half=is_half, half=tenths["customers"].where(is_half, 0))


def _range(tenth: int, words: Words) -> str:
    """Both ends belong to it: values are compared as they are shown, rounded to hundredths."""
    low, high = tenth / PARTS, (tenth + 1) / PARTS - (0.01 if tenth < PARTS - 1 else 0)
    return f"{words.number(low)}–{words.number(round(high, 2))}"
