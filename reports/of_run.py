"""The customers behind a mark of a chart, as a condition of filters: who they were for the runs it was drawn from.

The engine finds them in the snapshot of the first of these runs, and PostgreSQL in the results of all of them; what the
list then shows of them is of now, and of those whom the reader sees. Nothing of it depends on who asks, so the ids are
kept for all readers: a bit for each id between the first and the last.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.visibility import EVERYTHING, Sight
from analytics.filters import HELD, define_those_of_then, is_held
from analytics.many_ids import IdArray, ids_of
from analytics.models import Run
from analytics.snapshot import FilesMissing
from core.id_sets import NOBODY, Chosen, Known, negated
from core.keeping import kept
from core.templatetags.ui import day as day_words
from core.templatetags.ui import instant, number
from customers.filters import EVERYBODY, Expression, FilterError, as_json, parse
from customers.filters import values as read
from customers.filters.compiling import condition, moment_of
from customers.filters.expression import Comparison, Condition, Moment, leaves
from customers.filters.registry import registry
from customers.filters.sources import NO_ROW
from customers.models import Customer
from reports.drilling import OF_RUN
from reports.marks import Mark
from reports.members import Members
from reports.scope import Scope
from reports.semantics.dimensions import Of
from reports.semantics.facts import AskedFacts, ScopedFacts, define_is_chosen, facts_of

MOST_RUNS = 5
# Of a filter that asks what no run has kept, such as a tag, customers come and go meanwhile.
KEPT_SECONDS = 600


@dataclass(frozen=True)
class OfRun(Condition):
    """runs: that of the facts first. who: a filter as these runs answer it. mark: what of their facts counts them.
    refreshed: when rows of the runs had last been made anew when the mark was drawn ("": never), an instant. drawn: how
    many customers the mark said."""

    runs: tuple[int, ...]
    who: Expression = EVERYBODY
    mark: Mark | None = None
    refreshed: str | None = None
    drawn: int | None = None

    key = OF_RUN
    label = gettext_lazy("Behind a mark of a chart")

    @classmethod
    def parse(cls, data: Mapping[str, Any], at: str) -> Self:
        runs = data.get("runs")
        if not isinstance(runs, list) or not 1 <= len(runs) <= MOST_RUNS:
            raise FilterError(f"{at}/runs", _("This must be a list of 1 to %(limit)d values.") % {"limit": MOST_RUNS})
        numbers = tuple(read.reference(pk, f"{at}/runs/{place}") for place, pk in enumerate(runs))
        drawn = read.whole(data["drawn"], f"{at}/drawn", least=0) if "drawn" in data else None
        return cls(numbers, _who(data.get("who"), f"{at}/who"), _mark(data, at), _refreshed(data, at), drawn)

    @classmethod
    def schema(cls) -> dict[str, Any]:
        text = {"type": "string", "maxLength": read.MAX_TEXT}
        return {
            "type": "object",
            "properties": {
                "runs": {"type": "array", "items": read.REFERENCE_SCHEMA, "minItems": 1, "maxItems": MOST_RUNS},
                "who": {"type": "object"},
                **dict.fromkeys(("of", "key", "further"), text),
                **{name: {"type": "string", "format": "date"} for name in ("since", "until")},
                "sunday_weeks": {"type": "boolean"},
                "refreshed": text,
                "drawn": {"type": "integer", "minimum": 0},
            },
            "required": ["runs"],
            "additionalProperties": False,
        }

    def as_json(self) -> dict[str, Any]:
        who = {} if self.who == EVERYBODY else {"who": _without_version(as_json(self.who))}
        mark = {} if self.mark is None else {name: value for name, value in vars(self.mark).items() if value}
        days = {name: value.isoformat() for name, value in mark.items() if isinstance(value, dt.date)}
        drawing = {name: value for name in ("refreshed", "drawn") if (value := getattr(self, name)) is not None}
        return {"runs": list(self.runs), **who, **mark, **days, **drawing}

    @property
    def about(self) -> Expression | None:
        return None if self.who == EVERYBODY else self.who

    @property
    def confidential(self) -> frozenset[str]:
        return self.mark.confidential if self.mark else frozenset()

    def in_words(self) -> str:
        run = Run.objects.filter(pk=self.runs[0]).only("as_of").first()
        named = {"run": self.runs[0], "day": day_words(run.as_of) if run else "–"}
        if self.mark is None:
            return _("as run %(run)d of %(day)s knew it") % named
        return _("as run %(run)d of %(day)s knew it (%(mark)s)") % {**named, "mark": self.mark.in_words()}

    def q(self, moment: Moment) -> Q:
        members = self._members(moment)
        return members.q if members else NO_ROW

    def customers_of(self, moment: Moment, *, is_negated: bool) -> Chosen:
        members = self._members(moment)
        return Known.of(members.ids, is_negated=is_negated) if members else negated(NOBODY) if is_negated else NOBODY

    def remarks(self, sight: Sight) -> Sequence[str]:
        members = self._members(moment_of())
        if members is None:
            return [_("What this chart was drawn from is not kept any more: open the chart again.")]
        everybody, unlisted = _counted(members, sight)
        words = ngettext("%(count)s customer then", "%(count)s customers then", everybody)
        said = [words % {"count": number(everybody)}]
        if unlisted:
            words = ngettext(
                "%(count)s of them is archived or deleted", "%(count)s of them are archived or deleted", unlisted
            )
            said.append(words % {"count": number(unlisted)})
        return [*said, *self._made_anew(everybody)]

    def _made_anew(self, now: int) -> Iterator[str]:
        """Of each run whose results are asked for and have been brought up to date since the mark was drawn."""
        if self.refreshed is None or not self._asks_results:
            return
        known_at = dt.datetime.fromisoformat(self.refreshed) if self.refreshed else None
        for run in Run.objects.filter(pk__in=self.runs, refreshed_at__isnull=False).only("refreshed_at").order_by("pk"):
            if run.refreshed_at is None or (known_at and run.refreshed_at <= known_at):
                continue
            facts = {"run": run.pk, "moment": instant(run.refreshed_at), "count": number(now)}
            if self.drawn is None:
                words = _("run %(run)d was brought up to date at %(moment)s, after this had been drawn")
            else:
                facts["drawn"] = number(self.drawn)
                words = _(
                    "run %(run)d was brought up to date at %(moment)s, after this had been drawn:"
                    " the chart counted %(drawn)s, by now they are %(count)s"
                )
            yield words % facts

    @property
    def _asks_results(self) -> bool:
        if self.mark and (self.mark.of_results or any(each.of is Of.SCORES for each, _value in self.mark.divisions)):
            return True
        asked = [
            leaf.field for _at, leaf in leaves(self.who) if isinstance(leaf, Comparison) and leaf.field not in HELD
        ]
        return any(field.startswith("rfm.") or registry.as_of(field) for field in asked)

    def _members(self, moment: Moment) -> Members | None:
        """None where facts or results are gone."""
        runs = Run.objects.filter(pk__in=self.runs, status=Run.Status.PUBLISHED).select_related("manifest")
        found = {run.pk: run for run in runs}
        if len(found) < len(self.runs):
            return None
        if self.mark and self.mark.of_results and not self.mark.of_results.is_kept(self.mark.key):
            return None
        named = [found[pk] for pk in self.runs]
        states = [(run.pk, run.finished_at, run.refreshed_at) for run in named]
        asked = [OF_RUN, states, repr(self.who), self.mark, moment.today]
        try:
            return kept(asked, lambda: Members.of(_found(self, named, moment)), seconds=KEPT_SECONDS)
        except FilesMissing:
            return None


def _who(data: Any, at: str) -> Expression:
    if data is None:
        return EVERYBODY
    try:
        # Within each other they would be read one within the other, as deep as a text is long.
        if repr(data).count(OF_RUN) > MOST_RUNS:
            raise FilterError(at, _("Conditions are nested more than %(limit)d deep.") % {"limit": MOST_RUNS})
        return parse(data)
    except RecursionError:
        raise FilterError(at, _("Conditions are nested more than %(limit)d deep.") % {"limit": MOST_RUNS}) from None
    except FilterError as error:
        raise FilterError(f"{at}{error.path}" if not error.path.startswith(at) else error.path, error.message) from None


def _mark(data: Mapping[str, Any], at: str) -> Mark | None:
    if "of" not in data:
        return None
    of, key, further = (_text(data, name, at) for name in ("of", "key", "further"))
    since, until = (_day(data, name, at) for name in ("since", "until"))
    sunday_weeks = read.truth(data.get("sunday_weeks", False), f"{at}/sunday_weeks")
    mark = Mark(of, key, since, until, further, sunday_weeks=sunday_weeks)
    if not mark.is_known:
        raise FilterError(f"{at}/of", _("No chart has such a mark."))
    return mark


def _refreshed(data: Mapping[str, Any], at: str) -> str | None:
    if "refreshed" not in data:
        return None
    text = _text(data, "refreshed", at)
    try:
        is_instant = not text or dt.datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        is_instant = False
    if not is_instant:
        raise FilterError(f"{at}/refreshed", _("Write an instant as 2026-01-31T12:00:00Z."))
    return text


def _text(data: Mapping[str, Any], name: str, at: str) -> str:
    found = data.get(name, "")
    if not isinstance(found, str):
        raise FilterError(f"{at}/{name}", _("This must be text."))
    return found


def _day(data: Mapping[str, Any], name: str, at: str) -> dt.date:
    found = read.day(data.get(name), f"{at}/{name}")
    if not isinstance(found, dt.date):
        raise FilterError(f"{at}/{name}", _("Write the day as 2025-01-31."))
    return found


def _without_version(said: Mapping[str, Any]) -> dict[str, Any]:
    return {name: part for name, part in said.items() if name != "version"}


def _found(asked: OfRun, runs: Sequence[Run], moment: Moment) -> IdArray:
    # Of two runs of one analysis the first is asked.
    then = replace(moment, runs={**moment.runs, **{run.analysis: run.pk for run in reversed(runs)}})
    if asked.mark and asked.mark.of_results:
        mark = asked.mark.of_results
        counted = mark.customers(then.runs.get(mark.analysis, 0), asked.mark.key)
        if asked.who == EVERYBODY:
            return counted
        among = _found(replace(asked, mark=None), runs, moment)
        return np.intersect1d(counted, among, assume_unique=True)
    if asked.mark is None and not is_held(asked.who):
        return ids_of(Customer.objects.filter(condition(asked.who, then)))
    of_facts = runs[0]
    if of_facts.manifest is None:
        raise FilesMissing(f"run {of_facts.pk} has no snapshot")
    with facts_of(of_facts, EVERYBODY, EVERYTHING) as facts:
        if asked.mark and asked.who == EVERYBODY:
            return _marked(asked, asked.mark, facts, of_facts, then)
        define_those_of_then(facts.engine, "those_of_then", asked.who, then, manifest=facts.manifest)
        ids = facts.engine.numbers("SELECT customer_id FROM those_of_then")
        if asked.mark is None:
            return ids
        return _marked(asked, asked.mark, replace(facts, mask=define_is_chosen(facts.engine, ids)), of_facts, then)


def _marked(asked: OfRun, mark: Mark, facts: AskedFacts, of_facts: Run, then: Moment) -> IdArray:
    scope = Scope(mark.since, mark.until, among=asked.who, sunday_weeks=mark.sunday_weeks)
    return mark.customers(ScopedFacts(facts, scope, EVERYTHING, of_facts.as_of), scores=then.runs.get("rfm"))


def _counted(members: Members, sight: Sight) -> tuple[int, int]:
    """How many of them the person may know of, and how many of these stand in no list."""
    if sight.sees_all:
        # An index has the ones, and another the others.
        unlisted = Customer.objects.filter(deleted_at__isnull=False), Customer.objects.archived()
        return members.count, sum(members.holding(ids_of(each)) for each in unlisted)
    seen = Customer.objects.visible_to(sight).filter(members.q)
    everybody = seen.count()
    return everybody, everybody - seen.live().count()
