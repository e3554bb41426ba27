"""Rows of single customers put in the place of those of a run that is shown; beside `analytics.publishing` the only
writer of results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from django.db import connection
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone
from numpy.typing import NDArray

from analytics import summaries
from analytics.engine import open_engine
from analytics.models import CurrentRun, Run, RunSummary, SnapshotManifest
from analytics.publishing import partition_name, previous_run
from analytics.results import TABLES
from customers.consent import take_turn
from jobs.context import JobContext


def replace_rows(
    context: JobContext, run: Run, frame: pd.DataFrame, customer_ids: Sequence[int], *, manifest: SnapshotManifest
) -> bool:
    """Put rows of `frame` in the place of those that the run has of these customers, and note which facts it has seen.

    frame: as its analysis computes it, of these customers alone. Whoever is gone by now, or objects to profiling, is
    left without a row. False, and nothing is written, if the run is not shown any more, or somebody has chosen it.
    """
    table = TABLES[run.analysis]
    partition = partition_name(table, run)
    columns = ", ".join(["run_id", *table.columns, "refreshed_at"])
    rows = _rows_of(run, frame)
    with context.fenced(), connection.cursor() as cursor:
        take_turn()
        pointers = CurrentRun.objects.select_for_update()
        if not pointers.filter(analysis=run.analysis, run=run, chosen_by=None).exists():
            return False
        alive = _hold_on_to(customer_ids)
        kept = [row for row in rows if row[1] in alive]
        cursor.execute(f"DELETE FROM {partition} WHERE customer_id = ANY(%s)", [list(customer_ids)])  # noqa: S608 - ours
        removed = cursor.rowcount
        cursor.execute("SELECT now()")
        (moment,) = cursor.fetchone()
        with cursor.copy(f"COPY {partition} ({columns}) FROM STDIN") as copy:
            for row in kept:
                copy.write_row([*row, moment])
        _note(run, manifest, customers=len(customer_ids), added=len(kept) - removed)
    return True


def replace_segments(
    context: JobContext, run: Run, members: Mapping[int, NDArray[np.int64]], *, filters: Mapping[int, Any]
) -> bool:
    """Put the members of segments that people have defined in the place of those that the run has, and note by which
    filters they were found.

    members: by the id of the segment; one of `filters` that is not in it cannot be read, and has none. Who is gone by
    now, or objects to profiling, is left out. False, and nothing is written, if the run is not shown any more, or
    somebody has chosen it.
    """
    partition = partition_name(TABLES[run.analysis], run)
    with context.fenced(), connection.cursor() as cursor:
        take_turn()
        pointers = CurrentRun.objects.select_for_update()
        if not pointers.filter(analysis=run.analysis, run=run, chosen_by=None).exists():
            return False
        cursor.execute("CREATE TEMP TABLE counted (customer_id bigint, segment_id bigint) ON COMMIT DROP")
        with cursor.copy("COPY counted FROM STDIN") as copy:
            for segment, found in members.items():
                for customer in found.tolist():
                    copy.write_row((customer, segment))
        cursor.execute(f"DELETE FROM {partition} WHERE segment_id = ANY(%s)", [list(filters)])  # noqa: S608 - ours
        removed = cursor.rowcount
        # They can be edited, but neither erased nor merged until the transaction ends.
        cursor.execute(
            f"INSERT INTO {partition} (run_id, customer_id, segment_id, refreshed_at)"  # noqa: S608 - ours
            " SELECT %s, c.id, n.segment_id, now() FROM counted n JOIN customers_customer c ON c.id = n.customer_id"
            " WHERE c.deleted_at IS NULL AND c.profiling_objected_at IS NULL ORDER BY c.id FOR KEY SHARE OF c",
            [run.pk],
        )
        added = cursor.rowcount
        cursor.execute("SELECT segment_id, count(*) FROM counted GROUP BY segment_id")
        _note_segments(run, dict.fromkeys(members, 0) | dict(cursor.fetchall()), filters)
        _sum_up(run, added=added - removed)
    return True


def _note_segments(run: Run, sizes: Mapping[int, int], filters: Mapping[int, Any]) -> None:
    kept = Run.objects.select_for_update().get(pk=run.pk)
    known = kept.metrics.get("sizes", {})
    others = {key: size for key, size in known.items() if int(key) not in filters}
    at = timezone.now().isoformat()
    Run.objects.filter(pk=run.pk).update(
        fitted={"filters": {**kept.fitted.get("filters", {}), **{str(pk): asked for pk, asked in filters.items()}}},
        metrics={
            **kept.metrics,
            "sizes": {**others, **{str(pk): size for pk, size in sizes.items()}},
            "counted_at": {**kept.metrics.get("counted_at", {}), **dict.fromkeys(map(str, sizes), at)},
            # What those were like who are no longer in it says nothing; the next recomputation describes it anew.
            "portraits": {
                key: portrait for key, portrait in kept.metrics.get("portraits", {}).items() if int(key) not in filters
            },
        },
    )


def _rows_of(run: Run, frame: pd.DataFrame) -> list[tuple[Any, ...]]:
    """As its table has them: the run, the customer, and the rest."""
    if frame.empty:
        return []
    with open_engine() as engine:
        engine.define_frame("computed", frame)
        return engine.rows(TABLES[run.analysis].select(run.pk))


def _hold_on_to(customer_ids: Sequence[int]) -> set[int]:
    """Which of these may be scored. They can be edited, but neither erased nor merged until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM customers_customer WHERE id = ANY(%s) AND deleted_at IS NULL"
            " AND profiling_objected_at IS NULL ORDER BY id FOR KEY SHARE",
            [list(customer_ids)],
        )
        return {pk for (pk,) in cursor.fetchall()}


def _note(run: Run, manifest: SnapshotManifest, *, customers: int, added: int) -> None:
    kept = Run.objects.filter(pk=run.pk)
    kept.update(refreshed_manifest=manifest, refreshed_customers=F("refreshed_customers") + customers)
    _sum_up(run, added=added)


def _sum_up(run: Run, *, added: int) -> None:
    Run.objects.filter(pk=run.pk).update(refreshed_at=Now(), row_count=F("row_count") + added)
    RunSummary.objects.filter(run=run).delete()
    partition = partition_name(TABLES[run.analysis], run)
    RunSummary.objects.bulk_create(summaries.summed_up(run, partition=partition, earlier=previous_run(run)))
