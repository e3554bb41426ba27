"""The runs that everybody sees. Nearly every page reads them: what is large of them is kept from one request to the
next, and of a run that is known as it stands in the database only the small columns are asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from django.db import connection

from analytics.models import CurrentRun, Run

LARGE = ("params", "fitted", "metrics", "distributions")

# By version. Replaced as a whole, so that threads need not wait for each other.
_kept: Mapping[str, Mapping[str, Any]] = {}


def current_runs() -> dict[str, Run]:
    """By their analysis. What is large is shared by all who read it: nobody may change it in place."""
    global _kept
    known, now, runs = _kept, {}, {}
    for run in Run.objects.raw(_statement(), [list(known)] * len(LARGE)):
        version: str = vars(run).pop("version")
        values = known.get(version) or {name: getattr(run, name) for name in LARGE}
        vars(run).update(values)
        now[version], runs[run.analysis] = values, run
    _kept = now
    return runs


@cache
def _statement() -> str:
    """Where a row lies and which transaction wrote it there: no two versions of one have both in common, not even in
    the same transaction."""
    version = "concat_ws('/', run.id, run.ctid, run.xmin)"
    small = [f"run.{field.column}" for field in Run._meta.concrete_fields if field.name not in LARGE]
    large = [f"CASE WHEN {version} = ANY(%s) THEN NULL ELSE run.{name} END AS {name}" for name in LARGE]
    tables = [connection.ops.quote_name(model._meta.db_table) for model in (Run, CurrentRun)]
    return (
        f"SELECT {version} AS version, {', '.join([*small, *large])}"  # noqa: S608  # nothing of it comes from outside
        f" FROM {tables[0]} run JOIN {tables[1]} pointer ON pointer.run_id = run.id"
    )
