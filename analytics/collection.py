"""What nobody can need any more is removed: rows of old runs, files of old snapshots, leavings of dead attempts.

Nothing that a live job is making is touched. What goes is first marked as gone, so that breaking off anywhere does no
harm: the next collection removes what is left.
"""

from __future__ import annotations

import datetime as dt
import logging
import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from django.db import Error, connection, transaction
from django.utils import timezone

from analytics import earlier_runs, judged_customers, kept_samples, run_columns, summaries
from analytics.engine import SPILL, facts_folder
from analytics.forecasts import awaited_runs
from analytics.models import CurrentRun, LearnedModel, Run, RunSummary, SnapshotManifest
from analytics.publishing import give_up, previous_run
from analytics.results import TABLES as RESULT_TABLES
from analytics.snapshot_columns import with_columns
from analytics.snapshot_files import BUILDING, SUMS, attempt_of, paths, sum_paths
from analytics.snapshot_tables import TABLES as FACT_TABLES
from jobs.models import Job
from jobs.status import LIVE, Status

logger = logging.getLogger(__name__)

KEPT_RUNS = 10
KEPT_SNAPSHOTS = 3
ABANDONED_SECONDS = 86_400
REMEMBERED = dt.timedelta(days=7)
# If the weekly run does not come, nights do without what it has learned after so long.
LEARNED_LASTS = dt.timedelta(days=14)
# Whoever reads old rows is not waited for longer, nor made to wait.
LOCK_TIMEOUT = "5s"


def collect() -> None:
    """Remove what can go. A failure is logged: it spoils no recomputation, and the next one tries again."""
    for part in (
        close_dead_runs,
        keep_sums,
        collect_runs,
        collect_run_columns,
        keep_samples_of_older_runs,
        collect_models,
        collect_judged_customers,
        drop_partitions,
        collect_snapshots,
        remove_files,
    ):
        try:
            part()
        except (Error, OSError):
            logger.warning("%s broke off", part.__name__, exc_info=True)


def close_dead_runs() -> None:
    """Runs whose job ended without a word about them."""
    give_up(*Run.objects.filter(status=Run.Status.COMPUTING).exclude(job__status__in=LIVE))


def keep_sums() -> None:
    """Those that are made when somebody first asks, as long as the rows are there, of the runs that keep their sums."""
    for analysis in earlier_runs.COMPARED:
        kept = earlier_runs.kept_with_sums(analysis) | earlier_runs.kept_with_rows(analysis)
        for run in Run.objects.filter(pk__in=kept - _newest(analysis), status=Run.Status.PUBLISHED):
            summaries.complete(run)


def collect_runs() -> None:
    """Published runs of each analysis but the newest ones, the one that is shown, those still to be compared with what
    comes, and those that later ones are compared with."""
    for analysis in RESULT_TABLES:
        with transaction.atomic():
            shown = CurrentRun.objects.filter(analysis=analysis).values("run_id")
            kept = _newest(analysis) | awaited_runs(analysis) | earlier_runs.kept_with_rows(analysis)
            # Locked against a roll-back to one of them at this moment.
            rows = Run.objects.filter(analysis=analysis, status__in=Run.WITH_ROWS)
            old = list(rows.exclude(pk__in=kept).exclude(pk__in=shown).select_for_update())
            Run.objects.filter(pk__in=[run.pk for run in old]).update(status=Run.Status.COLLECTED)
            without_rows = RunSummary.objects.filter(run__analysis=analysis, run__status=Run.Status.COLLECTED)
            without_rows.exclude(run__in=earlier_runs.kept_with_sums(analysis)).delete()


def collect_run_columns() -> None:
    """But of what is shown, and what was before: whoever rolls back to it does not wait."""
    shown = [pointer.run for pointer in CurrentRun.objects.select_related("run")]
    kept = (*shown, *filter(None, map(previous_run, shown)))
    run_columns.collect(kept_runs=[run.pk for run in kept])


def keep_samples_of_older_runs() -> None:
    """Of those that keep rows and are not among the newest."""
    for analysis in RESULT_TABLES:
        older = (awaited_runs(analysis) | earlier_runs.kept_with_rows(analysis)) - _newest(analysis)
        kept_samples.keep_samples(analysis, older, lock_timeout=LOCK_TIMEOUT)


def _newest(analysis: str) -> set[int]:
    published = Run.objects.filter(analysis=analysis, status=Run.Status.PUBLISHED).order_by("-pk")
    return set(published.values_list("pk", flat=True)[:KEPT_RUNS])


def collect_models() -> None:
    """What no night applies any more."""
    LearnedModel.objects.filter(run__started_at__lt=timezone.now() - LEARNED_LASTS).delete()


def collect_judged_customers() -> None:
    """But those that charts are drawn from, or may be rolled back to."""
    judged_customers.collect(kept_outcomes=KEPT_RUNS)


def drop_partitions() -> None:
    """The rows of runs that are neither shown nor to come."""
    for table in RESULT_TABLES.values():
        # The partitions first: each had a run before it was there.
        partitions = dict(_partitions(table.name))
        needed = Run.objects.filter(pk__in=partitions, status__in=[*Run.WITH_ROWS, Run.Status.COMPUTING])
        for run_id in needed.values_list("pk", flat=True):
            del partitions[run_id]
        for partition, is_attached, is_pending in partitions.values():
            _drop(table.name, partition, is_attached=is_attached, is_pending=is_pending)


def collect_snapshots() -> None:
    """Snapshots but the newest, those behind what is shown now and was before, and those of live jobs."""
    ready = SnapshotManifest.objects.filter(status=SnapshotManifest.Status.READY)
    newest = list(ready.order_by("-pk").values_list("pk", flat=True)[:KEPT_SNAPSHOTS])
    shown = [pointer.run for pointer in CurrentRun.objects.select_related("run")]
    before = [previous_run(run) for run in shown]
    behind = [seen for run in (*shown, *before) if run for seen in (run.manifest_id, run.refreshed_manifest_id) if seen]
    (
        SnapshotManifest.objects.exclude(status=SnapshotManifest.Status.COLLECTED)
        .exclude(job__status__in=LIVE)
        .exclude(pk__in=[*newest, *behind])
        .update(status=SnapshotManifest.Status.COLLECTED, files={})
    )
    # Refreshes make two a minute; those that no run was computed on are of no interest for long.
    SnapshotManifest.objects.filter(
        status=SnapshotManifest.Status.COLLECTED, runs=None, created_at__lt=timezone.now() - REMEMBERED
    ).delete()


def remove_files() -> None:
    """Files of snapshots that no manifest names."""
    # In this order: what an attempt made ready after it was seen here, it named before it ended.
    files = list(written_files())
    folders = list((facts_folder() / BUILDING).glob("j*a*"))
    working = set(Job.objects.filter(status=Status.RUNNING).values_list("pk", "attempt"))
    named = set(_named_files())
    for path in files:
        if path not in named and attempt_of(path.stem) not in working:
            path.unlink(missing_ok=True)
    for folder in folders:
        if attempt_of(folder.name) not in working:
            shutil.rmtree(folder, ignore_errors=True)
    for folder in (facts_folder() / SPILL).glob("*"):
        if time.time() - folder.stat().st_mtime > ABANDONED_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)


def _named_files() -> Iterator[Path]:
    for manifest in SnapshotManifest.objects.filter(status=SnapshotManifest.Status.READY):
        yield from files_of(manifest)


def files_of(manifest: SnapshotManifest) -> Iterator[Path]:
    """All that it names, and what may lie beside."""
    for table in FACT_TABLES:
        yield from with_columns(paths(manifest.files, table))
    yield from sum_paths(manifest.files)


def written_files() -> Iterator[Path]:
    """Of all snapshots that are or were."""
    for folder in (*(table.name for table in FACT_TABLES), SUMS):
        yield from (facts_folder() / folder).glob("*.*")


def _partitions(table: str) -> Iterator[tuple[int, tuple[str, bool, bool]]]:
    """Run, and name, whether attached, whether a detachment was broken off, of each partition of a table of results."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname, i.inhrelid IS NOT NULL, coalesce(i.inhdetachpending, FALSE)"
            " FROM pg_class c LEFT JOIN pg_inherits i ON i.inhrelid = c.oid"
            " WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace AND c.relname LIKE %s",
            [f"{table}\\_r%"],
        )
        for name, is_attached, is_pending in cursor.fetchall():
            if match := re.fullmatch(rf"{table}_r(\d+)", name):
                yield int(match[1]), (name, is_attached, is_pending)


def _drop(table: str, partition: str, *, is_attached: bool, is_pending: bool) -> None:
    """Without making any reader wait: they may still be in the middle of the old rows."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, FALSE)", [LOCK_TIMEOUT])
        try:
            if is_attached:
                how = "FINALIZE" if is_pending else "CONCURRENTLY"
                cursor.execute(f"ALTER TABLE {table} DETACH PARTITION {partition} {how}")
            cursor.execute(f"DROP TABLE {partition}")
        finally:
            cursor.execute("RESET lock_timeout")
