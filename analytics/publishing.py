"""The only writer of results, and how others read them.

A run's rows go into a partition of their own that nobody sees: filled by COPY, then indexed. One short transaction
under the job's fence attaches it and moves the pointer `CurrentRun`, so readers see the old run or the new one, whole.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd
from django.db import connection, transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from psycopg import sql

from accounts.models import User
from analytics import champions, judged_customers, kept_runs, run_columns, summaries
from analytics.algorithms.drift import distributions
from analytics.drift_words import OTHER_MODEL, OTHER_PARAMETERS
from analytics.emerged_groups import tell_of_emerged
from analytics.engine import Engine, open_engine
from analytics.models import CurrentRun, CustomerResult, LearnedModel, Run, RunSummary
from analytics.results import TABLES, Computed, ResultTable
from core.once_a_request import once_a_request
from customers.consent import take_turn
from customers.models import Customer
from jobs import memory
from jobs.context import JobContext, as_json
from jobs.errors import JobError

EVER = dt.datetime.min.replace(tzinfo=dt.UTC)

# --- reading ----------------------------------------------------------------------------------------------------------


def current_run(analysis: str) -> Run | None:
    """The run that everybody sees, or None if the analysis has published nothing yet."""
    return current_runs().get(analysis)


@once_a_request
def current_runs() -> dict[str, Run]:
    """The run that everybody sees of each analysis that has published. Its values are read, never changed in place."""
    return kept_runs.current_runs()


def current_run_id(analysis: str) -> int | None:
    return CurrentRun.objects.filter(analysis=analysis).values_list("run_id", flat=True).first()


def previous_run(run: Run) -> Run | None:
    """The run of the same analysis that was published before this one, if its rows are still kept."""
    return Run.objects.filter(analysis=run.analysis, status=Run.Status.PUBLISHED, pk__lt=run.pk).order_by("-pk").first()


def result_frame(run: Run, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """The rows of a run in the order of their key. A page that needs sums asks the database for them instead."""
    table = TABLES[run.analysis]
    wanted = list(columns or table.columns)
    rows = table.model._default_manager.filter(run_id=run.pk).order_by("pk").values_list(*wanted)
    return pd.DataFrame.from_records(list(rows.iterator(chunk_size=20_000)), columns=wanted)


def as_csv(run: Run) -> Iterator[str]:
    """The rows of a run in the order of their key, with a line of names, in blocks of text."""
    table = TABLES[run.analysis]
    rows = f"SELECT {', '.join(table.columns)} FROM {table.name} WHERE run_id = {run.pk} ORDER BY {table.key}"  # noqa: S608
    with connection.cursor() as cursor, cursor.copy(f"COPY ({rows}) TO STDOUT WITH (FORMAT csv, HEADER)") as copy:
        for block in copy:
            yield bytes(block).decode()


# --- writing ----------------------------------------------------------------------------------------------------------


def publish(context: JobContext, run: Run, computed: Computed, *, checkpoint: Mapping[str, Any]) -> None:
    """Make the rows of `computed` the current ones of the run's analysis, and save the job's checkpoint with that.

    Killed before the last transaction, it leaves a table that `analytics.collection` drops. If the attempt is no longer
    the current one, LeaseLost is raised and nothing is published.
    """
    table = TABLES[run.analysis]
    partition = partition_name(table, run)
    with open_engine() as engine:
        rows = _fill(engine, partition, table, run, computed.frame)
        rows -= _remove_objectors(partition, table, run)
        columns = run_columns.write_first(engine, run, partition)
    _index(partition, table)
    earlier = previous_run(run)
    sums = summaries.summed_up(run, partition=partition, earlier=earlier)
    counted = _distributions(run, computed, earlier)
    with context.fenced(), connection.cursor() as cursor:
        take_turn()  # whoever objects at this moment waits, or is seen
        # CHECK (run_id = N) on the partition proves that its rows belong there, so nothing is scanned.
        cursor.execute(f"ALTER TABLE {table.name} ATTACH PARTITION {partition} FOR VALUES IN ({run.pk})")
        # Who has objected while the sums were made; attached, it notes whom the columns still have.
        rows -= _remove_objectors(partition, table, run)
        run_columns.show(run, columns)
        _close(run, Run.Status.PUBLISHED, computed, row_count=rows, counted=counted)
        RunSummary.objects.bulk_create(sums)
        if computed.learned:
            LearnedModel.objects.create(run=run, content=as_json(computed.learned))
        if computed.judged is not None:
            judged_customers.keep(computed.judged, run=run)
        tell_of_emerged(run, sums)
        CurrentRun.objects.update_or_create(
            analysis=run.analysis, defaults={"run": run, "published_at": Now(), "chosen_by": None}
        )
        context.save_checkpoint(checkpoint)


def withhold(context: JobContext, run: Run, computed: Computed, *, checkpoint: Mapping[str, Any]) -> None:
    """Keep what was found out, with the reason in words, and leave the last good run in place."""
    counted = _distributions(run, computed, previous_run(run))
    with context.fenced():
        _close(run, Run.Status.WITHHELD, computed, row_count=0, counted=counted)
        context.save_checkpoint(checkpoint)


def fail(context: JobContext, run: Run, error: str) -> None:
    """Say on the run why it came to nothing; the last good run stays in place."""
    with context.fenced():
        Run.objects.filter(pk=run.pk).update(
            status=Run.Status.FAILED, error=error, finished_at=Now(), peak_memory_mb=memory.peak_mb()
        )


def give_up(*runs: Run) -> None:
    """Say that nothing comes of these any more. Needs no fence: a run belongs to one attempt alone."""
    Run.objects.filter(pk__in=[run.pk for run in runs], status=Run.Status.COMPUTING).update(
        status=Run.Status.FAILED, error=_("The attempt was broken off."), finished_at=Now()
    )


def roll_back(*, analysis: str, run: Run, by: User) -> None:
    """Show an earlier run to everybody, until the next recomputation publishes a newer one."""
    with transaction.atomic():
        # Locked, so that it is not collected at the same moment.
        row = Run.objects.select_for_update().get(pk=run.pk)
        if row.analysis != analysis or row.status != Run.Status.PUBLISHED:
            raise JobError(_("Run %(run)s cannot be shown: its rows are not kept.") % {"run": run.pk})
        CurrentRun.objects.update_or_create(
            analysis=analysis, defaults={"run": row, "published_at": Now(), "chosen_by": by}
        )


def partition_name(table: ResultTable, run: Run) -> str:
    return f"{table.name}_r{run.pk}"


def _fill(engine: Engine, partition: str, table: ResultTable, run: Run, frame: pd.DataFrame) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {partition} (LIKE {table.name} INCLUDING DEFAULTS, CHECK (run_id = {run.pk}))")
    return engine.append_to_postgres(partition, ["run_id", *table.columns], table.select(run.pk), computed=frame)


def take_out_of_others(partition: str, table: ResultTable, customer_ids: Sequence[int]) -> None:
    """Of the rows about other customers: by a scan, which few erasures and objections are worth an index for."""
    if not table.other_customers or not customer_ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            sql.SQL(
                "UPDATE {table} SET {ids} = (SELECT coalesce(array_agg(pk ORDER BY place), '{{}}')"
                " FROM unnest({ids}) WITH ORDINALITY AS t(pk, place) WHERE pk <> ALL(%(gone)s::bigint[]))"
                " WHERE {ids} && %(gone)s::bigint[]"
            ).format(table=sql.Identifier(partition), ids=sql.Identifier(table.other_customers)),
            {"gone": list(customer_ids)},
        )


def _remove_objectors(partition: str, table: ResultTable, run: Run) -> int:
    """Take out who has objected to profiling since the snapshot; returns how many rows that were."""
    if not issubclass(table.model, CustomerResult):
        return 0
    objectors = Customer.objects.filter(profiling_objected_at__gte=run.manifest.created_at if run.manifest else EVER)
    take_out_of_others(partition, table, list(objectors.values_list("pk", flat=True)))
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM {partition} WHERE customer_id IN"  # noqa: S608 - a name of ours
            " (SELECT id FROM customers_customer WHERE profiling_objected_at IS NOT NULL)"
        )
        removed: int = cursor.rowcount
    return removed


def _index(partition: str, table: ResultTable) -> None:
    """What the parent is indexed by, made after the rows are there: half the time, and attaching then makes nothing."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indisprimary, substring(pg_get_indexdef(indexrelid) FROM 'USING .*') FROM pg_index"
            " WHERE indrelid = %s::regclass ORDER BY indisprimary DESC, indexrelid",
            [table.name],
        )
        for is_primary, definition in cursor.fetchall():
            if is_primary:
                cursor.execute(f"ALTER TABLE {partition} ADD PRIMARY KEY {definition.removeprefix('USING btree ')}")
            else:
                cursor.execute(f"CREATE INDEX ON {partition} {definition}")
        # So an index alone tells from the first list on who is in it; within a transaction that cannot be.
        cursor.execute(f"{'ANALYZE' if connection.in_atomic_block else 'VACUUM (ANALYZE)'} {partition}")


def _distributions(run: Run, computed: Computed, earlier: Run | None) -> dict[str, Any]:
    """Where the values lie, beside the run before as far as both can be compared: a score by another model moves with
    the model, and by other parameters everything may."""
    known = earlier.distributions.get("columns", {}) if earlier else {}
    why: dict[str, str] = {}
    if earlier is not None and earlier.params != run.params:
        why = dict.fromkeys(known, OTHER_PARAMETERS)
    elif earlier is not None and _model(run, computed) != champions.names_of(earlier):
        why = {name: OTHER_MODEL for name in known if name in champions.SCORES}
    counted = distributions(computed.watched, {name: column for name, column in known.items() if name not in why})
    columns = {name: {**column, "why": why[name]} if name in why else column for name, column in counted.items()}
    return {"earlier": earlier.pk if earlier else None, "columns": columns}


def _model(run: Run, computed: Computed) -> tuple[str, ...]:
    return champions.names(run.analysis, fitted=computed.fitted, metrics=computed.metrics)


def _close(run: Run, status: Run.Status, computed: Computed, *, row_count: int, counted: dict[str, Any]) -> None:
    Run.objects.filter(pk=run.pk).update(
        status=status,
        fitted=as_json(computed.fitted),
        metrics=as_json(computed.metrics),
        distributions=as_json(counted),
        error=computed.withheld,
        row_count=row_count,
        finished_at=Now(),
        peak_memory_mb=memory.peak_mb(),
    )
