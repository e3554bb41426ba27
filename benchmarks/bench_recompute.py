"""A whole recomputation, as every night and every week: all analyses in one job, published; seconds, memory."""

from __future__ import annotations

from django.conf import settings
from django.db.models import F

from benchmarks import demo
from benchmarks.fresh import Measured, in_fresh_process
from benchmarks.measure import load, row, verdict

# For a million customers with ten orders each, on two cores.
NIGHTLY_SECONDS, NIGHTLY_MB = 150.0, 2500.0
WEEKLY_SECONDS, WEEKLY_MB = 1200.0, 4000.0


def main() -> int:
    print(f"{demo.sizes()}; {settings.ANALYTICS_THREADS} threads, {settings.ANALYTICS_MEMORY}; load {load()}")
    in_fresh_process("benchmarks.bench_recompute:recompute", ["daily"], True)  # so that the snapshot is there
    weekly = measured("weekly: all learned, judged, champions chosen", learn=True)
    nightly = measured("nightly: all applied and published", learn=False)
    return sum(
        (
            verdict("weekly", weekly.seconds, WEEKLY_SECONDS, "s"),
            verdict("weekly: memory", weekly.peak_mb, WEEKLY_MB, "MB"),
            verdict("nightly", nightly.seconds, NIGHTLY_SECONDS, "s"),
            verdict("nightly: memory", nightly.peak_mb, NIGHTLY_MB, "MB"),
        )
    )


def measured(what: str, *, learn: bool) -> Measured:
    found = in_fresh_process("benchmarks.bench_recompute:recompute", [], learn)
    print(f"{what}: {found.cpu_seconds:.1f} s of CPU, PostgreSQL's too")
    for name, status, seconds in found.result:
        row(f"  {name}", status, f"{seconds:.1f} s")
    return found


def recompute(analyses: list[str], learn: bool) -> list[tuple[str, str, float]]:
    """Each run of the job that the schedule starts: the analysis, its status, how long it took."""
    from analytics.job_kinds import RECOMPUTE
    from analytics.models import Run
    from jobs.actions import enqueue
    from jobs.execution import run_job

    params = {"analyses": analyses, "as_of": None, "learn": learn}
    done = run_job(enqueue(kind=RECOMPUTE, params=params, reason="benchmark", notify=False).pk)
    assert done.status == "done", done.error
    runs = Run.objects.filter(job=done).order_by("pk")
    took = runs.annotate(took=F("finished_at") - F("started_at"))
    return [
        (name, status, took.total_seconds()) for name, status, took in took.values_list("analysis", "status", "took")
    ]
