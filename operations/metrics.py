"""What Prometheus is told: how long answers take, and how the jobs fare. Labels name routes, never addresses."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

from django.db import connection
from prometheus_client import CollectorRegistry, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from jobs import beat

REQUESTS = CollectorRegistry()
RESPONSE_SECONDS = Histogram(
    "crm_response_seconds",
    "Time to answer a request.",
    ["route", "method", "status"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2.5, 5, 10, 30),
    registry=REQUESTS,
)

JOBS = """
    SELECT kind, status, count(*), extract(epoch FROM now() - min(queued_at))::float8 AS oldest_seconds,
        count(*) FILTER (WHERE status = 'running' AND lease_until < now()) AS expired
    FROM jobs_job WHERE status IN ('queued', 'running') AND coalesce(scheduled_for, now()) <= now()
    GROUP BY kind, status
"""
ENDED = "SELECT kind, status, count(*) FROM jobs_job WHERE status NOT IN ('queued', 'running') GROUP BY kind, status"
FRESHNESS = """
    SELECT analysis, extract(epoch FROM now() - published_at)::float8 FROM analytics_currentrun
"""


class State(Collector):
    """Read from the database at the moment of asking, so that every process tells the same."""

    def collect(self) -> Iterator[Metric]:
        yield from self._jobs()
        yield self._family("crm_jobs_ended", "Jobs that are over.", ["kind", "status"], _rows(ENDED))
        yield self._family(
            "crm_scores_age_seconds", "Since the current run was published.", ["analysis"], _rows(FRESHNESS)
        )
        age = beat.seconds_since_tick()
        if age is not None:
            yield self._family("crm_beat_age_seconds", "Since beat last ticked.", [], [(age,)])

    def _jobs(self) -> Iterator[Metric]:
        rows = _rows(JOBS)
        yield self._family("crm_jobs", "Jobs that wait or run.", ["kind", "status"], [row[:3] for row in rows])
        waiting = [(kind, seconds) for kind, status, _count, seconds, _expired in rows if status == "queued"]
        yield self._family("crm_queue_age_seconds", "How long the oldest job has waited.", ["kind"], waiting)
        expired = [(kind, lost) for kind, status, _count, _seconds, lost in rows if status == "running"]
        yield self._family("crm_leases_expired", "Running jobs whose worker went silent.", ["kind"], expired)

    def _family(self, name: str, words: str, labels: list[str], rows: Sequence[tuple[object, ...]]) -> Metric:
        family = GaugeMetricFamily(name, words, labels=labels)
        for *values, number in rows:
            family.add_metric([str(value) for value in values], float(str(number)))
        return family


def exposition() -> tuple[bytes, str]:
    """The text and its content type. Where several processes serve, the times of all of them (crm/gunicorn.py)."""
    registry = CollectorRegistry()
    registry.register(State())
    times = REQUESTS
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        times = CollectorRegistry()
        MultiProcessCollector(times)  # type: ignore[no-untyped-call]
    return generate_latest(times) + generate_latest(registry), CONTENT_TYPE_LATEST


def _rows(statement: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        rows: list[tuple[object, ...]] = cursor.fetchall()
        return rows
