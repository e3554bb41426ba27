from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.cache import cache

from accounts.models import User
from customers.models import Customer
from jobs.execution import run_job
from jobs.models import Job
from privacy.erasing import request_erasure
from privacy.models import ErasureRequest
from tests.analytics.conftest import no_partitions_left as no_partitions_left
from tests.factories import create_user


@pytest.fixture(autouse=True)
def own_folders(settings, tmp_path: Path) -> Path:
    """Files of one test are not seen by another."""
    settings.SNAPSHOT_DIR = tmp_path / "snapshots"
    settings.FILES_DIR = tmp_path / "files"
    settings.TOMBSTONE_FILE = tmp_path / "apart" / "tombstones.jsonl"
    cache.clear()
    return tmp_path


@pytest.fixture
def admin(db) -> User:
    return create_user("admin", name="Iris Admin")


@pytest.fixture
def erase(transactional_db) -> Callable[[Customer], ErasureRequest]:
    """Runs the job that erases a customer, here and now."""

    def run(customer: Customer, **asked: object) -> ErasureRequest:
        request = request_erasure(customer=customer, **asked)  # type: ignore[arg-type]
        assert request.job_id is not None
        job = run_job(request.job_id)
        assert job.status == "done", job.error
        request.refresh_from_db()
        return request

    return run


def done(job: Job) -> Job:
    assert job.status == "done", job.error
    return job
