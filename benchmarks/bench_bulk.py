"""A change of 100,000 customers by its job and back, with the list and a record in use meanwhile.

MERIDIAN_BENCH_CUSTOMERS: another number of customers; the limit grows with it.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.models import F
from django.test import Client

from accounts.models import Role, User
from benchmarks.measure import load, server_cost, verdict
from customers.bulk.actions import request_change, request_undo
from customers.bulk.selection import Selection
from customers.bulk.targets import tag_of
from customers.models import BulkChange, Customer
from jobs.execution import run_job

CUSTOMERS = int(os.environ.get("MERIDIAN_BENCH_CUSTOMERS", "100000"))
JOB_SECONDS = 20.0 * CUSTOMERS / 100_000
# As somebody feels it who works while the job runs, on a machine that has nothing else to do.
PAGE_SECONDS, SAVE_SECONDS = 1.0, 1.0


def main() -> int:
    settings.ALLOWED_HOSTS = ["testserver"]
    generate()
    manager = User.objects.filter(role=Role.MANAGER, is_active=True).earliest("pk")
    print(f"{Customer.objects.count():,} customers; load {load()}")
    over = 0
    for name, target, value in (("owner", "owner", manager.pk), ("tag", "add_tag", tag_of("benchmark"))):
        everybody = Selection(address="view=all", is_all=True)
        change = request_change(selection=everybody, target=target, value=value, by=manager)
        with at_work(manager) as waits:
            over += told(f"{name} of all", change.job_id, JOB_SECONDS)
        over += verdict("the list meanwhile, 95 of 100", at_95(waits["list"]), PAGE_SECONDS, "s")
        over += verdict("saving a record meanwhile, the slowest", max(waits["save"]), SAVE_SECONDS, "s")
        change.refresh_from_db()
        print(f"{change.changed:,} changed, {change.unchanged:,} were so already, {len(waits['list'])} pages meanwhile")
        over += told(f"{name} taken back", request_undo(change=change).pk, JOB_SECONDS)
        change.refresh_from_db()
        print(f"{change.restored:,} restored, {change.befores.count():,} edited since")
    return over


def generate() -> None:
    with tempfile.TemporaryDirectory() as truth:
        few = {"orders": CUSTOMERS, "events": CUSTOMERS}
        call_command("generate", customers=CUSTOMERS, **few, seed=1, truth=Path(truth), stdout=sys.stderr)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE customers_customer")
    BulkChange.objects.all().delete()


def told(name: str, job_id: int | None, limit: float) -> bool:
    assert job_id is not None
    with server_cost() as spent:
        job = run_job(job_id)
    assert job.status == "done", job.error
    over = verdict(name, spent.wall_seconds, limit, "s")
    print(f"{'':52} {spent.cpu_seconds:10,.2f} s of CPU")
    return over


@contextmanager
def at_work(user: User) -> Iterator[dict[str, list[float]]]:
    """Somebody opens the list and saves records, one after another, until the block ends: how long each took."""
    waits: dict[str, list[float]] = {"list": [], "save": []}
    is_over = threading.Event()
    client = Client()
    client.force_login(user)
    ids = list(Customer.objects.live().order_by("pk").values_list("pk", flat=True)[:: max(1, CUSTOMERS // 200)])
    steps: dict[str, Callable[[int], object]] = {
        "list": lambda number: client.get("/customers/"),
        "save": lambda number: Customer.objects.filter(pk=ids[number % len(ids)]).update(version=F("version") + 1),
    }

    def work(name: str) -> None:
        number = 0
        while not is_over.is_set():
            begun = time.perf_counter()
            steps[name](number)
            waits[name].append(time.perf_counter() - begun)
            number += 1
            is_over.wait(0.1)
        connection.close()

    threads = [threading.Thread(target=work, args=[name]) for name in steps]
    for thread in threads:
        thread.start()
    yield waits
    is_over.set()
    for thread in threads:
        thread.join()


def at_95(waits: list[float]) -> float:
    return statistics.quantiles(waits, n=20)[-1] if len(waits) > 1 else waits[0]
