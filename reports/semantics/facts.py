"""The facts of a run as one person may ask them, of those customers whom a filter chooses."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from threading import RLock
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from accounts.models import Confidential
from accounts.visibility import Sight
from analytics import visible_part
from analytics.engine import Engine
from analytics.filters import customer_ids
from analytics.models import Run
from analytics.snapshot import open_facts
from customers.filters import EVERYBODY, Expression
from reports.keeping import kept

if TYPE_CHECKING:
    from reports.scope import Scope

# Of the engine: a web server has many processes, and what does not fit goes through files.
MEMORY = "160MB"
# An engine takes every core there is: two in one process take the memory of two and are no faster.
_one_at_a_time = RLock()
KEPT_SECONDS = 60
# Whoever does not see a field of single customers does not see groups of fewer than this either.
FEWEST_OF_A_GROUP = 5


@contextmanager
def facts_of(run: Run, among: Expression, sight: Sight) -> Iterator[Engine]:
    """Tables of `analytics.snapshot_tables`, of the customers whom the person sees; `chosen` has those of the filter.
    Raises what `analytics.filters.customer_ids` and `analytics.snapshot.open_facts` raise."""
    assert run.manifest is not None  # noqa: S101 - see answers.newest_facts
    seen = visible_part.customer_ids(sight) if among == EVERYBODY and not sight.sees_all else None
    with _one_at_a_time, open_facts(run.manifest, among=seen, memory=MEMORY) as engine:
        if among != EVERYBODY:
            engine.define_frame("chosen", pd.DataFrame({"customer_id": _chosen(engine, run, among, sight)}))
        yield engine


def _chosen(engine: Engine, run: Run, among: Expression, sight: Sight) -> NDArray[np.int64]:
    """Kept for the charts of one page, which ask one after the other; for each person, whose search may be logged."""
    asked = ["chosen", sight.user_id, sight.key, run.pk, run.finished_at, repr(among)]
    return kept(asked, lambda: customer_ids(engine, among, sight=sight), seconds=KEPT_SECONDS)


def is_chosen(among: Expression, of: str) -> str:
    """Condition on the customer `of` a row, as in "o.customer_id"."""
    return "TRUE" if among == EVERYBODY else f"{of} IN (SELECT customer_id FROM chosen)"  # noqa: S608 - ours


def hides_few(sight: Sight) -> bool:
    """Whether groups of few would tell the person what is hidden from them. Numbers that are encrypted are hidden from
    nearly everybody, and in no division."""
    return bool(sight.masked - {Confidential.SENSITIVE})


@dataclass(frozen=True)
class ScopedFacts:
    """What a chart of a report is computed from. Statements ask `engine` for tables of the snapshot and put
    `{facts.chosen("o.customer_id")}` into their conditions; `$since` and `$until` are the days of the scope."""

    engine: Engine
    scope: Scope
    sight: Sight
    as_of: dt.date

    def chosen(self, of: str) -> str:
        return is_chosen(self.scope.among, of)

    @property
    def days(self) -> dict[str, dt.date]:
        """What statements call $since and $until, the days of the scope, and $as_of, the last one that facts know."""
        return {"since": self.scope.since, "until": self.scope.until, "as_of": self.as_of}

    def frame(self, sql: str, **params: Any) -> pd.DataFrame:
        """Rows of a statement; `days` are there for those that name them."""
        return self.engine.frame(sql, self._named(sql, params))

    def define(self, name: str, sql: str, **params: Any) -> None:
        """Let later statements select from `name` what `sql` says, computed once."""
        self.engine.define(name, sql, self._named(sql, params))

    def _named(self, sql: str, params: Mapping[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in {**self.days, **params}.items() if f"${name}" in sql}
