"""Marks of single charts, which no measure and division of the semantic layer describes: whom each of them counts.

A key says all that a mark depends on, and holds of one customer whoever else is there: so the list of who sees a part
of the customers has as many of them as their chart counts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics.many_ids import IdArray, numbers_of
from core.models import OrganisationSettings
from core.numbers import whole_number
from core.templatetags.ui import money, number
from reports import behaviour_frames, bought_lines, funnel_frames, spending_frames
from reports.semantics.facts import ScopedFacts

MOST_TOGETHER = 2


@dataclass(frozen=True)
class ChartMark:
    """Marks of one chart. `name`: what a key is called. `customers_sql`: whom it counts."""

    label: str | Promise
    customers_sql: Callable[[ScopedFacts, str], str]
    is_key: Callable[[str], bool]
    name: Callable[[str], str]


def _is_number(text: str) -> bool:
    return text == "0" or whole_number(text) > 0


def _is_range(key: str) -> bool:
    """As in "5..10", from the one and below the other, or "5.." without an end."""
    low, dots, below = key.partition("..")
    return bool(dots) and _is_number(low) and (not below or _is_number(below))


def _is_place(key: str) -> bool:
    """As in "1200..7": down to an amount, and of those who have it as well to a number of a customer."""
    least, dots, last = key.partition("..")
    return bool(dots) and _is_number(least.removeprefix("-")) and _is_number(last)


def _down_to(value: str, key: str) -> str:
    least, _dots, last = key.partition("..")
    return f"({value} > {int(least)} OR {value} = {int(least)} AND customer_id <= {int(last)})"


def _of_place(key: str) -> str:
    currency = OrganisationSettings.current().currency
    return _("the best, down to %(amount)s") % {"amount": money(int(key.partition("..")[0]), currency)}


def _within(value: str, key: str) -> str:
    low, _dots, below = key.partition("..")
    return f"{value} >= {int(low)}" + (f" AND {value} < {int(below)}" if below else "")


def _of_range(key: str) -> str:
    low, _dots, below = key.partition("..")
    facts = {"low": number(int(low)), "below": number(int(below or 0))}
    return _("from %(low)s, below %(below)s") % facts if below else f"≥ {facts['low']}"


def _of_amounts(key: str) -> str:
    low, _dots, below = key.partition("..")
    currency = OrganisationSettings.current().currency
    facts = {"low": money(int(low), currency), "below": money(int(below or 0), currency)}
    return _("from %(low)s, below %(below)s") % facts if below else f"≥ {facts['low']}"


CHARTS: dict[str, ChartMark] = {
    "funnel": ChartMark(
        gettext_lazy("Funnel"),
        funnel_frames.who_reached,
        lambda key: key in behaviour_frames.STEP_NAMES,
        lambda key: str(behaviour_frames.STEP_NAMES[key]),
    ),
    "category": ChartMark(
        gettext_lazy("Category"),
        bought_lines.who_bought_of,
        lambda key: not key or whole_number(key) > 0,
        bought_lines.name_of_category,
    ),
    "together": ChartMark(
        gettext_lazy("Bought together"),
        bought_lines.who_bought_together,
        lambda key: (
            1 <= len(key.split(".")) <= MOST_TOGETHER and all(whole_number(each) > 0 for each in key.split("."))
        ),
        bought_lines.names_of_products,
    ),
    "paths": ChartMark(
        gettext_lazy("Paths"),
        behaviour_frames.who_took,
        behaviour_frames.is_path,
        behaviour_frames.path_in_words,
    ),
    "concentration": ChartMark(
        gettext_lazy("Concentration of revenue"),
        lambda facts, key: spending_frames.who_spent(facts, _down_to("spent", key)),
        _is_place,
        _of_place,
    ),
    "spending": ChartMark(
        gettext_lazy("What each customer spends"),
        lambda facts, key: spending_frames.who_spent(facts, _within("spent", key)),
        _is_range,
        _of_amounts,
    ),
    "frequency": ChartMark(
        gettext_lazy("Frequency R / T"),
        lambda facts, key: spending_frames.who_bought_at_rate(facts, _within("f", key)),
        _is_range,
        _of_range,
    ),
    "interval_rate": ChartMark(
        gettext_lazy("Interval rate (R − 1) / T"),
        lambda facts, key: spending_frames.who_bought_at_rate(facts, _within("i", key)),
        _is_range,
        _of_range,
    ),
    **{
        measure: ChartMark(
            label,
            lambda facts, key, measure=measure: behaviour_frames.who_did(  # type: ignore[misc]
                facts, measure, _within("times", key), or_not=key.startswith("0.")
            ),
            _is_range,
            _of_range,
        )
        for measure, label in (
            ("visits", gettext_lazy("Visits")),
            ("clicks", gettext_lazy("Clicks")),
            ("purchases", gettext_lazy("Purchases")),
        )
    },
}


@dataclass(frozen=True)
class ResultMark:
    """Marks of one chart that is of the rows of an analysis. `rows`: a condition of PostgreSQL on them."""

    label: str | Promise
    analysis: str
    rows: Callable[[str], str]
    is_key: Callable[[str], bool]
    name: Callable[[str], str]

    def customers(self, run_id: int, key: str) -> IdArray:
        statement = f"SELECT customer_id FROM analytics_{self.analysis} WHERE run_id = %s AND {self.rows(key)}"  # noqa: S608 - ours
        return np.sort(numbers_of(statement, ("customer_id",), [run_id])["customer_id"])


RESULTS: dict[str, ResultMark] = {
    "expected_best": ResultMark(
        gettext_lazy("Expected spend of 12 months"),
        "clv",
        lambda key: _down_to("expected_spend_12m_minor", key),
        _is_place,
        _of_place,
    ),
}
