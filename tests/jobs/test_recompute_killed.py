"""A real recomputation, killed at random points: what everybody sees is whole at every moment, and published once."""

from __future__ import annotations

import datetime as dt
import random
import secrets
import time

import pytest
from django.db import connection

from analytics.actions import request_recomputation
from analytics.models import CurrentRun, Run
from analytics.results import TABLES
from jobs import leases
from jobs.execution import run_job
from jobs.models import Job
from tests.factories import create_customer, create_order, create_product
from tests.jobs.processes import process, until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

KILLS = 4
AS_OF = dt.date(2026, 6, 30)


@pytest.fixture
def shop(transactional_db) -> None:
    products = [create_product() for _ in range(4)]
    for number in range(40):
        customer = create_customer()
        for visit in range(1 + number % 5):
            on = AS_OF - dt.timedelta(days=number % 7 + 25 * visit)
            create_order(customer, on=on, amount=f"{20 + number}.00", products=products[number % 2 :: 2])


def is_whole() -> bool:
    """Whether each analysis shows all rows of its current run, and no row of one that is not published. One statement
    for each table, so it sees one moment."""
    with connection.cursor() as cursor:
        for analysis, table in TABLES.items():
            cursor.execute(
                f"SELECT NOT EXISTS (SELECT FROM {table.name} AS result JOIN analytics_run AS run ON run.id = run_id"
                "                    WHERE status <> 'published')"
                " AND NOT EXISTS (SELECT FROM analytics_currentrun JOIN analytics_run AS run ON run.id = run_id"
                "                 WHERE run.analysis = %s AND (status <> 'published' OR row_count <>"
                f"                      (SELECT count(*) FROM {table.name} AS result WHERE result.run_id = run.id)))",
                [analysis],
            )
            if cursor.fetchone() != (True,):
                return False
    return True


def killed_after(seconds: float, job: Job, settings) -> None:
    """Run the job in a process of its own and kill that so long after it has claimed it."""
    with process("tests.jobs.run_one", str(job.pk), CRM_SNAPSHOT_DIR=str(settings.SNAPSHOT_DIR)) as victim:
        until(lambda: Job.objects.filter(pk=job.pk, attempt__gt=job.attempt).exists(), seconds=180)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            assert is_whole()
            time.sleep(0.01)
        victim.kill()
        victim.wait()


def test_a_recomputation_killed_at_random_points_publishes_whole_runs_once(shop, settings):
    settings.JOB_MAX_ATTEMPTS = 100  # the limit has tests of its own
    seed = secrets.randbelow(10**6)
    print(f"seed {seed}")  # noqa: T201  # shown where the test fails
    chance = random.Random(seed)
    assert run_job(request_recomputation(as_of=AS_OF).pk).status == "done"
    shown = dict(CurrentRun.objects.values_list("analysis", "run_id"))
    assert {"daily", "rfm"} <= shown.keys()

    job = request_recomputation(as_of=AS_OF)
    for _kill in range(KILLS):
        killed_after(chance.uniform(0, 2), job, settings)
        assert is_whole()
        if Job.objects.filter(pk=job.pk, status="running").exists():
            until(lambda: leases.return_lost() == 1)
        job.refresh_from_db()
        if job.is_over:
            break
    done = run_job(job.pk)
    assert (done.status, done.error) == ("done", "")
    assert is_whole()
    for analysis, run in shown.items():
        assert CurrentRun.objects.get(analysis=analysis).run_id > run
        assert Run.objects.filter(job=job, analysis=analysis, status="published").count() == 1
    assert not Run.objects.filter(status="computing").exists()
