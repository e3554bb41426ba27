from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.db import connection

from analytics.job_kinds import RECOMPUTE
from jobs import leases
from jobs.context import JobContext
from jobs.heartbeat import Heartbeat
from jobs.models import Job


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path: Path) -> Path:
    """Snapshots of one test are not seen by another."""
    settings.SNAPSHOT_DIR = tmp_path / "snapshots"
    return Path(settings.SNAPSHOT_DIR)


@pytest.fixture
def context(transactional_db) -> Callable[[], JobContext]:
    """Makes a job and its first attempt, as a kind's `run` is given it."""

    def claimed() -> JobContext:
        waiting = Job.objects.create(kind=RECOMPUTE, params_hash=f"test {Job.objects.count()}")
        job = leases.claim(waiting.pk)
        assert job is not None
        return JobContext(job, Heartbeat(job))

    return claimed


@pytest.fixture(autouse=True)
def no_partitions_left(request: pytest.FixtureRequest) -> Iterator[None]:
    """The tables of results are not Django's to flush."""
    yield
    if "transactional_db" in request.fixturenames or _is_transactional(request):
        with connection.cursor() as cursor:
            cursor.execute(r"SELECT relname FROM pg_class WHERE relkind = 'r' AND relname ~ '^analytics_\w+_r\d+$'")
            for (partition,) in cursor.fetchall():
                cursor.execute(f"DROP TABLE {partition}")


def _is_transactional(request: pytest.FixtureRequest) -> bool:
    mark = request.node.get_closest_marker("django_db")
    return bool(mark and mark.kwargs.get("transaction"))
