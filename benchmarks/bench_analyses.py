"""RFM, and groups with recommendations, from a snapshot to published results: seconds and memory of a fresh process."""

from __future__ import annotations

from django.conf import settings

from benchmarks import demo
from benchmarks.fresh import Measured, in_fresh_process
from benchmarks.measure import load, verdict

# For a million customers with ten orders each.
RFM_SECONDS, RFM_MB = 15.0, 1500.0
REST_SECONDS, REST_MB = 60.0, 2000.0


def main() -> int:
    print(f"{demo.sizes()}; {settings.ANALYTICS_THREADS} threads, {settings.ANALYTICS_MEMORY}; load {load()}")
    in_fresh_process("benchmarks.bench_analyses:recompute", "daily")  # so that the snapshot is there
    rfm = in_fresh_process("benchmarks.bench_analyses:recompute", "rfm")
    show("rfm", rfm)
    rest = in_fresh_process("benchmarks.bench_analyses:recompute", "kmeans", "recommendations")
    show("kmeans + recommendations", rest)
    return sum(
        (
            verdict("rfm, snapshot to published", rfm.seconds, RFM_SECONDS, "s"),
            verdict("rfm, memory", rfm.peak_mb, RFM_MB, "MB"),
            verdict("kmeans + recommendations", rest.seconds, REST_SECONDS, "s"),
            verdict("kmeans + recommendations, memory", rest.peak_mb, REST_MB, "MB"),
        )
    )


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
