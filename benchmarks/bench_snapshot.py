"""First snapshot and refresh after new orders in the newest months, against COPY … TO STDOUT of the same columns."""

from __future__ import annotations

import subprocess

from django.conf import settings
from django.db import connection, transaction

from benchmarks import demo
from benchmarks.fresh import Measured, in_fresh_process
from benchmarks.measure import Cost, load, psql, server_cost, verdict
from customers.models import Order

COPIES, REFRESH_SHARE, MEMORY_MB = 2.0, 0.1, 600.0
MONTHS = 2
COLUMNS = """
    SELECT string_agg(quote_ident(column_name), ', ') FROM information_schema.columns
    WHERE table_name = %s AND is_generated = 'NEVER' AND column_name <> ALL (%s)
"""


def main() -> int:
    demo.insist_on_demo_data()
    remove_new_orders()
    print(f"{demo.sizes()}; {settings.ANALYTICS_THREADS} threads, {settings.ANALYTICS_MEMORY}; load {load()}")
    copied = copy_to_stdout()
    show("COPY … TO STDOUT of the same columns", copied.wall_seconds, copied.cpu_seconds)
    mark_everything()
    first = in_fresh_process("benchmarks.bench_snapshot:take")
    show("first snapshot", first.seconds, first.cpu_seconds, first)
    new_orders = max(1, Order.objects.count() // 100)
    try:
        add_orders(new_orders)
        refresh = in_fresh_process("benchmarks.bench_snapshot:take")
    finally:
        remove_new_orders()
    show(f"refresh after {new_orders:,} orders in {MONTHS} months", refresh.seconds, refresh.cpu_seconds, refresh)
    in_fresh_process("benchmarks.bench_snapshot:take")  # the picture as it was found
    return sum(
        (
            verdict("first : COPY, by the clock", first.seconds / copied.wall_seconds, COPIES, ""),
            verdict("memory of the first", first.peak_mb, MEMORY_MB, "MB"),
            verdict("refresh : first, by the clock", refresh.seconds / first.seconds, REFRESH_SHARE, ""),
        )
    )


def take() -> dict[str, object]:
    """A snapshot as a recomputation takes it."""
    from analytics.job_kinds import RECOMPUTE
    from analytics.snapshot import take_snapshot
    from jobs import leases
    from jobs.context import JobContext
    from jobs.heartbeat import Heartbeat
    from jobs.models import Job
    from jobs.status import Status

    waiting = Job.objects.create(kind=RECOMPUTE, params_hash="benchmark", reason="benchmark")
    job = leases.claim(waiting.pk)
    assert job is not None
    try:
        manifest = take_snapshot(JobContext(job, Heartbeat(job)), step=lambda table: None)
    finally:
        Job.objects.filter(pk=job.pk).update(status=Status.DONE)
    return {"months": manifest.months_read, "bytes": manifest.size_bytes}


def copy_to_stdout() -> Cost:
    """By psql, which does nothing else with the rows."""
    from analytics.snapshot_tables import TABLES

    commands = [part for table in TABLES for part in ("-c", f"COPY ({table.select}) TO STDOUT")]
    with server_cost() as spent:
        subprocess.run([*psql(), *commands], stdout=subprocess.DEVNULL, check=True)
    return spent


def mark_everything() -> None:
    """Now nothing of an earlier snapshot can be taken over."""
    from analytics.snapshot_tables import TABLES

    kinds = sorted({kind for table in TABLES for kind in table.marked_by})
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO analytics_changemark (kind, month) SELECT unnest(%s::text[]), NULL", [kinds])


@transaction.atomic
def add_orders(count: int) -> None:
    """Orders of the newest months once more, with their lines, under numbers of their own."""
    with connection.cursor() as cursor:
        order_columns = columns(cursor, "customers_order", without=["id", "source", "external_id"])
        line_columns = columns(cursor, "customers_orderline", without=["id", "order_id"])
        cursor.execute(
            f"INSERT INTO customers_order ({order_columns}, source, external_id)"
            f" SELECT {order_columns}, %s, id FROM customers_order WHERE ordered_date >= ("
            "   SELECT date_trunc('month', max(ordered_date)::timestamp) - interval '1 month' FROM customers_order)"
            " ORDER BY id LIMIT %s",
            [demo.BENCHMARK, count],
        )
        cursor.execute(
            f"INSERT INTO customers_orderline (order_id, {line_columns})"
            f" SELECT added.id, {', '.join(f'l.{name}' for name in line_columns.split(', '))}"
            " FROM customers_order AS added JOIN customers_orderline AS l ON l.order_id = added.external_id::bigint"
            " WHERE added.source = %s",
            [demo.BENCHMARK],
        )


@transaction.atomic
def remove_new_orders() -> None:
    """Also those that a benchmark left which was killed."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM customers_orderline AS l USING customers_order AS o WHERE o.id = l.order_id AND o.source = %s",
            [demo.BENCHMARK],
        )
        cursor.execute("DELETE FROM customers_order WHERE source = %s", [demo.BENCHMARK])


def columns(cursor, table: str, *, without: list[str]) -> str:  # type: ignore[no-untyped-def]
    cursor.execute(COLUMNS, [table, without])
    return str(cursor.fetchone()[0])


def show(what: str, seconds: float, cpu_seconds: float, measured: Measured | None = None) -> None:
    remark = f"{measured.peak_mb} MB, {measured.result['months']} months" if measured else ""
    print(f"{what:52} {seconds:8.1f} s {cpu_seconds:8.1f} s of CPU  {remark}", flush=True)
