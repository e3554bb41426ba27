"""Half the demo data against all of it: snapshot, analyses and a whole night may take 2.2 times as long on twice."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from analytics.models import LearnedModel
from benchmarks import demo
from benchmarks.__main__ import own_servers
from benchmarks.bench_snapshot import mark_everything
from benchmarks.fresh import Measured, in_fresh_process
from benchmarks.measure import load, verdict
from customers.models import Customer

RATIO = 2.2
STEPS: dict[str, tuple[Any, ...]] = {
    "first snapshot": ("benchmarks.bench_growth:first_snapshot",),
    "rfm": ("benchmarks.bench_analyses:recompute", "rfm"),
    "kmeans + recommendations": ("benchmarks.bench_analyses:recompute", "kmeans", "recommendations"),
    "nightly: all applied": ("benchmarks.bench_recompute:recompute", [], False),
}


def main() -> int:
    demo.insist_on_demo_data()
    print(f"all: {demo.sizes()}; load {load()}")
    with own_servers() as environment:
        in_fresh_process("benchmarks.bench_growth:fill", Customer.objects.count() // 2, environment=environment)
        half = measured(environment)
    full = measured(os.environ)
    print(f"load {load()}")
    return sum(compare(what, half[what], full[what]) for what in STEPS)


def fill(customers: int) -> None:
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    demo.generate(customers)


def first_snapshot() -> dict[str, object]:
    from benchmarks.bench_snapshot import take

    mark_everything()
    return take()


def learn_once() -> None:
    """So that a night has something to apply."""
    from benchmarks.bench_recompute import recompute

    if not LearnedModel.objects.exists():
        recompute([], True)


def measured(environment: Mapping[str, str]) -> dict[str, Measured]:
    in_fresh_process("benchmarks.bench_growth:learn_once", environment=environment)
    return {what: in_fresh_process(*call, environment=environment) for what, call in STEPS.items()}


def compare(what: str, half: Measured, full: Measured) -> int:
    print(f"{what:28} half {half.seconds:8.1f} s {half.cpu_seconds:8.1f} s of CPU {half.peak_mb:6} MB   "
          f"all {full.seconds:8.1f} s {full.cpu_seconds:8.1f} s of CPU {full.peak_mb:6} MB")  # fmt: skip
    over = verdict(f"{what}, by the clock", full.seconds / half.seconds, RATIO, "")
    return over + verdict(f"{what}, by CPU time", full.cpu_seconds / half.cpu_seconds, RATIO, "")
