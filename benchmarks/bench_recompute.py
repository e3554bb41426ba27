"""A whole recomputation, as every night and every week: all analyses in one job, published; seconds, memory."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from benchmarks import demo
from benchmarks.fresh import in_fresh_process
from benchmarks.measure import load, row, verdict

# For a million customers with ten orders each, on two cores.
NIGHTLY_SECONDS, NIGHTLY_MB = 150.0, 2500.0
WEEKLY_SECONDS, WEEKLY_MB = 1200.0, 4000.0


def main() -> int:
    print(f"{demo.sizes()}; {settings.ANALYTICS_THREADS} threads, {settings.ANALYTICS_MEMORY}; load {load()}")
    in_fresh_process("benchmarks.bench_recompute:recompute", "daily")  # so that the snapshot is there
    found = in_fresh_process("benchmarks.bench_recompute:recompute")
    row("analysis", "what came of it", "seconds")
    for name, status, seconds in found.result:
        row(name, status, f"{seconds:.1f}")
    print(f"{found.cpu_seconds:.1f} s of CPU, PostgreSQL's too")
    # One job fits, judges and applies: until there is a lighter one for the night, both limits are for the same.
    return sum(
        (
            verdict("nightly: all applied and published", found.seconds, NIGHTLY_SECONDS, "s"),
            verdict("nightly: memory", found.peak_mb, NIGHTLY_MB, "MB"),
            verdict("weekly: all fitted, judged, champions chosen", found.seconds, WEEKLY_SECONDS, "s"),
            verdict("weekly: memory", found.peak_mb, WEEKLY_MB, "MB"),
        )
    )


def recompute(*analyses: str) -> list[tuple[str, str, Any]]:
    """Each run of the job: the analysis, its status, how long it took."""
    from analytics.job_kinds import RECOMPUTE
    from analytics.models import Run
    from jobs.actions import enqueue
    from jobs.execution import run_job

    job = enqueue(kind=RECOMPUTE, params={"analyses": list(analyses), "as_of": None}, reason="benchmark", notify=False)
    done = run_job(job.pk)
    assert done.status == "done", done.error
    runs = Run.objects.filter(job=done, finished_at__isnull=False).order_by("pk")
    return [
        (run.analysis, run.status, (run.finished_at - run.started_at).total_seconds())  # type: ignore[operator]
        for run in runs
    ]
