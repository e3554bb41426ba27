"""Each analysis, from a snapshot to published results: seconds and memory of a fresh process.

MERIDIAN_BENCH_ANALYSES: only these, with commas between them.
"""

from __future__ import annotations

import os

from django.conf import settings

from analytics.catalog import ANALYSES
from benchmarks import demo
from benchmarks.fresh import Measured, in_fresh_process
from benchmarks.measure import load, verdict

# For a million customers with ten orders each.
TOGETHER = ("kmeans", "recommendations")
LIMITS = {("rfm",): (15.0, 1500.0), TOGETHER: (60.0, 2000.0)}
SECONDS, MB = 180.0, 2500.0


def main() -> int:
    print(f"{demo.sizes()}; {settings.ANALYTICS_THREADS} threads, {settings.ANALYTICS_MEMORY}; load {load()}")
    # So that the snapshot is there.
    show("daily, with the snapshot", in_fresh_process("benchmarks.bench_analyses:recompute", "daily"))
    over = 0
    for analyses in wanted():
        seconds, megabytes = LIMITS.get(analyses, (SECONDS, MB))
        name = " + ".join(analyses)
        measured = in_fresh_process("benchmarks.bench_analyses:recompute", *analyses)
        show(name, measured)
        over += verdict(f"{name}, snapshot to published", measured.seconds, seconds, "s")
        over += verdict(f"{name}, memory", measured.peak_mb, megabytes, "MB")
    return over


def wanted() -> list[tuple[str, ...]]:
    asked = os.environ.get("MERIDIAN_BENCH_ANALYSES")
    if asked:
        return [(name,) for name in asked.split(",")]
    apart = [(analysis.name,) for analysis in ANALYSES if analysis.name not in ("daily", *TOGETHER)]
    return [*apart, TOGETHER]


def recompute(*analyses: str) -> dict[str, str]:
    """The job that an admin's click starts; an unchanged snapshot is taken over."""
    from analytics.job_kinds import RECOMPUTE
    from jobs.actions import enqueue
    from jobs.execution import run_job

    job = enqueue(kind=RECOMPUTE, params={"analyses": list(analyses), "as_of": None}, reason="benchmark", notify=False)
    done = run_job(job.pk)
    assert done.status == "done", done.error
    return {name: done.result[name] for name in analyses}


def show(what: str, measured: Measured) -> None:
    print(f"{what:28} {measured.seconds:8.1f} s {measured.cpu_seconds:8.1f} s of CPU {measured.peak_mb:6} MB  "
          f"{measured.result}", flush=True)  # fmt: skip
