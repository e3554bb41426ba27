"""Filling an empty database with demo data of MERIDIAN_BENCH_CUSTOMERS customers: seconds and memory."""

from __future__ import annotations

from benchmarks import demo
from benchmarks.fresh import in_fresh_process
from benchmarks.measure import load, verdict

# For a million customers.
SECONDS, MEMORY_MB = 900.0, 1000.0


def main() -> int:
    customers = demo.wanted_size()
    made = in_fresh_process("benchmarks.demo:generate", customers)
    print(f"{demo.sizes()}; {made.cpu_seconds:,.0f} s of CPU; load {load()}")
    over = verdict("generate", made.seconds, SECONDS * customers / 1_000_000, "s")
    return over + verdict("memory", made.peak_mb, MEMORY_MB, "MB")
