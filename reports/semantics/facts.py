"""The facts of a run as one person may ask them, of those customers whom a filter chooses."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from accounts.models import Confidential
from accounts.visibility import EVERYTHING, Sight
from analytics import visible_part
from analytics.engine import Engine
from analytics.filters import customer_ids
from analytics.many_ids import IdArray
from analytics.models import Run, SnapshotManifest
from analytics.snapshot import FilesMissing, define_table, open_facts
from analytics.snapshot_columns import (
    ANY,
    COLUMNS,
    MOST_IDS,
    Mask,
    NoColumns,
    Wanted,
    define_chosen,
    mask_of,
    packed,
    unpacked,
)
from analytics.snapshot_tables import EVENTS, LINES, ORDERS
from core.keeping import kept
from customers.filters import EVERYBODY, Expression
from reports.semantics.seats import Seats

if TYPE_CHECKING:
    from reports.scope import Scope

# Of the engine: a web server has many processes, and what does not fit goes through files.
MEMORY, MEMORY_OF_THE_SECOND = "130MB", "100MB"
# While one looks rows up or draws, the other computes; a third would take the memory of three and be no faster.
_seats = Seats(2)
KEPT_SECONDS = 60
# Whoever does not see a field of single customers does not see groups of fewer than this either.
FEWEST_OF_A_GROUP = 5


@dataclass(frozen=True)
class AskedFacts:
    """Tables of `analytics.snapshot_tables`, of the customers whom the person sees; `is_chosen(id)` is true of those of
    the filter.

    mask: the same over their ids; None where there is no filter, or none that a mask can hold. are_all: whether they
    are all whom the facts know, and what nobody known has done as well.
    """

    engine: Engine
    manifest: SnapshotManifest
    mask: Mask | None = None
    are_all: bool = False

    @property
    def whom(self) -> Mask:
        """Of whose facts columns are to be taken. Raises NoColumns."""
        mask = ANY if self.are_all else self.mask
        if mask is None:
            raise NoColumns
        return mask

    def chosen(self, of: str) -> str:
        """Condition on the customer `of` a row, where there is a mask or all are asked for."""
        return "TRUE" if self.are_all else f"is_chosen({of})"

    def only(self, *wanted: Wanted, mask: Mask | None = None) -> None:
        """From now on these tables have at least those of their rows that are wanted of the chosen customers, or of
        those of another `mask`, and may lack all others. Statements say whom they are about all the same."""
        mask = self.mask if mask is None else mask
        if mask is None:
            return
        for each in wanted:
            if not define_chosen(self.engine, self.manifest, mask, each):
                # It may hold what was wanted before.
                define_table(self.engine, self.manifest, each.table)


@contextmanager
def facts_of(run: Run, among: Expression, sight: Sight) -> Iterator[AskedFacts]:
    """Raises what `analytics.filters.customer_ids` and `analytics.snapshot.open_facts` raise."""
    assert run.manifest is not None  # noqa: S101 - see answers.newest_facts
    seen = visible_part.customer_ids(sight) if among == EVERYBODY and not sight.sees_all else None
    with (
        _seats.taken() as is_first,
        open_facts(run.manifest, among=seen, memory=MEMORY if is_first else MEMORY_OF_THE_SECOND) as engine,
    ):
        if not is_first:
            engine.execute("SET threads = 1")
        if among == EVERYBODY:
            yield AskedFacts(engine, run.manifest, are_all=sight.sees_all)
            return
        mask = define_is_chosen(engine, _chosen(engine, run, among, sight))
        yield AskedFacts(engine, run.manifest, mask)


@contextmanager
def facts_about(run: Run, ids: IdArray) -> Iterator[Engine]:
    """The facts about few customers alone. Raises FilesMissing."""
    if run.manifest is None:
        raise FilesMissing(f"run {run.pk} has no snapshot")
    mask, among = mask_of(ids), pd.DataFrame({"customer_id": ids}, copy=False)
    with (
        _seats.taken() as is_first,
        open_facts(run.manifest, among=among, memory=MEMORY if is_first else MEMORY_OF_THE_SECOND) as engine,
    ):
        if mask is not None:
            for table in (ORDERS, LINES, EVENTS):
                columns = [name for name in table.types if name in COLUMNS[table.name]]
                define_chosen(engine, run.manifest, mask, Wanted(table, dt.date.min, dt.date.max, columns))
        yield engine


def define_is_chosen(engine: Engine, ids: IdArray) -> Mask | None:
    """Let statements ask `is_chosen(id)` of these customers; the mask of their ids, where one can hold them."""
    mask = mask_of(ids)
    if mask is None:
        engine.define_frame("chosen", pd.DataFrame({"customer_id": ids}, copy=False))
        engine.define_is_of("is_chosen", "SELECT customer_id FROM chosen")
    else:
        engine.define_is_in("is_chosen", mask)
    return mask


def _everybody(engine: Engine) -> Mask | None:
    """A mask of all customers that the facts know. Its last place, unlike that of others, is that of any larger id, so
    that nobody is left out unseen."""
    [(last,)] = engine.rows("SELECT COALESCE(MAX(customer_id), 0) FROM customer_dim")
    if last >= MOST_IDS:
        return None
    mask = np.ones(last + 2, dtype=np.bool_)
    mask[0] = False
    return mask


def ids_of_filter(run: Run, among: Expression, sight: Sight) -> IdArray:
    """Of those whom a filter chooses, in order, where nothing else is asked of the facts. Raises as `facts_of`."""

    def made() -> IdArray:
        with facts_of(run, EVERYBODY, EVERYTHING) as facts:
            return customer_ids(facts.engine, among, sight=sight, manifest=run.manifest)

    return _kept_ids(run, among, sight, made)


def _chosen(engine: Engine, run: Run, among: Expression, sight: Sight) -> IdArray:
    return _kept_ids(run, among, sight, lambda: customer_ids(engine, among, sight=sight, manifest=run.manifest))


def _kept_ids(run: Run, among: Expression, sight: Sight, make: Callable[[], IdArray]) -> IdArray:
    """For the charts of one page, which ask one after the other; for each person, whose search may be logged."""
    asked = ["chosen", sight.user_id, sight.key, run.pk, run.finished_at, repr(among)]
    return unpacked(kept(asked, lambda: packed(make()), seconds=KEPT_SECONDS))


def is_chosen(among: Expression, of: str) -> str:
    """Condition on the customer `of` a row, as in "o.customer_id"."""
    return "TRUE" if among == EVERYBODY else f"is_chosen({of})"


def were_there(customer: str) -> str:
    """Condition on the customers as in "c": who was there on the day $known_by; of whom that is unknown, always was."""
    return f"({customer}.since_date IS NULL OR {customer}.since_date <= $known_by)"


def hides_few(sight: Sight) -> bool:
    """Whether groups of few would tell the person what is hidden from them. Numbers that are encrypted are hidden from
    nearly everybody, and in no division."""
    return bool(sight.masked - {Confidential.SENSITIVE})


@dataclass(frozen=True)
class ScopedFacts:
    """What a chart of a report is computed from. Statements ask `engine` for tables of the snapshot and put
    `{facts.chosen("o.customer_id")}` into their conditions; `$since` and `$until` are the days of the scope. known_by:
    the day on which the customers were there already; None of those of now."""

    facts: AskedFacts
    scope: Scope
    sight: Sight
    as_of: dt.date
    known_by: dt.date | None = None

    @property
    def engine(self) -> Engine:
        return self.facts.engine

    @property
    def mask(self) -> Mask | None:
        """Of the chosen; None where no mask can hold them, or the engine alone knows whom the person sees."""
        if self.scope.is_of_all and self.sight.sees_all:
            return _everybody(self.engine)
        return self.facts.mask

    def chosen(self, of: str) -> str:
        return is_chosen(self.scope.among, of)

    def are_there(self, customer: str) -> str:
        """Condition on the customers as in "c": who is live, and was there already."""
        return f"{customer}.is_live" if self.known_by is None else f"{customer}.is_live AND {were_there(customer)}"

    @property
    def days(self) -> dict[str, dt.date]:
        """What statements call $since and $until, the days of the scope, $as_of, the last one that facts know, and
        $known_by, if there is one."""
        known = {} if self.known_by is None else {"known_by": self.known_by}
        return {"since": self.scope.since, "until": self.scope.until, "as_of": self.as_of, **known}

    def only(self, *wanted: Wanted, mask: Mask | None = None) -> None:
        """See `AskedFacts.only`."""
        self.facts.only(*wanted, mask=mask)

    def frame(self, sql: str, **params: Any) -> pd.DataFrame:
        """Rows of a statement; `days` are there for those that name them."""
        return self.engine.frame(sql, self._named(sql, params))

    def define(self, name: str, sql: str, **params: Any) -> None:
        """Let later statements select from `name` what `sql` says, computed once."""
        self.engine.define(name, sql, self._named(sql, params))

    def _named(self, sql: str, params: Mapping[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in {**self.days, **params}.items() if f"${name}" in sql}
