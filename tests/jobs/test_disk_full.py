"""A disk that is full: the job says so, nothing is half written, and it works again once there is room."""

from __future__ import annotations

import datetime as dt
import os
import secrets
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from django.conf import settings
from django.db import connection

from analytics import publishing
from analytics.actions import request_recomputation
from analytics.models import RfmScore, SnapshotManifest
from analytics.snapshot_sums import write_numbers
from core.embedded import embedded_database_url
from core.embedded.folders import database_account
from jobs import kinds
from jobs.actions import enqueue, retry
from jobs.context import JobContext
from jobs.execution import run_job
from jobs.kinds import JobKind
from jobs.models import Job
from tests.factories import create_customer, create_order, create_user
from tests.services_plugin import FOLDER_VARIABLE

pytestmark = pytest.mark.django_db(transaction=True)

WORDS = "There is no room left on the disk."


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    if os.geteuid() != 0:
        pytest.skip("only root may mount a small disk")
    folder.mkdir(exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=755", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("this machine lets nobody mount a small disk")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder: Path, *, but: int = 0) -> Path:
    """Leave only so many pages free."""
    room = os.statvfs(folder)
    ballast = folder / "ballast"
    ballast.write_bytes(b"x" * room.f_frsize * (room.f_bavail - but))
    return ballast


@pytest.fixture
def snapshots(open_folder) -> Iterator[Path]:
    usual = settings.SNAPSHOT_DIR
    with small_disk(open_folder / "snapshots", 16) as folder:
        settings.SNAPSHOT_DIR = folder
        yield folder
    settings.SNAPSHOT_DIR = usual


def rows_of(run: int | None) -> int:
    return RfmScore.objects.filter(run_id=run or 0).count()


def recomputed() -> Job:
    return run_job(request_recomputation(analyses=["rfm"]).pk)


def test_no_room_for_the_snapshot(snapshots):
    for number in range(20):
        create_customer(orders=1 + number % 4)
    assert recomputed().status == "done"
    shown = publishing.current_run_id("rfm")
    create_order(create_customer("New"), on=dt.date(2026, 6, 2))

    ballast = fill(snapshots)
    job = recomputed()
    assert (job.status, job.attempt) == ("failed", 1)
    assert WORDS in job.error
    assert publishing.current_run_id("rfm") == shown
    assert RfmScore.objects.count() == rows_of(shown) == 20
    assert SnapshotManifest.objects.filter(status="ready").count() == 1

    ballast.unlink()
    again = run_job(retry(job=job, by=create_user("admin")).pk)
    assert (again.status, again.error) == ("done", "")
    assert rows_of(publishing.current_run_id("rfm")) == 21


def test_no_room_for_columns_is_said_as_such(snapshots):
    fill(snapshots, but=2)
    columns = {"number": np.arange(4_000), "text": np.array(["a"] * 4_000)}
    with pytest.raises(OSError, match="No space left"):
        write_numbers(columns, snapshots / "columns")


@pytest.fixture
def small_tablespace(transactional_db, open_folder) -> Iterator[Path]:
    """A table of the tests on a disk of eight megabytes."""
    services = Path(os.environ[FOLDER_VARIABLE])
    if embedded_database_url(services) != settings.DATABASE_URL:
        pytest.skip("the server of the database is not this session's own")
    account = database_account(services)
    name = f"small_{secrets.token_hex(4)}"
    with small_disk(open_folder / "tablespace", 8) as folder, connection.cursor() as cursor:
        os.chown(folder, account.uid, account.gid)
        cursor.execute(f"CREATE TABLESPACE {name} LOCATION '{folder}'")
        cursor.execute(f"CREATE TABLE job_fill (number int, filler text) TABLESPACE {name}")
        yield folder
        cursor.execute("DROP TABLE job_fill")
        cursor.execute(f"DROP TABLESPACE {name}")


def write_much(context: JobContext) -> None:
    with context.fenced(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO job_fill SELECT n, repeat(md5(n::text), 30) FROM generate_series(1, %s) AS n",
            [context.params["rows"]],
        )
        context.finish({"rows": context.params["rows"]})


def test_no_room_in_the_database(small_tablespace, monkeypatch):
    monkeypatch.setitem(kinds._kinds, "test-fill", JobKind("test-fill", "Fill", "runs", write_much))
    ballast = fill(small_tablespace, but=100)
    job = run_job(enqueue(kind="test-fill", params={"rows": 3_000}).pk)
    assert (job.status, job.attempt, job.result) == ("failed", 1, {})
    assert WORDS in job.error
    assert written() == 0
    ballast.unlink()
    again = run_job(retry(job=job, by=create_user("admin")).pk)
    assert (again.status, written()) == ("done", 3_000)


def written() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM job_fill")
        return int(cursor.fetchone()[0])
