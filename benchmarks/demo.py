"""The database full of demo data that benchmarks are measured on: its size, and making it."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from django.core.management import call_command

from customers.models import Customer, Event, Order, OrderLine
from imports.demo.fact_rows import SOURCE

# Of a demo: per customer.
ORDERS, EVENTS = 10, 30
DEFAULT_SIZE = 20_000
# The source of orders that a benchmark has written.
BENCHMARK = "benchmark"


def wanted_size() -> int:
    return int(os.environ.get("MERIDIAN_BENCH_CUSTOMERS", DEFAULT_SIZE))


def generate(customers: int) -> None:
    with tempfile.TemporaryDirectory() as truth:
        call_command(
            "generate",
            customers=customers,
            orders=customers * ORDERS,
            events=customers * EVENTS,
            seed=1,
            truth=Path(truth),
            stdout=sys.stderr,
        )


def sizes() -> str:
    counted = (Customer, Order, OrderLine, Event)
    return ", ".join(f"{model.objects.count():,} {model._meta.verbose_name_plural}" for model in counted)


def insist_on_demo_data() -> None:
    """Benchmarks write orders beside those that are there: never beside real ones."""
    if Order.objects.exclude(source__in=[SOURCE, BENCHMARK]).exists() or not Order.objects.exists():
        sys.exit("This database holds no demo data: set MERIDIAN_BENCH_CUSTOMERS for a fresh one of that size.")
