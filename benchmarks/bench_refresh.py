"""10,000 new orders until RFM is visible: the refresh that a schedule starts twice a minute."""

from __future__ import annotations

from django.conf import settings
from django.db import connection

from benchmarks import demo
from benchmarks.bench_snapshot import add_orders, remove_new_orders
from benchmarks.fresh import in_fresh_process
from benchmarks.measure import load, verdict

SECONDS, MEMORY_MB = 15.0, 1500.0
NEW_ORDERS = 10_000

UNSEEN = """
    SELECT count(*) FROM customers_order AS o LEFT JOIN analytics_rfm AS r ON r.customer_id = o.customer_id
        AND r.run_id = (SELECT run_id FROM analytics_currentrun WHERE analysis = 'rfm')
    WHERE o.source = %s AND o.customer_id IS NOT NULL AND r.refreshed_at IS NULL
"""


def main() -> int:
    demo.insist_on_demo_data()
    remove_new_orders()
    print(f"{demo.sizes()}; {settings.ANALYTICS_THREADS} threads, {settings.ANALYTICS_MEMORY}; load {load()}")
    in_fresh_process("benchmarks.bench_analyses:recompute", "rfm")
    try:
        add_orders(NEW_ORDERS)
        print(f"{unseen():,} new orders are not in the scores; load {load()}", flush=True)
        refresh = in_fresh_process("benchmarks.bench_refresh:refresh")
        left = unseen()
    finally:
        remove_new_orders()
    print(f"{refresh.seconds:.1f} s, {refresh.cpu_seconds:.1f} s of CPU, {refresh.peak_mb} MB, {refresh.result}")
    in_fresh_process("benchmarks.bench_refresh:refresh")  # the scores as they were found
    return sum(
        (
            verdict("orders that are still not in the scores", left, 0, ""),
            verdict("new orders until RFM is visible", refresh.seconds, SECONDS, "s"),
            verdict("memory", refresh.peak_mb, MEMORY_MB, "MB"),
        )
    )


def refresh() -> dict[str, object]:
    """The job that the schedule makes."""
    from analytics.job_kinds import REFRESH
    from jobs.actions import enqueue
    from jobs.execution import run_job

    done = run_job(enqueue(kind=REFRESH, params={}, reason="benchmark", notify=False).pk)
    assert done.status == "done", done.error
    return dict(done.result)


def unseen() -> int:
    with connection.cursor() as cursor:
        cursor.execute(UNSEEN, [demo.BENCHMARK])
        return int(cursor.fetchone()[0])
