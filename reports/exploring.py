"""The explorer: a question from the address of a page, and its answer as a chart for one reader."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
from django.utils.translation import gettext as _

from accounts.visibility import Sight
from analytics.models import Run
from analytics.publishing import current_run
from core.keeping import kept
from core.money import minor_digits
from customers.filters import EVERYBODY
from reports.charts.drawing import Drawing
from reports.charts.explored import Explored, draw
from reports.charts.periods import period_name
from reports.charts.words import Words
from reports.drilling import Conditions, behind, were_there
from reports.scope import Scope, said_of
from reports.semantics.answers import OTHERS, UNKNOWN, Answer, answer
from reports.semantics.dimensions import Dimension
from reports.semantics.few import FEW, name_of_few
from reports.semantics.periods import starts
from reports.semantics.questions import Question
from reports.semantics.subjects import Subject

KEPT_SECONDS = 60


@dataclass(frozen=True)
class Asked:
    """A question of one person, with what their page adds: a line instead of bars, and how they read."""

    question: Question
    run: Run
    sight: Sight
    words: Words
    as_line: bool = False

    @property
    def file_name(self) -> str:
        """Of its downloads, without the ending."""
        return f"{self.question.measure}-{self.question.by}-{self.question.until:%Y-%m-%d}"

    @property
    def said(self) -> str:
        """Of which days and customers it is."""
        scope = Scope(self.question.since, self.question.until, among=self.question.among)
        return " · ".join(said_of(scope, self.words))

    @property
    def source(self) -> str:
        """What its numbers come from, in words."""
        return source_of_facts(self.run, self.words)

    def drawing(self) -> Drawing:
        """Raises as `reports.semantics.answers.answer`."""
        found = self.answer()
        question = self.question
        explored = Explored(
            measure=str(question.measured.label),
            by=str(question.divided.label),
            kind=question.measured.kind,
            is_time=question.divided.is_time,
            adds_up=question.measured.adds_up,
            split=str(question.split_by.label) if question.split_by else "",
            earlier=self._earlier_words() if question.compare else "",
            as_line=self.as_line,
        )
        drawing = draw(_labelled(found, self), explored, _sample(found, self.words), self.words)
        if not explored.earlier or question.has_days:
            return drawing
        return replace(drawing, compared=those_who_were_there(question.day_before(self.run.as_of), self.words))

    def answer(self) -> Answer:
        """Kept for a minute, in which a page, its file and a colleague ask the same. What is asked of a filter is kept
        for each person, whose search by a hidden value is logged."""
        asked = [
            "explored",
            self.sight.key,
            None if self.question.among == EVERYBODY else self.sight.user_id,
            self.run.pk,
            self.run.finished_at,
            repr(self.question),
            self.words.currency,
        ]
        return kept(asked, self._asked, seconds=KEPT_SECONDS)

    def _asked(self) -> Answer:
        minor_units = 10 ** minor_digits(self.words.currency)
        return answer(self.question, run=self.run, sight=self.sight, minor_units=minor_units)

    def _earlier_words(self) -> str:
        if not self.question.has_days:
            return self.words.day(self.question.day_before(self.run.as_of))
        since, until = self.question.earlier_days()
        return f"{self.words.day(since)} – {self.words.day(until)}"


def source_of_facts(run: Run, words: Words) -> str:
    return _("the facts that run %(run)s read, as of %(day)s") % {"run": run.pk, "day": words.day(run.as_of)}


def those_who_were_there(day: dt.date, words: Words) -> str:
    """What customers of now stand beside."""
    return _("compared with those of them who were there on %(day)s") % {"day": words.day(day)}


def _sample(found: Answer, words: Words) -> str:
    counted = found.counted
    facts = {
        Subject.SALES: words.ngettext("n = %(n)s order", "n = %(n)s orders", counted),
        Subject.LINES: words.ngettext("n = %(n)s order line", "n = %(n)s order lines", counted),
        Subject.EVENTS: words.ngettext("n = %(n)s event", "n = %(n)s events", counted),
        Subject.CUSTOMERS: words.ngettext("n = %(n)s customer", "n = %(n)s customers", counted),
    }
    return facts[found.question.measured.subject] % {"n": words.number(counted)}


def _labelled(found: Answer, asked: Asked) -> pd.DataFrame:
    """The rows with what their readers call them, and the filter that has the customers behind each."""
    question, frame, words = found.question, found.frame, asked.words
    labels = _labels(frame["key"], question.divided, words)
    labelled = frame.assign(label=[labels[key] for key in frame["key"]])
    if question.split_by:
        split_labels = _labels(frame["split"], question.split_by, words)
        labelled["split_label"] = [split_labels[key] for key in frame["split"]]
    rows = zip(frame["key"], frame["split"], frame["value"], strict=True)
    filters = [_filter_of(key, split, value, asked) for key, split, value in rows]
    earlier = {"earlier_filter": _earlier_filters(frame, asked)} if question.compare and not question.split else {}
    return labelled.assign(filter=filters, **earlier)


def _earlier_filters(frame: pd.DataFrame, asked: Asked) -> list[str]:
    """Of the same rows, whom they counted on the days that they are compared with."""
    question = asked.question
    if not question.has_days:
        among = [were_there(question.day_before(asked.run.as_of))]
        rows = zip(frame["key"], frame["earlier"], strict=True)
        return [_filter_of(key, UNKNOWN, value, asked, *among) for key, value in rows]
    since, until = question.earlier_days()
    then = replace(asked, question=replace(question, since=since, until=until))
    keys = list(frame["key"])
    if question.divided.is_time:
        # The periods stand beside each other by their place.
        keys = starts(since, until, question.by, sunday_weeks=question.sunday_weeks)[: len(keys)]
    found = [_filter_of(key, UNKNOWN, value, then) for key, value in zip(keys, frame["earlier"], strict=False)]
    return found + [""] * (len(frame) - len(found))


def _labels(keys: pd.Series[Any], dimension: Dimension, words: Words) -> Mapping[Any, str]:
    distinct = list(dict.fromkeys(keys))
    if dimension.is_time:
        return {day: period_name(day, dimension.key, words) for day in distinct}
    together = {UNKNOWN: _("Unknown"), OTHERS: _("All others"), FEW: name_of_few()}
    names = dimension.names([key for key in distinct if key not in together])
    return {key: together.get(key) or names.get(key) or str(key) for key in distinct}


def _filter_of(key: Any, split: Any, value: Any, asked: Asked, *conditions: Conditions) -> str:
    """The filter of the customer list for a row, as it stands in an address, of those for whom the conditions hold; ""
    for groups put together, and for no value."""
    question = asked.question
    if {key, split} & {OTHERS, FEW} or pd.isna(value):
        return ""
    further: dict[str, Any] = {"further": str(split)} if question.split else {}
    if question.measured.counts_customers:
        further["drawn"] = int(value)
    return behind(
        [asked.run, current_run("rfm")],
        question.among,
        *conditions,
        of="/".join(filter(None, (question.measure, question.by, question.split))),
        key=str(key),
        since=question.since,
        until=question.until,
        **further,
        **({"sunday_weeks": True} if question.sunday_weeks else {}),
    )
