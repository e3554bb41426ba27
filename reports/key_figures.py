"""The four figures on top of the dashboard, each against the period that it can be compared with."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import pandas as pd
from django.utils.translation import gettext as _

from analytics.algorithms.segments_map import Segment
from analytics.models import Run
from reports.charts.drawing import Row, rows_of
from reports.charts.words import Words
from reports.frames import Published
from reports.tables import customers_url

YEAR = dt.timedelta(days=365)
# A first order so long after the year's first day still leaves the year whole.
GRACE = dt.timedelta(days=7)
AT_RISK = (Segment.AT_RISK, Segment.CANNOT_LOSE_THEM)
# A smaller relative change is told as none.
LEVEL = 0.005

UP, DOWN = {"direction": "up"}, {"direction": "down"}
GOOD, BAD = {"tone": "good"}, {"tone": "bad"}


@dataclass(frozen=True)
class KeyFigure:
    """`change` in words with its `direction` (up, down or "") and `tone` (good, bad or ""); `note` says what of."""

    label: str
    value: str
    note: str
    change: str = ""
    direction: str = ""
    tone: str = ""
    url: str = ""


def key_figures(published: Published, words: Words) -> list[KeyFigure]:
    """Revenue, buyers, value at risk and average order; those whose run has not been published are left out."""
    this_year, year_before = _years(published)
    has_scores = not published.segments.empty
    figures = [
        _revenue(this_year, year_before, words) if this_year else None,
        _buyers(published, this_year, year_before, words) if has_scores else None,
        _at_risk(published, words) if has_scores else None,
        _average_order(this_year, year_before, words) if this_year else None,
    ]
    return [figure for figure in figures if figure]


def _years(published: Published) -> tuple[Row | None, Row | None]:
    """The year up to the as-of day, and the one before it if the data go back through all of it."""
    years = {row["years_ago"]: row for row in rows_of(published.years)}
    if 0 not in years or published.days is None:
        return None, None
    began = min(row["first_day"] for row in years.values())
    is_whole = began <= published.days.as_of - 2 * YEAR + dt.timedelta(days=1) + GRACE
    return years[0], years.get(1) if is_whole else None


def _revenue(this_year: Row, year_before: Row | None, words: Words) -> KeyFigure:
    net = [_net(year) for year in (this_year, year_before) if year]
    return KeyFigure(
        label=_("Revenue, 12 months"),
        value=words.money(net[0], compact=True),
        note=_("refunds of %(amount)s deducted") % {"amount": words.money(this_year["refunded_minor"], compact=True)},
        **_against_year_before(net, words),
    )


def _average_order(this_year: Row, year_before: Row | None, words: Words) -> KeyFigure:
    averages = [year["gross_minor"] / year["orders"] for year in (this_year, year_before) if year and year["orders"]]
    orders = this_year["orders"]
    return KeyFigure(
        label=_("Average order, 12 months"),
        value=words.money(averages[0]) if averages else "—",
        note=words.ngettext("%(n)s order, before refunds", "%(n)s orders, before refunds", orders)
        % {"n": words.number(orders)},
        **_against_year_before(averages, words),
    )


def _buyers(published: Published, this_year: Row | None, year_before: Row | None, words: Words) -> KeyFigure:
    """Different buyers of the scoring window. Of them only the new ones can be summed up over days and so compared."""
    buyers = int(published.cells["customers"].sum())
    customers = int(published.segments["customers"].sum())
    return KeyFigure(
        label=_buyers_label(published.scores),
        value=words.number(buyers),
        note=words.ngettext("of %(n)s customer", "of %(n)s customers", customers) % {"n": words.number(customers)},
        **_new_buyers([year["new_buyers"] for year in (this_year, year_before) if year], words),
    )


def _buyers_label(scores: Run | None) -> str:
    window_days = scores.params.get("window_days", YEAR.days) if scores else YEAR.days
    if window_days is None:
        return _("Buyers")
    if window_days == YEAR.days:
        return _("Buyers, 12 months")
    return _("Buyers, %(days)s days") % {"days": window_days}


def _at_risk(published: Published, words: Words) -> KeyFigure:
    now, before = _of_at_risk(published.segments), _of_at_risk(published.earlier_segments)
    change = {}
    if published.earlier_scores is not None:
        change = _since(before["monetary_minor"], now["monetary_minor"], published.earlier_scores.as_of, words)
    return KeyFigure(
        label=_("Value at risk"),
        value=words.money(now["monetary_minor"], compact=True),
        note=words.ngettext("bought by %(n)s customer", "bought by %(n)s customers", now["customers"])
        % {"n": words.number(now["customers"])},
        url=customers_url("segment") + Segment.AT_RISK,
        **change,
    )


def _net(year: Row) -> int:
    return int(year["gross_minor"] - year["refunded_minor"])


def _of_at_risk(segments: pd.DataFrame) -> dict[str, int]:
    rows = segments[segments["segment"].isin(AT_RISK)]
    return {column: int(rows[column].sum()) for column in ("customers", "monetary_minor")}


def _against_year_before(values: list[Any], words: Words) -> dict[str, str]:
    """The change from the second of the values to the first, if there are two that can be compared."""
    if len(values) < 2 or values[1] <= 0:
        return {}
    change = values[0] / values[1] - 1
    if abs(change) < LEVEL:
        return {"change": _("as in the year before")}
    text = _("%(change)s on the year before") % {"change": words.change(change)}
    return {"change": text, **UP, **GOOD} if change > 0 else {"change": text, **DOWN, **BAD}


def _new_buyers(new: list[int], words: Words) -> dict[str, str]:
    if len(new) < 2:
        return {"change": _("%(new)s new") % {"new": words.number(new[0])}} if new else {}
    facts = {"new": words.number(new[0]), "before": words.number(new[1])}
    text = _("%(new)s new, %(before)s the year before") % facts
    if new[0] == new[1]:
        return {"change": text}
    return {"change": text, **UP, **GOOD} if new[0] > new[1] else {"change": text, **DOWN, **BAD}


def _since(before: int, now: int, day: dt.date, words: Words) -> dict[str, str]:
    """Of value at risk, more is worse."""
    facts = {"amount": words.money(abs(now - before), compact=True), "day": words.day(day)}
    if now == before:
        return {"change": _("as on %(day)s") % facts}
    if now > before:
        return {"change": _("+%(amount)s since %(day)s") % facts, **UP, **BAD}
    return {"change": _("−%(amount)s since %(day)s") % facts, **DOWN, **GOOD}
