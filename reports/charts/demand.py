"""One series of demand over time: what is to come, what stood out, and its trend, season and remainder.

The frame: start_date, value (missing in periods to come), expected, low, high, is_anomaly, trend, season_share (of the
trend), filter (of the list of those who bought in a period that is over), and alike in all rows: label, unit (money,
orders, pieces), grain (month, week), season (periods), model (that made the forecast, in words).
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from reports.charts.demand_pictures import anomaly_figure, forecast_figure, panels, period_name, written
from reports.charts.drawing import Column, ColumnKind, Drawing, Row, Table, nothing_to_draw, rows_of
from reports.charts.words import Words

# Before what is to come, and in all: more would not be told apart.
SHOWN_BEFORE, SHOWN = 36, 104


def demand_forecast(periods: pd.DataFrame, words: Words) -> Drawing:
    """The last three years and the periods to come with their range of 80 %."""
    _ = words.gettext
    if periods.empty:
        return nothing_to_draw(_("There is no forecast of demand yet."))
    shown = periods.tail(SHOWN_BEFORE + int(periods["value"].isna().sum()))
    coming = rows_of(shown[shown["value"].isna()])
    facts = {**_ranged(coming[0], words), "expected": written(coming[0]["expected"], coming[0], words)}
    title = _("%(series)s: %(expected)s expected in %(period)s, in 80 of 100 cases from %(low)s to %(high)s")
    return Drawing(
        finding=title % facts,
        figure=forecast_figure(rows_of(shown), words),
        table=_table(
            periods[periods["value"].isna()].assign(value=periods["expected"]), ("value", _("Expected")), words
        ),
        sample=_("%(count)s · by: %(model)s") % {"count": _count(periods, words), "model": coming[0]["model"]},
        unit=_unit(coming[0], words),
        drill="filter",
    )


def demand_anomalies(periods: pd.DataFrame, words: Words) -> Drawing:
    """Every period that is over beside the range that trend and season let expect; what lies outside is marked."""
    _ = words.gettext
    if periods.empty:
        return nothing_to_draw(_("Nothing is known yet that could stand out."))
    over = periods[periods["value"].notna()].tail(SHOWN)
    return Drawing(
        finding=_outstanding(rows_of(over), words),
        figure=anomaly_figure(rows_of(over), words),
        table=_table(
            over.assign(reading=[_("stands out") if found else _("as expected") for found in over["is_anomaly"]]),
            ("value", _("Value")),
            words,
            Column("reading", _("Reading")),
        ),
        sample=_count(over, words),
        unit=_unit(rows_of(over)[0], words),
        drill="filter",
    )


def demand_components(periods: pd.DataFrame, words: Words) -> Drawing:
    """Trend, season and what neither explains, in panels of their own; weeks have no season."""
    _ = words.gettext
    if periods.empty:
        return nothing_to_draw(_("There is no series yet to take apart."))
    over = periods[periods["value"].notna()].tail(SHOWN)
    over = over.assign(remainder=over["value"] - over["expected"])
    rows = rows_of(over)
    whole = _rounded(over, ["value", "trend", "remainder"])
    kind = _kind(rows[0])
    columns = [
        _period_column(rows[0], words),
        Column("value", _("Value"), kind),
        Column("trend", _("Trend"), kind),
        *([Column("season_share", _("Season"), ColumnKind.SHARE)] if rows[0]["season"] > 1 else []),
        Column("remainder", _("Remainder"), kind),
    ]
    return Drawing(
        finding=_movement(rows, words),
        figure=panels(rows, words),
        table=Table(tuple(columns), _named(whole, words).iloc[::-1]),
        sample=_count(over, words),
        unit=_unit(rows[0], words),
        drill="filter",
    )


# --- what is said -----------------------------------------------------------------------------------------------------


def _outstanding(rows: Sequence[Row], words: Words) -> str:
    _ = words.gettext
    found = [row for row in rows if row["is_anomaly"]]
    counted = {"series": rows[0]["label"], "n": words.number(len(found)), "all": words.number(len(rows))}
    if not found:
        return _("%(series)s: nothing stood out in %(all)s periods") % counted
    last = found[-1]
    facts = {**counted, **_ranged(last, words), "value": written(last["value"], last, words)}
    title = _(
        "%(series)s: %(n)s of %(all)s periods stood out, last %(period)s: %(value)s instead of %(low)s to %(high)s"
    )
    return title % facts


def _movement(rows: Sequence[Row], words: Words) -> str:
    _ = words.gettext
    last, season = rows[-1], rows[-1]["season"]
    earlier = rows[-1 - min(season if season > 1 else 26, len(rows) - 1)]
    facts = {
        "series": last["label"],
        "before": written(earlier["trend"], last, words),
        "since": period_name(earlier, words),
        "now": written(last["trend"], last, words),
    }
    if season == 1:
        return _("%(series)s: the trend went from %(before)s to %(now)s since %(since)s") % facts
    strongest = max(rows[-season:], key=lambda row: row["season_share"])
    facts |= {"month": words.month_name(strongest["start_date"]), "share": words.change(strongest["season_share"])}
    title = _("%(series)s: %(month)s is strongest (%(share)s); the trend went from %(before)s to %(now)s in a year")
    return title % facts


def _ranged(row: Row, words: Words) -> dict[str, str]:
    return {
        "series": row["label"],
        "period": period_name(row, words),
        "low": written(row["low"], row, words),
        "high": written(row["high"], row, words),
    }


def _count(periods: pd.DataFrame, words: Words) -> str:
    over = int(periods["value"].notna().sum())
    if periods["grain"].iloc[0] == "month":
        return words.ngettext("n = %(n)s month", "n = %(n)s months", over) % {"n": words.number(over)}
    return words.ngettext("n = %(n)s week", "n = %(n)s weeks", over) % {"n": words.number(over)}


def _unit(row: Row, words: Words) -> str:
    _ = words.gettext
    units = {
        ("money", "month"): _("%(currency)s a month, refunds deducted"),
        ("money", "week"): _("%(currency)s a week, refunds deducted"),
        ("orders", "month"): _("orders a month"),
        ("orders", "week"): _("orders a week"),
        ("pieces", "month"): _("pieces a month"),
        ("pieces", "week"): _("pieces a week"),
    }
    return units[row["unit"], row["grain"]] % {"currency": words.currency}


# --- tables -----------------------------------------------------------------------------------------------------------


def _table(periods: pd.DataFrame, value: tuple[str, str], words: Words, *others: Column) -> Table:
    _ = words.gettext
    first = rows_of(periods)[0]
    kind = _kind(first)
    columns = (
        _period_column(first, words),
        Column(*value, kind),
        Column("low", _("From"), kind),
        Column("high", _("To"), kind),
        *others,
    )
    return Table(columns, _named(_rounded(periods, ["value", "low", "high"]), words).iloc[::-1])


def _kind(row: Row) -> ColumnKind:
    return ColumnKind.MONEY if row["unit"] == "money" else ColumnKind.COUNT


def _period_column(row: Row, words: Words) -> Column:
    _ = words.gettext
    if row["grain"] == "month":
        return Column("start_date", _("Month"), ColumnKind.MONTH)
    return Column("week", _("Week from"))


def _named(periods: pd.DataFrame, words: Words) -> pd.DataFrame:
    return periods.assign(week=[words.day(day) for day in periods["start_date"]])


def _rounded(periods: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """To minor units, orders or pieces."""
    return (
        periods.astype(dict.fromkeys(columns, float))
        .round(dict.fromkeys(columns, 0))
        .astype(dict.fromkeys(columns, "int64"))
    )
