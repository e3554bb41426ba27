"""A change of 100,000 customers by its job and back, alone and with people at work; saving one cell of the list.

MERIDIAN_BENCH_CUSTOMERS: another number of customers; the limit grows with it.
"""

from __future__ import annotations

import os
import re
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
from django.test.utils import CaptureQueriesContext

from accounts.models import Role, User
from benchmarks.measure import cost, load, server_cost, verdict
from customers.bulk.actions import request_change, request_undo
from customers.bulk.selection import Selection
from customers.bulk.targets import tag_of
from customers.models import BulkChange, Customer
from jobs.execution import run_job

CUSTOMERS = int(os.environ.get("MERIDIAN_BENCH_CUSTOMERS", "100000"))
JOB_SECONDS = 20.0 * CUSTOMERS / 100_000
# As somebody feels it who works while the job runs, on a machine that has nothing else to do.
PAGE_SECONDS, SAVE_SECONDS = 1.0, 1.0
URL = "/customers/"
CELL_QUERIES, CELL_CPU_MS, CELL_RUNS = 8, 20, 100


def main() -> int:
    settings.ALLOWED_HOSTS = ["testserver"]
    generate()
    manager = User.objects.filter(role=Role.MANAGER, is_active=True).earliest("pk")
    print(f"{Customer.objects.count():,} customers; load {load()}")
    over = saving_a_cell(manager)
    over += there_and_back("owner", manager.pk, manager)
    with at_work(manager) as waits:
        over += there_and_back("add_tag", tag_of("benchmark"), manager, remark=", with people at work")
    over += verdict("the list meanwhile, 95 of 100", at_95(waits["list"]), PAGE_SECONDS, "s")
    over += verdict("saving a record meanwhile, the slowest", max(waits["save"]), SAVE_SECONDS, "s")
    print(f"{len(waits['list']):,} pages and {len(waits['save']):,} records meanwhile; load {load()}")
    return over


def there_and_back(target: str, value: object, by: User, *, remark: str = "") -> int:
    change = request_change(selection=Selection(address="view=all", is_all=True), target=target, value=value, by=by)
    over = int(told(f"{target} of all{remark}", change.job_id))
    over += told(f"{target} taken back{remark}", request_undo(change=change).pk)
    change.refresh_from_db()
    kept = change.befores.count()
    print(
        f"{change.changed:,} changed, {change.unchanged:,} so already, {change.restored:,} back, {kept:,} edited since"
    )
    return over


def saving_a_cell(user: User) -> int:
    """By the page, from the form's answer to the cell as it stands then."""
    client = Client(headers={"HX-Request": "true"})
    client.force_login(user)
    ids = Customer.objects.live().order_by("pk").values_list("pk", flat=True)[: CELL_RUNS + 1]
    sent = {pk: f"{URL}{pk}/cells/source/" for pk in ids}
    opened = {url: opened_on(client, url) for url in sent.values()}
    first, *others = opened
    with CaptureQueriesContext(connection) as captured:
        client.post(first, {"opened": opened[first], "source": "bench"})
    asked = [
        query["sql"] for query in captured if not query["sql"].startswith(("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE"))
    ]
    with cost() as spent:
        for url in others:
            client.post(url, {"opened": opened[url], "source": "bench"})
    assert Customer.objects.filter(source="bench").count() == len(sent)
    over = int(verdict("saving one cell: queries", len(asked), CELL_QUERIES, ""))
    return over + verdict("saving one cell: CPU", 1000 * spent.cpu_seconds / len(others), CELL_CPU_MS, "ms")


def opened_on(client: Client, url: str) -> str:
    found = re.search(r'name="opened" value="([^"]*)"', client.get(url).content.decode())
    assert found is not None
    return found[1]


def generate() -> None:
    with tempfile.TemporaryDirectory() as truth:
        few = {"orders": CUSTOMERS, "events": CUSTOMERS}
        call_command("generate", customers=CUSTOMERS, **few, seed=1, truth=Path(truth), stdout=sys.stderr)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE customers_customer")
    BulkChange.objects.all().delete()


def told(name: str, job_id: int | None) -> bool:
    assert job_id is not None
    with server_cost() as spent:
        job = run_job(job_id)
    assert job.status == "done", job.error
    over = verdict(f"{name}, CPU", spent.cpu_seconds, JOB_SECONDS, "s")
    return verdict(f"{name}, by the clock", spent.wall_seconds, JOB_SECONDS, "s") or over


@contextmanager
def at_work(user: User) -> Iterator[dict[str, list[float]]]:
    """Somebody opens the list and saves records, one after another, until the block ends: how long each took."""
    waits: dict[str, list[float]] = {"list": [], "save": []}
    is_over = threading.Event()
    client = Client()
    client.force_login(user)
    ids = list(Customer.objects.live().order_by("pk").values_list("pk", flat=True)[:: max(1, CUSTOMERS // 200)])
    steps: dict[str, Callable[[int], object]] = {
        "list": lambda number: client.get(URL),
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
