"""What the audit trail costs: imports of 20k customers and 100k order lines, with its triggers and without.

MERIDIAN_BENCH_CUSTOMERS changes the number of customers; there are five lines for each.
"""

from __future__ import annotations

import csv
import os
import tempfile
from pathlib import Path

from django.db import connection

from benchmarks.measure import Cost, cost
from core.models import OrganisationSettings
from imports.importing import JOB_KIND, Request
from jobs.actions import enqueue
from jobs.execution import run_job
from protection.audit.models import Change
from protection.audit.trail import AUDITED
from protection.audit.triggers import EVENTS, PREFIX

LINES_A_CUSTOMER, LINES_AN_ORDER = 5, 5
ROUNDS = 2
FILLED = "customers_customer, customers_order, customers_product, customers_refund"


def main() -> None:
    customers = int(os.environ.get("MERIDIAN_BENCH_CUSTOMERS") or 20_000)
    OrganisationSettings(currency="EUR").save()
    with tempfile.TemporaryDirectory() as folder:
        files = {"customers": Path(folder) / "customers.csv", "orders": Path(folder) / "orders.csv"}
        write_customers(files["customers"], customers)
        write_orders(files["orders"], customers)
        spent: dict[tuple[str, bool], list[Cost]] = {}
        for number in range(2 * ROUNDS):
            has_trail = number % 2 == 1
            switch(on=has_trail)
            for kind, path in files.items():
                spent.setdefault((kind, has_trail), []).append(imported(path, kind, f"round {number}"))
            if has_trail:
                print(f"{Change.objects.count():,} lines of the trail so far, {size_of_trail() / 1e6:.0f} MB")
            empty()
    for kind in files:
        without, with_trail = (min(cost.cpu_seconds for cost in spent[kind, on]) for on in (False, True))
        print(f"{kind:10} {without:6.1f} s of CPU without, {with_trail:6.1f} with: {with_trail / without:.2f} times")


def switch(*, on: bool) -> None:
    with connection.cursor() as cursor:
        for audited in AUDITED.values():
            for event in EVENTS:
                action = "ENABLE" if on else "DISABLE"
                cursor.execute(f"ALTER TABLE {audited.table} {action} TRIGGER {PREFIX}_{event}")


def empty() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {FILLED} CASCADE")


def size_of_trail() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_total_relation_size('protection_change')")
        return int(cursor.fetchone()[0])


def imported(path: Path, kind: str, reason: str) -> Cost:
    request = Request(path=str(path), kind=kind, source="shop")
    job = enqueue(kind=JOB_KIND, params=request.as_params(), reason=reason)
    with cost() as spent:
        done = run_job(job.pk)
    assert done.status == "done", done.error
    return spent


def write_customers(path: Path, count: int) -> None:
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["Customer ID", "Name", "Email", "Phone", "City", "Country", "Birth date"])
        for number in range(count):
            rows.writerow([f"C{number}", f"Person {number}", f"p{number}@example.org", f"+49 30 {number:07d}",
                           f"Town {number % 500}", "DE", f"19{number % 80 + 20}-0{number % 9 + 1}-15"])  # fmt: skip


def write_orders(path: Path, customers: int) -> None:
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["Order ID", "Customer ID", "Date", "Product", "Quantity", "Price"])
        for number in range(customers * LINES_A_CUSTOMER):
            order = number // LINES_AN_ORDER
            rows.writerow([f"O{order}", f"C{order % customers}", f"2026-0{order % 9 + 1}-1{order % 9}",
                           f"P{number % 3000}", number % 7 + 1, f"{number % 900 / 10 + 1:.2f}"])  # fmt: skip
