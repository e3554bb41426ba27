from __future__ import annotations

import datetime as dt
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection, transaction

from jobs.actions import cancel, enqueue, params_hash, retry
from jobs.errors import JobError, UnknownKindError
from jobs.execution import run_job
from jobs.models import Job
from tests.factories import create_user

SLOT = dt.datetime(2026, 6, 1, 1, 0, tzinfo=dt.UTC)


@pytest.mark.django_db(transaction=True)
def test_twenty_clicks_at_once_make_one_job():
    together = Barrier(20)

    def click() -> int:
        together.wait()
        try:
            return enqueue(kind="test-count", params={"upto": 1}).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as clicks:
        ids = {each.result() for each in [clicks.submit(click) for _ in range(20)]}
    assert ids == {Job.objects.get().pk}


@pytest.mark.django_db
def test_the_order_of_parameters_does_not_matter_their_values_do():
    first = enqueue(kind="test-count", params={"upto": 1, "pause": 0})
    assert enqueue(kind="test-count", params={"pause": 0, "upto": 1}) == first
    assert enqueue(kind="test-count", params={"pause": 0, "upto": 2}) != first
    assert enqueue(kind="test-count", params={"pause": 0, "upto": 1}, scope="other") != first


@pytest.mark.django_db
def test_days_in_parameters_are_stored_as_text():
    job = enqueue(kind="test-count", params={"upto": 1, "as_of": dt.date(2026, 6, 1)})
    assert Job.objects.get(pk=job.pk).params == {"upto": 1, "as_of": "2026-06-01"}
    assert job.params_hash == params_hash({"as_of": "2026-06-01", "upto": 1})


@pytest.mark.django_db
def test_while_one_runs_another_may_wait():
    running = enqueue(kind="test-count", params={"upto": 1})
    Job.objects.filter(pk=running.pk).update(status="running", attempt=1, lease_until=SLOT)
    waiting = enqueue(kind="test-count", params={"upto": 1})
    assert waiting != running
    assert enqueue(kind="test-count", params={"upto": 1}) == waiting


@pytest.mark.django_db
def test_a_slot_has_one_job_whatever_became_of_it():
    job = enqueue(kind="test-count", params={"upto": 1}, scheduled_for=SLOT)
    Job.objects.filter(pk=job.pk).update(status="failed")
    assert enqueue(kind="test-count", params={"upto": 1}, scheduled_for=SLOT) == job
    assert enqueue(kind="test-count", params={"upto": 1}, scheduled_for=SLOT + dt.timedelta(days=1)) != job


@pytest.mark.django_db
def test_a_slot_is_served_by_the_job_that_waits_already():
    asked = enqueue(kind="test-count", params={"upto": 1}, requested_by=create_user("admin"))
    assert enqueue(kind="test-count", params={"upto": 1}, scheduled_for=SLOT) == asked
    asked.refresh_from_db()
    assert asked.scheduled_for == SLOT


@pytest.mark.django_db
def test_an_unknown_kind_is_an_error_of_the_caller():
    with pytest.raises(UnknownKindError):
        enqueue(kind="no-such-kind", params={})


@pytest.mark.django_db(transaction=True)
def test_the_message_is_sent_when_the_transaction_commits():
    with transaction.atomic():
        job = enqueue(kind="test-count", params={"upto": 1})
        job.refresh_from_db()
        assert job.sent_at is None
    job.refresh_from_db()
    assert job.sent_at is not None


@pytest.mark.django_db(transaction=True)
def test_without_a_broker_the_job_waits_and_nobody_waits_for_it(no_broker):
    began = time.monotonic()
    job = enqueue(kind="test-count", params={"upto": 1})
    assert time.monotonic() - began < 10, "tried again, or for as long as a connection may take"
    job.refresh_from_db()
    assert (job.status, job.sent_at) == ("queued", None)


@pytest.mark.django_db(transaction=True)
def test_who_runs_it_here_and_now_lets_no_worker_know():
    job = enqueue(kind="test-count", params={"upto": 1}, notify=False)
    job.refresh_from_db()
    assert (job.status, job.sent_at) == ("queued", None)


@pytest.mark.django_db
def test_a_waiting_job_is_cancelled_at_once():
    admin = create_user("admin")
    job = enqueue(kind="test-count", params={"upto": 1})
    cancel(job=job, by=admin)
    job.refresh_from_db()
    assert (job.status, job.cancelled_by) == ("cancelled", admin)
    assert job.finished_at is not None
    with pytest.raises(JobError, match="over already"):
        cancel(job=job, by=admin)


@pytest.mark.django_db(transaction=True)
def test_a_job_that_publishes_cannot_be_cancelled_and_says_so():
    job = enqueue(kind="test-count", params={"upto": 1})

    def cancel_elsewhere() -> None:
        try:
            cancel(job=job, by=admin)
        finally:
            connection.close()

    admin = create_user("admin")
    with ThreadPoolExecutor(1) as elsewhere, transaction.atomic():
        Job.objects.select_for_update().get(pk=job.pk)
        with pytest.raises(JobError, match="just writing its result"):
            elsewhere.submit(cancel_elsewhere).result()


@pytest.mark.django_db(transaction=True)
def test_a_failed_job_is_started_again_from_its_checkpoint(effects):
    job = enqueue(kind="test-count", params={"upto": 4})
    Job.objects.filter(pk=job.pk).update(status="failed", attempt=3, failures=3, error="!", checkpoint={"next": 3})
    admin = create_user("admin")
    assert retry(job=job, by=admin) == job
    done = run_job(job.pk)
    assert (done.status, done.attempt, done.failures, done.error) == ("done", 4, 0, "")
    assert (done.requested_by, done.checkpoint) == (admin, {"next": 4})


@pytest.mark.django_db
def test_what_waits_already_is_not_started_a_second_time():
    failed = enqueue(kind="test-count", params={"upto": 1})
    Job.objects.filter(pk=failed.pk).update(status="failed", attempt=1)
    waiting = enqueue(kind="test-count", params={"upto": 1})
    assert retry(job=failed, by=create_user("admin")) == waiting
    failed.refresh_from_db()
    assert failed.status == "failed"


@pytest.mark.django_db
@pytest.mark.parametrize("status", ["queued", "done"])
def test_only_what_ended_without_a_result_is_started_again(status):
    job = enqueue(kind="test-count", params={"upto": 1})
    Job.objects.filter(pk=job.pk).update(status=status)
    with pytest.raises(JobError, match="failed or was cancelled"):
        retry(job=job, by=create_user("admin"))
