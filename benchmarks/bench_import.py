"""Importing Online Retail, against COPY of the same final rows into the same tables, equally constrained and empty.

MERIDIAN_DATA_DIR names the folder of the data sets, which are no part of the repository.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from django.db import connection, transaction

from benchmarks.measure import Cost, cost
from core.models import OrganisationSettings
from imports.importing import JOB_KIND, Request
from imports.mapping import load
from jobs.actions import enqueue
from jobs.execution import run_job
from jobs.models import Job

FILE = Path("online_retail") / "online_retail.csv.xz"
# What the import writes, in the order of their keys.
TABLES = (
    "customers_customer",
    "customers_customerexternalid",
    "customers_address",
    "customers_product",
    "customers_order",
    "customers_orderline",
    "customers_refund",
    "customers_refundline",
)


def main() -> None:
    path = data_dir() / FILE
    if not path.is_file():
        print(f"no {path}: set MERIDIAN_DATA_DIR to the folder of the data sets")
        return
    OrganisationSettings(currency="GBP").save()
    first, summary = imported(path, "first")
    with tempfile.TemporaryDirectory() as folder:
        dump(Path(folder))
        copied = copy_again(Path(folder))
    again, unchanged = imported(path, "again")
    lines = summary["rows"]
    show("import", first, f"{lines} lines, {lines / first.wall_seconds:,.0f} a second")
    show("COPY of the same rows", copied)
    show("the same file again", again, f"{unchanged['unchanged']} lines unchanged")
    print(f"import : COPY = {first.wall_seconds / copied.wall_seconds:.2f} by the clock, "
          f"{first.cpu_seconds / copied.cpu_seconds:.2f} by CPU time")  # fmt: skip


def data_dir() -> Path:
    return Path(os.environ.get("MERIDIAN_DATA_DIR") or Path(__file__).resolve().parents[2] / "shared" / "data")


def imported(path: Path, reason: str) -> tuple[Cost, dict[str, int]]:
    mapping = load("online_retail", kind="orders").as_json()
    request = Request(path=str(path), kind="orders", mapping=mapping)
    job = enqueue(kind=JOB_KIND, params=request.as_params(), reason=reason)
    with cost() as spent:
        done: Job = run_job(job.pk)
    assert done.status == "done", done.error
    return spent, done.result


def dump(folder: Path) -> None:
    with connection.cursor() as cursor:
        for table in TABLES:
            query = f"COPY (SELECT {columns(table)} FROM {table} ORDER BY id) TO STDOUT (FORMAT binary)"
            with (folder / table).open("wb") as file, cursor.copy(query) as copy:
                for part in copy:
                    file.write(part)


def copy_again(folder: Path) -> Cost:
    """Into emptied tables, keys and all, in one transaction like that of the import."""
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(TABLES)} CASCADE")
        with cost() as spent, transaction.atomic():
            for table in TABLES:
                query = f"COPY {table} ({columns(table)}) FROM STDIN (FORMAT binary)"
                with (folder / table).open("rb") as file, cursor.copy(query) as copy:
                    while part := file.read(1 << 20):
                        copy.write(part)
    return spent


def columns(table: str) -> str:
    """Those that are written, without those that PostgreSQL calculates."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT string_agg(quote_ident(column_name), ', ' ORDER BY ordinal_position)"
            " FROM information_schema.columns WHERE table_name = %s AND is_generated = 'NEVER'",
            [table],
        )
        return str((cursor.fetchone() or [""])[0])


def show(name: str, spent: Cost, remark: str = "") -> None:
    print(f"{name:24} {spent.wall_seconds:6.1f} s  {spent.cpu_seconds:6.1f} s of CPU  {remark}")
