"""Importing 500,000 order lines against \\copy of the same final rows, into the same tables with triggers and keys.

The lines are those of a demo, in the layout of Online Retail; where MERIDIAN_DATA_DIR names the folder of the real data
sets, that one itself is imported. MERIDIAN_BENCH_LINES: another number of lines.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path

from django.core.management import call_command
from django.db import connection

from benchmarks import demo
from benchmarks.__main__ import own_servers
from benchmarks.fresh import in_fresh_process
from benchmarks.measure import Cost, load, psql, server_cost, verdict
from core.models import OrganisationSettings
from imports.importing import JOB_KIND, Request
from imports.mapping import load as load_mapping
from jobs.actions import enqueue
from jobs.execution import run_job
from jobs.models import Job

FILE = Path("online_retail") / "online_retail.csv.xz"
LINES = int(os.environ.get("MERIDIAN_BENCH_LINES", "500000"))
COPIES = 3.0
# So many lines a thousand customers of a demo have, or a few more.
DEMO_LINES_OF_1000 = 15_700
DEMO_LINES = """
    COPY (
        SELECT o.external_id AS "InvoiceNo", p.sku AS "StockCode", p.name AS "Description",
            round(l.quantity) AS "Quantity", to_char(o.ordered_at, 'YYYY-MM-DD HH24:MI:SS') AS "InvoiceDate",
            round(l.unit_price, 2) AS "UnitPrice", o.customer_id AS "CustomerID", 'United Kingdom' AS "Country"
        FROM customers_order o
        JOIN customers_orderline l ON l.order_id = o.id
        JOIN customers_product p ON p.id = l.product_id
        ORDER BY o.ordered_at, o.id, l.id LIMIT %s
    ) TO STDOUT (FORMAT csv, HEADER)
"""
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


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        path = real_file() or generated_file(Path(folder) / "lines.csv")
        OrganisationSettings(currency="GBP").save()
        first, summary = imported(path, "first")
        dump(Path(folder))
        copied = copy_again(Path(folder))
        again, unchanged = imported(path, "again")
    lines = summary["rows"]
    print(f"{path.name}; load {load()}")
    show("import", first, f"{lines:,} lines, {lines / first.wall_seconds:,.0f} a second")
    show("\\copy of the same rows", copied)
    show("the same file again", again, f"{unchanged['unchanged']:,} lines unchanged")
    return verdict("import : \\copy, by the clock", first.wall_seconds / copied.wall_seconds, COPIES, "")


def real_file() -> Path | None:
    folder = os.environ.get("MERIDIAN_DATA_DIR")
    return Path(folder) / FILE if folder and (Path(folder) / FILE).is_file() else None


def generated_file(path: Path) -> Path:
    """Made in a database of its own: this one has to be empty."""
    with own_servers() as environment:
        in_fresh_process("benchmarks.bench_import:write_lines", str(path), environment=environment)
    return path


def write_lines(path: str) -> None:
    call_command("migrate", verbosity=0)
    demo.generate(LINES * 1000 // DEMO_LINES_OF_1000)
    with Path(path).open("wb") as file, connection.cursor() as cursor, cursor.copy(DEMO_LINES, [LINES]) as copy:
        for part in copy:
            file.write(part)


def imported(path: Path, reason: str) -> tuple[Cost, dict[str, int]]:
    mapping = load_mapping("online_retail", kind="orders").as_json()
    request = Request(path=str(path), kind="orders", mapping=mapping)
    job = enqueue(kind=JOB_KIND, params=request.as_params(), reason=reason)
    with server_cost() as spent:
        done: Job = run_job(job.pk)
    assert done.status == "done", done.error
    return spent, done.result


def dump(folder: Path) -> None:
    run_psql(f"\\copy (SELECT {columns(table)} FROM {table} ORDER BY id) TO '{folder / table}'" for table in TABLES)


def copy_again(folder: Path) -> Cost:
    """Into emptied tables, keys and triggers and all, in one transaction like that of the import."""
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(TABLES)} CASCADE")
    with server_cost() as spent:
        run_psql(
            (f"\\copy {table} ({columns(table)}) FROM '{folder / table}'" for table in TABLES), "--single-transaction"
        )
    return spent


def run_psql(commands: Iterable[str], *options: str) -> None:
    arguments = [part for command in commands for part in ("-c", command)]
    subprocess.run([*psql(), *options, *arguments], check=True)


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
