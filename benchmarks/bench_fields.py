"""Lists by custom fields that have an index: every customer has a value of each; queries, CPU.

The fields and their values stay, for the next time; they go with the fields when an admin deletes these.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import connection, transaction

from accounts.models import Role
from benchmarks import demo
from benchmarks.bench_list import LIST_QUERIES, expression, logged_in, measure
from benchmarks.measure import load, row
from customers.custom_indexes import request_synchronisation
from customers.models import Customer, CustomField
from jobs.execution import run_job

CPU_MS = 50
# Sorted by choices it finds out which there are.
QUERIES = LIST_QUERIES + 1
ROWS_AT_ONCE = 50_000
TIERS = [{"key": key, "label": key.title()} for key in ("gold", "silver", "bronze")]
KINDS: dict[str, dict[str, Any]] = {
    "bench_size": {"kind": CustomField.Kind.NUMBER},
    "bench_tier": {"kind": CustomField.Kind.CHOICE, "choices": TIERS},
    "bench_code": {"kind": CustomField.Kind.TEXT},
    "bench_renewal": {"kind": CustomField.Kind.DATE},
}
# One customer in a thousand is gold, one in three silver.
VALUES = """
    UPDATE customers_customer SET custom = custom || jsonb_build_object(
        'bench_size', (id * 7919 %% 100000)::text,
        'bench_tier', CASE WHEN id %% 1000 = 0 THEN 'gold' WHEN id %% 3 = 0 THEN 'silver' ELSE 'bronze' END,
        'bench_code', 'C' || lpad((id * 104729 %% 1000003)::text, 7, '0'),
        'bench_renewal', (date '2026-01-01' + (id * 31 %% 1000)::int)::text
    ) WHERE id >= %s AND id < %s AND NOT custom ? 'bench_size'
"""


def main() -> int:
    settings.ALLOWED_HOSTS = ["testserver"]
    demo.insist_on_demo_data()
    make_fields()
    print(f"{Customer.objects.count():,} customers; load {load()}; CPU of server and database together")
    row("list by a custom field", "queries", "CPU ms", "wall ms", "")
    manager = logged_in(Role.MANAGER)
    return sum(measure(manager, name, f"/customers/{query}", QUERIES, CPU_MS) for name, query in cases())


def cases() -> list[tuple[str, str]]:
    def by(field: str, op: str, value: Any) -> str:
        return expression({"field": f"custom.{field}", "op": op, "value": value})

    return [
        ("a number is", by("bench_size", "is", 4711)),
        ("a number is between, few", by("bench_size", "between", [100, 120])),
        ("a number is above, half of all", by("bench_size", ">", 50_000)),
        ("a choice of one in three", by("bench_tier", "is", "silver")),
        ("a choice of one in a thousand", by("bench_tier", "is", "gold")),
        ("a text is", by("bench_code", "is", "c0104729")),
        ("a text starts with", by("bench_code", "starts_with", "C0104")),
        ("a day before, few", by("bench_renewal", "<", "2026-01-04")),
        ("a day since, most", by("bench_renewal", ">=", "2026-03-01")),
        ("by a number, largest first", "?sort=-custom.bench_size"),
        ("by a text, backwards", "?sort=-custom.bench_code"),
        ("by a choice", "?sort=custom.bench_tier"),
        ("by a choice, backwards", "?sort=-custom.bench_tier"),
        ("a choice of one in a thousand, by a number", by("bench_tier", "is", "gold") + "&sort=-custom.bench_size"),
    ]


def make_fields() -> None:
    for key, more in KINDS.items():
        CustomField.objects.get_or_create(key=key, defaults={"label": key, "is_indexed": True, **more})
    last = Customer.objects.latest("pk").pk
    for begin in range(0, last + 1, ROWS_AT_ONCE):
        # Values of a benchmark are nobody's edit: neither the trail of changes nor a snapshot has to know of them.
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute(VALUES, [begin, begin + ROWS_AT_ONCE])
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE customers_customer")
    job_id = request_synchronisation().pk
    assert run_job(job_id).status == "done"
