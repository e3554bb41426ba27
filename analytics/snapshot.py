"""The facts out of PostgreSQL as Parquet files: one consistent picture, by month, made again only where it changed.

A manifest says which files belong together; it becomes ready under the job's fence, and whoever reads holds on to one.
"""

from __future__ import annotations

import datetime as dt
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import pandas as pd
from django.db import connection
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _
from psycopg import sql

from analytics.customer_columns import write_customer_columns
from analytics.engine import Engine, facts_folder, open_engine, postgres_query
from analytics.models import Run, SnapshotManifest
from analytics.snapshot_columns import with_columns, write_missing_columns
from analytics.snapshot_files import (
    BUILDING,
    EVERYTHING,
    SUMS,
    MonthFiles,
    Period,
    make_durable,
    merge_small_files,
    paths,
    periods_of,
    suffix,
    sum_paths,
    write_months,
    write_new_rows,
    write_whole,
)
from analytics.snapshot_sums import MADE_OF, write_sums
from analytics.snapshot_tables import (
    CUSTOMER_DIM,
    FACT_TABLES,
    REFUNDS,
    TABLES,
    WHOLE_TABLES,
    FactTable,
    Table,
    fingerprint,
    fingerprints,
)
from core.dates import day_of
from core.models import OrganisationSettings
from customers.models import Customer, Event, Order, OrderLine, Product, Refund, RefundLine
from jobs.context import JobContext
from jobs.errors import JobError

MAX_TRIES = 3

# Lets one manifest at a time become ready, whatever job made it.
_PUBLICATION_LOCK = 0x6D657269


_THEIRS = "customer_id IN (SELECT customer_id FROM among)"
_ABOUT_THEM = {
    **{table.name: _THEIRS for table in TABLES if "customer_id" in table.columns},
    # Of their orders too, whoever was paid back: they are less of a purchase then.
    REFUNDS.name: f"({_THEIRS} OR order_id IN (SELECT order_id FROM orders))",  # noqa: S608 - names of ours
}


class Overtaken(Exception):
    """Another snapshot became ready meanwhile: the marks that it deleted speak of months that this one's base lacks."""


class FilesMissing(Exception):
    """The files of a manifest are not where they were written: the folder was removed or is not shared."""


@dataclass(frozen=True)
class Mark:
    """As in `ChangeMark`."""

    id: int
    kind: str
    month: dt.date | None
    first_new_id: int | None
    last_new_id: int | None

    @property
    def new_ids(self) -> range | None:
        """None where it is a mark of a month."""
        if self.first_new_id is None or self.last_new_id is None:
            return None
        return range(self.first_new_id, self.last_new_id + 1)


def latest_manifest() -> SnapshotManifest | None:
    return SnapshotManifest.objects.filter(status=SnapshotManifest.Status.READY).order_by("-id").first()


def take_snapshot(context: JobContext, *, step: Callable[[str], None]) -> SnapshotManifest:
    """A new picture of the facts, ready for reading. `step` is told what is read next.

    Files of months without a mark are taken over from the latest snapshot, and rows that were inserted since come in
    files beside them. If another job's snapshot becomes ready first, the work begins again from that one, which costs
    little since it has just been made.
    """
    for _attempt in range(MAX_TRIES):
        latest = latest_manifest()
        manifest = SnapshotManifest.objects.create(job_id=context.job_id, fingerprints=fingerprints())
        try:
            marks = _build(manifest, latest, context, step)
            _publish(manifest, latest, marks, context)
        except Overtaken:
            manifest.delete()
            continue
        return manifest
    raise JobError(_("Other recomputations kept changing the picture of the data. Try again in a minute."))


@contextmanager
def open_facts(manifest: SnapshotManifest, *, among: pd.DataFrame | None = None, memory: str = "") -> Iterator[Engine]:
    """An engine in which the tables of `analytics.snapshot_tables` can be selected from by name.

    among: a frame with the one column `customer_id`; then the tables hold what is about these customers and no other.
    memory: as of `analytics.engine.open_engine`.
    """
    if not is_complete(manifest):
        raise FilesMissing(f"snapshot {manifest.pk}: files are missing below {facts_folder()}")
    with open_engine(memory=memory) as engine:
        if among is not None:
            engine.define_frame("among", among)
        for table in TABLES:
            where = _ABOUT_THEM.get(table.name, "TRUE") if among is not None else "TRUE"
            define_table(engine, manifest, table, where=where)
        yield engine


def define_table(engine: Engine, manifest: SnapshotManifest, table: Table, *, where: str = "TRUE") -> None:
    """Let later statements select from the table's name what its files hold."""
    # Right after an upgrade the files may be older than a column: it is unknown until the next recomputation.
    may_lack = manifest.fingerprints.get(table.name) != fingerprint(table)
    files = paths(manifest.files, table)
    engine.define_files(table.name, files, table.types, where=where, may_lack=may_lack)


def last_day(manifest: SnapshotManifest, *, now: dt.datetime | None = None) -> dt.date:
    """The last day with data; today in an empty house, and where data claim to come from the future."""
    today = day_of(now or timezone.now(), OrganisationSettings.current().zone)
    return min(manifest.latest_date or today, today)


def is_of_the_last_day(run: Run) -> bool:
    """Whether it was made of the last day that there was, not of an earlier one that somebody wanted to see."""
    return run.manifest is not None and run.as_of == last_day(run.manifest, now=run.started_at)


def is_complete(manifest: SnapshotManifest) -> bool:
    return all(_is_there(manifest, table) for table in TABLES)


def _is_there(manifest: SnapshotManifest, table: Table) -> bool:
    return all(path.exists() for path in paths(manifest.files, table))


def _usable(manifest: SnapshotManifest | None, table: Table) -> SnapshotManifest | None:
    """The manifest if the table can be taken over from it: made the same way, and still there."""
    if manifest is None or manifest.fingerprints.get(table.name) != fingerprint(table):
        return None
    return manifest if _is_there(manifest, table) else None


def _build(
    manifest: SnapshotManifest, latest: SnapshotManifest | None, context: JobContext, step: Callable[[str], None]
) -> list[Mark]:
    """Fills the folders and `manifest`, unsaved. Returns the marks of changes that the picture holds."""
    started = time.perf_counter()
    refresh_statistics()
    name = suffix(context.job_id, context.attempt)
    building = facts_folder() / BUILDING / name
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(parents=True)
    try:
        with open_engine() as engine:
            with engine.postgres_snapshot():
                marks = _marks(engine)
                for table in FACT_TABLES:
                    step(table.name)
                    base = _usable(latest, table)
                    periods = _periods_to_read(table, base, marks)
                    written = write_months(engine, table, periods, building=building, suffix=name)
                    added = write_new_rows(
                        engine, table, _new_ids(table, marks), without=periods, building=building, suffix=name
                    )
                    manifest.months_read += len(written | added)
                    months = _beside(_kept_months(table, base, periods) | written, added)
                    manifest.files[table.name] = merge_small_files(
                        engine, table, months, building=building, suffix=name
                    )
                for whole in WHOLE_TABLES:
                    step(whole.name)
                    manifest.files[whole.name] = _unchanged(whole, _usable(latest, whole), marks) or write_whole(
                        engine, whole, building=building, suffix=name
                    )
            for table in FACT_TABLES:
                write_missing_columns(engine, table, paths(manifest.files, table), building=building)
            for each in MADE_OF:
                define_table(engine, manifest, each)
            for file in paths(manifest.files, CUSTOMER_DIM):
                write_customer_columns(engine, file, building=building)
            manifest.files[SUMS] = write_sums(engine, manifest, latest, building=building, suffix=name)
            _count(manifest, engine)
    finally:
        shutil.rmtree(building, ignore_errors=True)
    manifest.seconds = time.perf_counter() - started
    return marks


def refresh_statistics() -> None:
    """ANALYZE for fact tables that have outgrown what PostgreSQL believes of them.

    Right after a large import it believes them to be empty, and would join a million lines one by one.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE oid = ANY(%s::regclass[])"
            " AND pg_relation_size(oid) / current_setting('block_size')::int > 1.2 * greatest(relpages, 0) + 10",
            [[model._meta.db_table for model in (Order, OrderLine, Refund, RefundLine, Event, Customer, Product)]],
        )
        for (table,) in cursor.fetchall():
            cursor.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(table)))


def _marks(engine: Engine) -> list[Mark]:
    marks = "SELECT id, kind, month, first_new_id, last_new_id FROM analytics_changemark"
    return [Mark(*row) for row in engine.rows(postgres_query(marks))]


def _periods_to_read(table: FactTable, base: SnapshotManifest | None, marks: Sequence[Mark]) -> list[Period]:
    months = {mark.month for mark in marks if mark.kind in table.marked_by and mark.new_ids is None}
    if base is None or None in months:
        return [EVERYTHING]
    return periods_of([month for month in months if month is not None])


def _new_ids(table: FactTable, marks: Sequence[Mark]) -> list[range]:
    return [mark.new_ids for mark in marks if mark.kind == table.name and mark.new_ids is not None]


def _beside(months: MonthFiles, added: MonthFiles) -> MonthFiles:
    return {month: [*months.get(month, []), *added.get(month, [])] for month in months | added}


def _unchanged(table: Table, base: SnapshotManifest | None, marks: Sequence[Mark]) -> MonthFiles | None:
    """The file of the base, unless the table has changed since."""
    if base is None or any(mark.kind in table.marked_by for mark in marks):
        return None
    files: MonthFiles = base.files[table.name]
    return files


def _kept_months(table: FactTable, base: SnapshotManifest | None, periods: Sequence[Period]) -> MonthFiles:
    """The months of the base outside the periods."""
    if base is None or EVERYTHING in periods:
        return {}
    return {
        month: names
        for month, names in base.files[table.name].items()
        if not any(f"{start:%Y-%m}" <= month < f"{end:%Y-%m}" for start, end in periods)
    }


def _count(manifest: SnapshotManifest, engine: Engine) -> None:
    files = {table.name: paths(manifest.files, table) for table in TABLES}
    manifest.row_counts = {name: engine.rows_in_files(found) for name, found in files.items()}
    written = [*(path for found in files.values() for path in with_columns(found)), *sum_paths(manifest.files)]
    manifest.size_bytes = sum(path.stat().st_size for path in written if path.exists())
    last_days = []
    for table in FACT_TABLES:
        last = max(manifest.files[table.name], default=None)
        found = [facts_folder() / name for name in manifest.files[table.name][last]] if last else []
        engine.define_files("last_month", found, table.types)
        days = engine.rows(f"SELECT max({table.day}) FROM last_month")  # noqa: S608 - a column of ours
        last_days += [day for (day,) in days if day]
    manifest.latest_date = max(last_days, default=None)


def _publish(
    manifest: SnapshotManifest, latest: SnapshotManifest | None, marks: Sequence[Mark], context: JobContext
) -> None:
    make_durable([path for table in TABLES for path in paths(manifest.files, table)] + sum_paths(manifest.files))
    with context.fenced(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_PUBLICATION_LOCK])
        if latest_manifest() != latest:
            raise Overtaken
        manifest.status = SnapshotManifest.Status.READY
        manifest.ready_at = Now()  # the database's clock, as for jobs
        manifest.save()
        # Only those that were seen: a later mark is of a change that this picture does not hold.
        cursor.execute("DELETE FROM analytics_changemark WHERE id = ANY(%s)", [[mark.id for mark in marks]])
    manifest.refresh_from_db()
