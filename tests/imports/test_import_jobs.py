"""An import as a job: what an attempt that breaks off leaves behind, and what the next one takes up."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import DatabaseError, OperationalError, ProgrammingError, connection

from core.models import OrganisationSettings
from customers.models import Order
from imports import check_orders, staging
from imports.importing import JOB_KIND, Request, run_import
from imports.models import Import
from jobs import leases
from jobs.actions import enqueue
from jobs.execution import run_job
from jobs.models import Job
from jobs.status import Status
from tests.imports.conftest import claimed

pytestmark = pytest.mark.django_db(transaction=True)

CONTENT = "number,ordered_at,amount\nA1,2026-03-01,5\nA2,2026-03-01,6\n"


@pytest.fixture
def request_(tmp_path: Path) -> Request:
    OrganisationSettings.objects.update_or_create(pk=1, defaults={"currency": "EUR"})
    path = tmp_path / "orders.csv"
    path.write_text(CONTENT, encoding="utf-8")
    return Request(path=str(path), kind="orders", source="shop")


@pytest.fixture
def job(request_: Request) -> Job:
    return enqueue(kind=JOB_KIND, params=request_.as_params())


def staging_schemas() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'import\\_staging%%'")
        return [name for (name,) in cursor.fetchall()]


def search_path() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW search_path")
        return str((cursor.fetchone() or [""])[0])


def test_done_with_the_records_and_the_summary_and_nothing_left_behind(job: Job):
    before = search_path()
    done = run_job(job.pk)
    assert (done.status, done.result["inserted"], done.progress_done) == (Status.DONE, 2, 100)
    assert Import.objects.get(job=job).summary == done.result
    assert (staging_schemas(), search_path()) == ([], before)


def test_failure_in_words_leaves_neither_records_nor_staged_rows(job: Job, request_: Request):
    Path(request_.path).write_text("number,ordered_at,amount\nA1,03/04/2026,5\n", encoding="utf-8")
    failed = run_job(job.pk)
    assert failed.status == Status.FAILED
    assert "State date_order" in failed.error
    assert (Order.objects.count(), staging_schemas()) == (0, [])


def test_file_that_is_gone_when_the_job_runs(job: Job, request_: Request):
    Path(request_.path).unlink()
    assert "There is no file" in run_job(job.pk).error


@pytest.mark.parametrize("survives", [True, False])
def test_next_attempt_goes_on_with_what_is_staged_if_that_is_whole(
    job: Job, monkeypatch: pytest.MonkeyPatch, survives: bool
):
    def break_off(plan: object) -> None:
        raise OperationalError("the connection is gone")

    readings = []
    stage = staging.stage
    monkeypatch.setattr(staging, "stage", lambda *arguments: readings.append(1) or stage(*arguments))
    with monkeypatch.context() as patched:
        patched.setattr(check_orders, "check", break_off)
        assert run_job(job.pk).status == Status.QUEUED
    assert staging_schemas() == [staging.schema_name(job.pk, 1)]
    if not survives:  # a crash of the server empties unlogged tables
        with connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE {staging.schema_name(job.pk, 1)}.staged")
    assert run_job(job.pk).result["inserted"] == 2
    assert len(readings) == (1 if survives else 2)
    staging.drop_abandoned()
    assert staging_schemas() == []


def test_attempt_that_lost_its_lease_writes_nothing_and_disturbs_nobody(
    request_: Request, monkeypatch: pytest.MonkeyPatch
):
    """While the first attempt checks, its lease runs out, and a second one imports the file."""
    context = claimed(request_)
    check = check_orders.check

    def check_late(plan: object) -> None:
        monkeypatch.setattr(check_orders, "check", check)
        Job.objects.filter(pk=context.job_id).update(lease_until="2000-01-01T00:00Z")
        leases.return_lost(context.job_id)
        assert run_job(context.job_id).result["inserted"] == 2

    monkeypatch.setattr(check_orders, "check", check_late)
    with pytest.raises(ProgrammingError, match="does not exist"):  # its schema went to the second attempt
        run_import(context)
    assert Job.objects.get(pk=context.job_id).result["inserted"] == 2
    assert Order.objects.count() == 2


def test_schema_that_is_gone_gets_no_tables_elsewhere():
    with (
        staging.staging_schema(staging.schema_name(1, 1)),
        connection.cursor() as cursor,
        pytest.raises(DatabaseError, match="permission denied"),
    ):
        cursor.execute("CREATE TABLE countries (written text)")


def test_staged_rows_of_a_job_that_is_over_are_removed(job: Job):
    Job.objects.filter(pk=job.pk).update(status=Status.CANCELLED)
    staging.create(staging.schema_name(job.pk, 1))
    staging.create(staging.schema_name(job.pk + 1000, 1))
    staging.drop_abandoned()
    assert staging_schemas() == []


def test_staged_rows_of_a_job_that_lives_are_kept(job: Job):
    name = staging.schema_name(job.pk, 1)
    staging.create(name)
    staging.drop_abandoned()
    assert staging_schemas() == [name]
    staging.drop(name)


def test_file_in_another_encoding_further_down_is_read_again(job: Job, request_: Request):
    rows = "".join(f"A{number},2026-03-01,5,ascii\n" for number in range(20_000))
    content = "number,ordered_at,amount,name\n" + rows + "B1,2026-03-01,5,Zoë\n"
    Path(request_.path).write_bytes(content.encode("cp1252"))
    done = run_job(job.pk)
    assert (done.result["encoding"], done.result["inserted"]) == ("cp1252", 20_001)
