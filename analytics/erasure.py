"""What the analyses know about one customer, for erasure, data package and objection to profiling."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from django.db import connection
from django.db.models import Q
from django.utils.translation import gettext as _
from psycopg import sql

from analytics import judged_customers, publishing, run_columns, segment_columns, segments
from analytics.collection import files_of, remove_files, written_files
from analytics.job_kinds import RECOMPUTE, REFRESH
from analytics.judged_customers import PARTS, Judgement
from analytics.models import CustomerResult, JudgedCustomers, Run, SnapshotManifest
from analytics.results import TABLES
from customers.consent import profiling
from customers.models import Product
from jobs.actions import enqueue
from jobs.models import Job
from jobs.status import LIVE
from protection.erasure import Person, Section, Step, registry


def register() -> None:
    """Called once, by `AnalyticsConfig.ready`."""
    registry.add(Step("analytics", erase, collect))
    profiling.add("analytics", delete_results)


def delete_results(customer_ids: Sequence[int]) -> int:
    """Take these customers out of every run that is kept, now."""
    deleted = 0
    with connection.cursor() as cursor:
        for analysis, table in TABLES.items():
            if issubclass(table.model, CustomerResult):
                kept = list(Run.objects.filter(analysis=analysis).values_list("pk", flat=True))
                cursor.execute(
                    # Naming the runs lets each partition use its key.
                    sql.SQL("DELETE FROM {} WHERE run_id = ANY(%s) AND customer_id = ANY(%s)").format(
                        sql.Identifier(table.name)
                    ),
                    [kept, list(customer_ids)],
                )
                deleted += cursor.rowcount
            publishing.take_out_of_others(table.name, table, customer_ids)
    judged_customers.take_out(customer_ids)
    segment_columns.forget_on_commit()
    run_columns.take_out_on_commit(customer_ids)
    return deleted


# --- snapshots --------------------------------------------------------------------------------------------------------


def forget_snapshots_before(moment: dt.datetime) -> bool:
    """Remove every snapshot that may have seen the facts as they were before; whether none is left.

    One that a live job made is not touched, and none at all until a newer one is there to be read.
    """
    older = SnapshotManifest.objects.filter(created_at__lte=moment).exclude(status=SnapshotManifest.Status.COLLECTED)
    if not older.exists():
        return not _files_before(moment)
    newer = SnapshotManifest.objects.filter(status=SnapshotManifest.Status.READY, created_at__gt=moment)
    if not newer.exists() and older.filter(status=SnapshotManifest.Status.READY).exists():
        return False
    # A batch goes on with the snapshot it began with, which its checkpoint names.
    live = Job.objects.filter(kind__in=[RECOMPUTE, REFRESH], status__in=LIVE)
    used = {job.checkpoint.get("snapshot") for job in live}
    older.exclude(job__status__in=LIVE).exclude(pk__in=used - {None}).update(
        status=SnapshotManifest.Status.COLLECTED, files={}
    )
    remove_files()
    return not older.exists() and not _files_before(moment)


def ask_for_a_new_snapshot(*, since: dt.datetime) -> None:
    """Unless one is there by now, or on its way."""
    begun = SnapshotManifest.objects.filter(created_at__gt=since)
    is_there = begun.filter(Q(status=SnapshotManifest.Status.READY) | Q(job__status__in=LIVE)).exists()
    if not is_there:
        enqueue(kind=RECOMPUTE, params={"analyses": [], "as_of": None}, reason=_("Somebody was erased."))


def _files_before(moment: dt.datetime) -> bool:
    """Whether a file is left that was written before, and that no newer snapshot has taken over unchanged."""
    newer = SnapshotManifest.objects.filter(status=SnapshotManifest.Status.READY, created_at__gt=moment)
    named = {path for made in newer for path in files_of(made)}
    return any(path not in named and path.stat().st_mtime <= moment.timestamp() for path in written_files())


def erase(person: Person) -> int:
    """Out of what is kept of many customers at once; rows of one go as they are classified."""
    run_columns.take_out_on_commit([person.customer_id])
    return judged_customers.take_out([person.customer_id])


# --- the data package -------------------------------------------------------------------------------------------------


def collect(person: Person) -> Iterable[Section]:
    for name, table in TABLES.items():
        run = publishing.current_run(name)
        if run is not None and issubclass(table.model, CustomerResult):
            rows: Any = table.model._default_manager.filter(run_id=run.pk)
            found = list(rows.filter(customer_id=person.customer_id))
            if found:
                said = [{_("as of"): run.as_of, **_in_words(name, row)} for row in found]
                yield Section(f"analytics.{name}", _title(name), said)
    if judged := [dict(each) for each in _as_judged(person.customer_id)]:
        yield Section("analytics.judged", _("What was said before, beside what came"), judged)


def _as_judged(customer_id: int) -> Iterator[dict[str, Any]]:
    for row in JudgedCustomers.objects.select_related("run").order_by("pk").iterator(chunk_size=4):
        found = Judgement.from_bytes(row.content).among(np.array([customer_id]))
        for said, came in zip(found.said / PARTS, found.came, strict=True):
            named = {_("as of"): row.run.as_of, "analysis": _title(row.run.analysis), "forecast": row.forecast}
            # Of lists of products there is no number.
            is_number = row.run.analysis != "recommendations"
            yield {**named, "said": round(float(said), 6) if is_number else None, "came": came if is_number else None}


def _title(analysis: str) -> str:
    from analytics import catalog

    return str(catalog.get(analysis).label)


def _in_words(analysis: str, row: Any) -> dict[str, Any]:
    values = {
        field.name: getattr(row, field.attname)
        for field in row._meta.concrete_fields
        if field.name not in {"run", "customer"}
    }
    if analysis == "rfm":
        words = segments.words(row.segment)
        values |= {"segment": str(words.label), _("meaning"): str(words.meaning)}
    if analysis == "recommendations":
        names = Product.objects.in_bulk({*row.product_ids, *filter(None, row.reason_product_ids)})
        for column in ("product_ids", "reason_product_ids"):
            values[column] = [str(names[pk]) if pk in names else None for pk in values[column]]
    return values
