"""Who will probably buy nothing: how the probability is spread, and how much money stands behind each band."""

from __future__ import annotations

from typing import Any

import pandas as pd

from reports.charts import style
from reports.charts.drawing import Column, ColumnKind, Drawing, Table, nothing_to_draw, of_all, rows_of
from reports.charts.words import Words

PARTS = 20
# From the first twentieth that is more likely than not.
LIKELIER = PARTS // 2


def churn_probabilities(twentieths: pd.DataFrame, words: Words) -> Drawing:
    """A bar for each twentieth of the probability to buy nothing within the horizon, coloured by its band.

    twentieths: one row per twentieth with buyers: twentieth (from 0), customers, tone (of the band that it begins in),
    filter (of the customer list), and in every row days, the horizon.
    """
    _ = words.gettext
    if twentieths.empty:
        return nothing_to_draw(_("How likely customers are to stay away has not been computed yet."))
    total = int(of_all(twentieths, "customers"))
    table = with_likelier(twentieths).assign(
        range=[_range(place, words) for place in twentieths["twentieth"]],
        share=[style.share_of(count, total) for count in twentieths["customers"]],
    )
    likely = words.percent(style.share_of(of_all(table, "likelier"), total))
    return Drawing(
        measure=likely,
        finding=_("%(share)s of the buyers are more likely than not to buy nothing within %(days)s days")
        % {"share": likely, "days": words.number(table["days"].iloc[0])},
        figure=_distribution(table, words),
        table=Table(
            (
                Column("range", _("Probability to buy nothing")),
                Column("customers", _("Buyers"), ColumnKind.COUNT),
                Column("share", _("Share of buyers"), ColumnKind.SHARE),
            ),
            table,
        ),
        sample=_buyers(total, words),
        unit=_("buyers by probability; colours: the bands, from low to very high"),
        drill="filter",
    )


def money_at_risk(bands: pd.DataFrame, words: Words) -> Drawing:
    """A bar for each band of churn: what those in it bought in the scoring window.

    bands: the riskiest first: label, tone, is_risky, customers, monetary_minor, probability (mean), filter (of the
    customer list).
    """
    _ = words.gettext
    if bands.empty:
        return nothing_to_draw(_("How likely customers are to stay away has not been computed yet."))
    total, revenue = int(of_all(bands, "customers")), int(of_all(bands, "monetary_minor"))
    bands = bands.assign(
        risky=bands["customers"].where(bands["is_risky"], 0),
        risky_minor=bands["monetary_minor"].where(bands["is_risky"], 0),
    )
    table = bands.assign(revenue_share=[style.share_of(minor, revenue) for minor in bands["monetary_minor"]])
    risky = int(of_all(table, "risky_minor"))
    return Drawing(
        measure=words.money(risky, compact=True),
        finding=_at_risk(table, words),
        figure=_band_bars(table, words),
        table=Table(
            (
                Column("label", _("Churn")),
                Column("customers", _("Buyers"), ColumnKind.COUNT),
                Column("probability", _("Mean probability to buy nothing"), ColumnKind.SHARE),
                Column("monetary_minor", _("Revenue"), ColumnKind.MONEY),
                Column("revenue_share", _("Share of revenue"), ColumnKind.SHARE),
            ),
            table,
        ),
        sample=_buyers(total, words),
        unit=_("revenue of the scoring window, by how likely its buyers are to stay away"),
        drill="filter",
    )


def with_likelier(twentieths: pd.DataFrame) -> pd.DataFrame:
    """With those who are more likely than not to buy nothing."""
    is_likelier = twentieths["twentieth"] >= LIKELIER
    likelier = twentieths["customers"].where(is_likelier, 0)
    return twentieths.assign(is_likelier=is_likelier, likelier=likelier)


def _range(twentieth: int, words: Words) -> str:
    low, high = twentieth / PARTS, (twentieth + 1) / PARTS - (0.01 if twentieth < PARTS - 1 else 0)
    return f"{words.percent(low)} – {words.percent(high)}"


def _distribution(table: pd.DataFrame, words: Words) -> dict[str, Any]:
    _ = words.gettext
    rows = rows_of(table)
    highest = int(table["customers"].max())
    bars = {
        "type": "bar",
        "x": table["twentieth"].tolist(),
        "y": table["customers"].tolist(),
        "marker": {"color": [style.tone_colour(tone) for tone in table["tone"]]},
        "customdata": table["filter"].tolist(),
        "hovertext": [
            _("%(range)s: %(customers)s buyers") % {"range": row["range"], "customers": words.number(row["customers"])}
            for row in rows
        ],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }
    steps = (0, 5, 10, 15, 20)
    return style.figure(
        [bars],
        style.layout(
            bargap=0.1,
            xaxis={
                "title": {"text": _("Probability to buy nothing"), "standoff": 6},
                "tickvals": [step - 0.5 for step in steps],
                "ticktext": [words.percent(step / PARTS) for step in steps],
                "showgrid": False,
                "range": [-0.6, PARTS - 0.4],
            },
            yaxis={**style.value_axis(highest, words.number, is_count=True), "range": [0, highest * 1.05 or 1]},
        ),
    )


def _at_risk(table: pd.DataFrame, words: Words) -> str:
    _ = words.gettext
    customers, minor = int(of_all(table, "risky")), int(of_all(table, "risky_minor"))
    if not customers:
        return _("Nobody is likely to stay away")
    facts = {
        "customers": words.number(customers),
        "amount": words.money(minor, compact=True),
        "share": words.percent(style.share_of(minor, of_all(table, "monetary_minor"))),
    }
    return (
        words.ngettext(
            "%(customers)s buyer who is likely to stay away brought %(amount)s, %(share)s of the revenue",
            "%(customers)s buyers who are likely to stay away brought %(amount)s, %(share)s of the revenue",
            customers,
        )
        % facts
    )


def _band_bars(table: pd.DataFrame, words: Words) -> dict[str, Any]:
    _ = words.gettext
    rows = rows_of(table)
    amounts = [words.major_units(row["monetary_minor"]) for row in rows]
    bars = {
        "type": "bar",
        "orientation": "h",
        "x": amounts,
        "y": table["label"].tolist(),
        "text": [
            f"{words.money(row['monetary_minor'], compact=True)} · {words.number(row['customers'])}" for row in rows
        ],
        "textposition": "outside",
        "cliponaxis": False,
        "marker": {"color": [style.tone_colour(tone) for tone in table["tone"]]},
        "customdata": [row.get("filter", "") for row in rows],
        "hovertext": [
            _("%(band)s: %(customers)s buyers, %(share)s of the revenue")
            % {
                "band": row["label"],
                "customers": words.number(row["customers"]),
                "share": words.percent(row["revenue_share"]),
            }
            for row in rows
        ],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }
    lowest, longest = min(*amounts, 0.0), max(*amounts, 1.0)
    room = {"range": [lowest * 1.1, longest * 1.4], "visible": False}
    names = {"autorange": "reversed", "showgrid": False, "ticks": ""}
    narrow = {"xaxis": {"range": [lowest * 1.1, longest * 1.9]}}
    return style.figure([bars], style.layout(xaxis=room, yaxis=names, meta={"narrow": narrow}))


def _buyers(total: int, words: Words) -> str:
    return words.ngettext("n = %(n)s buyer", "n = %(n)s buyers", total) % {"n": words.number(total)}
