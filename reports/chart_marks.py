"""Marks of single charts, which no measure and division of the semantic layer describes: whom each of them counts.

A key says all that a mark depends on, and holds of one customer whoever else is there: so the list of who sees a part
of the customers has as many of them as their chart counts.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics.judged_customers import PARTS, Tenth, judgement_of
from analytics.many_ids import IdArray, numbers_of
from analytics.models import JudgedCustomers, Run
from core.models import OrganisationSettings
from core.numbers import whole_number
from core.templatetags.ui import money, number, percent
from reports import behaviour_frames, bought_lines, funnel_frames, noted_answers, spending_frames
from reports.semantics.facts import ScopedFacts

MOST_TOGETHER = 2
# As in "31.7.610000000.12..702000000.4": of which run which tenth, and of its first customer and its last what was said
# and who they are.
TENTH = re.compile(r"(\d{1,18})\.([1-9]|10)\.(-?\d{1,18})\.(\d{1,18})\.\.(-?\d{1,18})\.(\d{1,18})", re.ASCII)


@dataclass(frozen=True)
class ChartMark:
    """Marks of one chart. `name`: what a key is called. `customers_sql`: whom it counts. `is_up_to_a_day`: of all that
    had happened by the last of its days."""

    label: str | Promise
    customers_sql: Callable[[ScopedFacts, str], str]
    is_key: Callable[[str], bool]
    name: Callable[[str], str]
    is_up_to_a_day: bool = False


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
    "noted": ChartMark(
        gettext_lazy("Recommendations"),
        noted_answers.who_noted,
        lambda key: key in noted_answers.KINDS,
        lambda key: str(noted_answers.KINDS[key]),
        is_up_to_a_day=True,
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
    """Marks of one chart that is of what an analysis has published. customers: by the number of the run, and the key.
    is_kept: whether what only the key names is, beside the run."""

    label: str | Promise
    analysis: str
    customers: Callable[[int, str], IdArray]
    is_key: Callable[[str], bool]
    name: Callable[[str], str]
    is_kept: Callable[[str], bool] = lambda key: True


def _who_is_expected_to_spend(run_id: int, key: str) -> IdArray:
    down_to = _down_to("expected_spend_12m_minor", key)
    statement = f"SELECT customer_id FROM analytics_clv WHERE run_id = %s AND {down_to}"  # noqa: S608 - ours
    return np.sort(numbers_of(statement, ("customer_id",), [run_id])["customer_id"])


def _who_stayed(run_id: int, earlier: str) -> IdArray:
    both = (
        "SELECT later.customer_id FROM (SELECT * FROM analytics_rfm WHERE run_id = %s) AS later"
        " JOIN (SELECT * FROM analytics_rfm WHERE run_id = %s) AS earlier USING (customer_id)"
        " WHERE later.segment = earlier.segment"
    )
    return np.sort(numbers_of(both, ("customer_id",), [run_id, int(earlier)])["customer_id"])


def _judged_by(run_id: int) -> IdArray:
    kept = judgement_of(run_id)
    return np.zeros(0, dtype=np.int64) if kept is None else kept.customers


def key_of_tenth(run_id: int, number: int, tenth: Tenth) -> str:
    first, last = (".".join(map(str, place)) for place in (tenth.first, tenth.last))
    return f"{run_id}.{number}.{first}..{last}"


def _of_tenth(label: str | Promise, analysis: str, *, forecast: str, said: Callable[[float], str]) -> ResultMark:
    def numbers(key: str) -> list[int]:
        found = TENTH.fullmatch(key)
        return [int(part) for part in found.groups()] if found else []

    def customers(run_id: int, key: str) -> IdArray:
        judged_run, _number, least, first_id, most, last_id = numbers(key)
        kept = judgement_of(judged_run, forecast)
        return np.zeros(0, dtype=np.int64) if kept is None else kept.between((least, first_id), (most, last_id))

    def is_kept(key: str) -> bool:
        kept = JudgedCustomers.objects.filter(run=numbers(key)[0], run__analysis=analysis, forecast=forecast)
        return kept.exists()

    def name(key: str) -> str:
        run_id, tenth, least, _first, most, _last = numbers(key)
        words = {"tenth": tenth, "run": run_id, "least": said(least / PARTS), "most": said(most / PARTS)}
        return _("tenth %(tenth)s, of whom run %(run)s said %(least)s to %(most)s") % words

    return ResultMark(
        label,
        analysis,
        customers,
        lambda key: bool(numbers(key)),
        name,
        is_kept,
    )


RESULTS: dict[str, ResultMark] = {
    "expected_best": ResultMark(
        gettext_lazy("Expected spend of 12 months"),
        "clv",
        _who_is_expected_to_spend,
        _is_place,
        _of_place,
    ),
    "stayed": ResultMark(
        gettext_lazy("Stayed in their segment"),
        "rfm",
        _who_stayed,
        lambda key: whole_number(key) > 0,
        lambda key: _("that of run %(run)s") % {"run": key},
        lambda key: Run.objects.filter(pk=key, status=Run.Status.PUBLISHED).exists(),
    ),
    "recommenders": ResultMark(
        gettext_lazy("Ways to recommend, compared"),
        "recommendations",
        lambda _run_id, key: _judged_by(int(key)),
        lambda key: whole_number(key) > 0,
        lambda key: _("asked about by run %(run)s") % {"run": key},
        lambda key: JudgedCustomers.objects.filter(run=int(key), run__analysis="recommendations", forecast="").exists(),
    ),
    "churn_judged": _of_tenth(gettext_lazy("Churn as it was judged"), "churn", forecast="", said=percent),
    "churn_came": _of_tenth(gettext_lazy("Churn beside what came"), "churn", forecast="silence", said=percent),
    "clv_judged": _of_tenth(
        gettext_lazy("Expected purchases as they were judged"), "clv", forecast="", said=lambda days: number(days, 2)
    ),
    "clv_came": _of_tenth(
        gettext_lazy("Expected purchases beside what came"),
        "clv",
        forecast="purchases_3m",
        said=lambda days: number(days, 2),
    ),
}
