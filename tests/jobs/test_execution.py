from __future__ import annotations

import logging
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import OperationalError, connection, transaction
from django.utils.translation import get_language

from jobs import kinds, leases, shutdown
from jobs.actions import cancel, enqueue
from jobs.context import JobContext
from jobs.errors import LeaseLost
from jobs.execution import run_job, wait_for
from jobs.heartbeat import Heartbeat
from jobs.kinds import JobKind
from jobs.models import Job
from tests.factories import create_user
from tests.jobs.processes import until
from tests.jobs.sample_kinds import left

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def run_as(monkeypatch):
    """Runs a function as the one job of a kind of its own."""

    def run(function, **fields) -> Job:
        monkeypatch.setitem(kinds._kinds, "test-any", JobKind("test-any", "Any", "runs", function))
        return run_job(enqueue(kind="test-any", params={}, **fields).pk)

    return run


def in_thread(job: Job):
    """Runs the job beside the test, as a worker does."""

    def run() -> None:
        try:
            run_job(job.pk)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_a_job_runs_and_says_what_came_of_it(effects):
    job = run_job(enqueue(kind="test-count", params={"upto": 3}).pk)
    assert (job.status, job.attempt, job.result) == ("done", 1, {"counted": 3})
    assert (job.progress_done, job.progress_total, job.progress_note) == (3, 3, "number 2")
    assert left(job.pk) == ["0", "1", "2"]
    assert job.lease_until is None
    assert job.duration is not None
    assert job.duration.total_seconds() > 0
    assert job.worker
    assert job.code_version


def test_a_message_that_comes_twice_runs_the_job_once(effects):
    job = enqueue(kind="test-count", params={"upto": 3, "pause": 0.05})

    def deliver() -> None:
        try:
            run_job(job.pk)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as messages:
        for each in [messages.submit(deliver) for _ in range(8)]:
            each.result()
    run_job(job.pk)
    job.refresh_from_db()
    assert (job.status, job.attempt) == ("done", 1)
    assert left(job.pk) == ["0", "1", "2"]


def test_the_same_work_runs_one_after_the_other(effects):
    first = enqueue(kind="test-wait", params={})
    thread = in_thread(first)
    until(lambda: left(first.pk))
    second = enqueue(kind="test-wait", params={})
    assert run_job(second.pk).status == "queued"
    cancel(job=first, by=create_user("admin"))
    thread.join()
    assert leases.claim(second.pk) is not None


def test_the_one_that_waited_gets_a_message_when_the_other_is_over(run_as):
    def ask_again(context: JobContext) -> None:
        enqueue(kind="test-any", params={})
        Job.objects.queued().update(sent_at=None)

    run_as(ask_again)
    assert Job.objects.get(status="queued").sent_at is not None


def test_publishing_and_done_are_one_transaction(effects):
    job = run_job(enqueue(kind="test-publish", params={"fenced": True}).pk)
    assert (job.status, job.result) == ("done", {"rows": 1})
    assert left(job.pk) == ["begun", "published"]


def test_what_is_rolled_back_is_not_done(run_as):
    def change_its_mind(context: JobContext) -> None:
        try:
            with context.fenced():
                context.finish({"rows": 1})
                raise LookupError
        except LookupError:
            context.save_checkpoint({"rolled": "back"})
        with context.fenced():
            context.finish({"rows": 2})

    job = run_as(change_its_mind)
    assert (job.status, job.result, job.checkpoint) == ("done", {"rows": 2}, {"rolled": "back"})


def test_finish_belongs_inside_the_fence(run_as, caplog):
    job = run_as(lambda context: context.finish())
    assert job.status == "failed"
    assert "finish() belongs inside" in caplog.text


def test_a_known_error_is_shown_in_its_own_words():
    job = run_job(enqueue(kind="test-fail", params={"how": "words"}).pk)
    assert (job.status, job.attempt) == ("failed", 1)
    assert job.error == "The file has no column “date”."


def test_an_unknown_error_is_kept_in_the_log_and_out_of_the_page(caplog):
    with caplog.at_level(logging.ERROR):
        job = run_job(enqueue(kind="test-fail", params={"how": "bug"}).pk)
    assert job.status == "failed"
    assert f"job {job.pk}" in job.error
    assert "a / b" not in job.error
    assert "ZeroDivisionError: a / b" in caplog.text


def test_a_job_that_takes_too_long_says_so():
    job = run_job(enqueue(kind="test-fail", params={"how": "time"}).pk)
    assert (job.status, job.error) == ("failed", "It was stopped because it took longer than 3 hours.")


def test_a_job_speaks_the_language_of_who_asked(run_as):
    spoken = []
    run_as(lambda context: spoken.append(get_language()), requested_by=create_user("admin", language="zh-hans"))
    run_as(lambda context: spoken.append(get_language()))
    assert spoken == ["zh-hans", "en"]


def test_a_kind_that_this_version_does_not_know_fails_in_words():
    job = enqueue(kind="test-count", params={"upto": 1})
    Job.objects.filter(pk=job.pk).update(kind="from-the-future")
    assert "does not know jobs of the kind “from-the-future”" in run_job(job.pk).error


def test_a_database_that_goes_away_is_tried_three_times(run_as, caplog):
    def lose_the_database(context: JobContext) -> None:
        raise OperationalError("server closed the connection unexpectedly")

    job = run_as(lose_the_database)
    assert [job.status, job.failures] == ["queued", 1]
    run_job(job.pk)
    job = run_job(job.pk)
    assert [job.status, job.failures, job.attempt] == ["failed", 3, 3]
    assert "was started 3 times" in job.error


def test_a_connection_that_the_server_ends_in_the_middle(run_as, caplog):
    def be_cut_off(context: JobContext) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    assert [run_as(be_cut_off).status, Job.objects.get().failures] == ["queued", 1]


def test_a_cancelled_job_stops_at_its_next_step(effects):
    job = enqueue(kind="test-wait", params={})
    thread = in_thread(job)
    until(lambda: left(job.pk))
    admin = create_user("admin")
    cancel(job=job, by=admin)
    thread.join(5)
    assert not thread.is_alive()
    job.refresh_from_db()
    assert (job.status, job.cancelled_by, job.error) == ("cancelled", admin, "")
    assert job.finished_at is not None


def test_cancelled_before_publishing_means_not_published(run_as, effects):
    def publish_late(context: JobContext) -> None:
        Job.objects.filter(pk=context.job_id).update(cancel_requested=True)
        with context.fenced():
            raise AssertionError("the fence let a cancelled job in")

    assert run_as(publish_late).status == "cancelled"


def test_a_kind_that_goes_on_after_errors_does_not_swallow_a_cancellation(run_as):
    reported = []

    def go_on(context: JobContext) -> None:
        Job.objects.filter(pk=context.job_id).update(cancel_requested=True)
        for part in range(3):
            try:
                with context.fenced():
                    raise LookupError
            except Exception as error:
                reported.append((part, error))

    assert run_as(go_on).status == "cancelled"
    assert reported == []


def test_progress_is_seen_while_a_transaction_is_open(run_as):
    seen = threading.Event()

    def look() -> None:
        until(lambda: Job.objects.filter(progress_done=5, progress_note="half").exists())
        connection.close()
        seen.set()

    def work(context: JobContext) -> None:
        with transaction.atomic():
            context.progress(5, 10, "half")
            assert seen.wait(10)

    onlooker = threading.Thread(target=look)
    onlooker.start()
    assert run_as(work).status == "done"
    onlooker.join()


def test_the_lease_is_renewed_while_nothing_is_reported(run_as, settings):
    settings.JOB_LEASE_SECONDS = 1

    def fit_for_long(context: JobContext) -> None:
        threading.Event().wait(1.5)
        assert leases.return_lost() == 0

    assert run_as(fit_for_long).status == "done"


def test_a_fence_held_for_longer_than_a_lease_is_not_broken(run_as, settings):
    settings.JOB_LEASE_SECONDS = 1
    taken = []

    def reap() -> None:
        taken.append(leases.return_lost())
        connection.close()

    def write_for_long(context: JobContext) -> None:
        with context.fenced():
            threading.Event().wait(1.5)
            reaper = threading.Thread(target=reap)
            reaper.start()
            reaper.join()
        taken.append(leases.return_lost())

    assert run_as(write_for_long).status == "done"
    assert taken == [0, 0]


def test_peak_memory_is_that_of_the_job_not_of_its_process(run_as):
    def need_much(context: JobContext) -> None:
        assert len(bytearray(200_000_000)) == 200_000_000

    big = run_as(need_much)
    small = run_as(lambda context: None)
    assert big.peak_memory_mb - small.peak_memory_mb > 150


def test_a_worker_that_stops_hands_its_job_back(effects, told_to_stop):
    job = enqueue(kind="test-wait", params={})
    thread = in_thread(job)
    until(lambda: left(job.pk))
    shutdown.tell()
    thread.join(5)
    assert not thread.is_alive()
    job.refresh_from_db()
    assert (job.status, job.attempt, job.failures, job.lease_until) == ("queued", 1, 0, None)


@pytest.mark.parametrize("ending", [SystemExit, KeyboardInterrupt])
def test_a_process_that_is_ended_hands_its_job_back(run_as, ending):
    def be_ended(context: JobContext) -> None:
        raise ending

    with pytest.raises(ending):
        run_as(be_ended)
    job = Job.objects.get()
    assert (job.status, job.failures) == ("queued", 0)


def test_a_lost_attempt_saves_no_checkpoint():
    job = enqueue(kind="test-count", params={"upto": 1})
    lost = leases.claim(job.pk)
    assert lost is not None
    context = JobContext(lost, Heartbeat(lost))
    Job.objects.filter(pk=job.pk).update(attempt=2)
    with pytest.raises(LeaseLost):
        context.save_checkpoint({"next": 7})
    job.refresh_from_db()
    assert job.checkpoint == {}


def test_it_does_not_run_inside_a_transaction():
    job = enqueue(kind="test-count", params={"upto": 1})
    with transaction.atomic(), pytest.raises(RuntimeError, match="outside of any transaction"):
        run_job(job.pk)


def test_waiting_takes_over_where_no_worker_comes(effects):
    job = enqueue(kind="test-count", params={"upto": 2})
    done = wait_for(job.pk, poll=0.05, patience=0.2)
    assert (done.status, left(job.pk)) == ("done", ["0", "1"])


def test_waiting_leaves_the_job_to_a_worker_that_has_it(effects):
    job = enqueue(kind="test-count", params={"upto": 3, "pause": 0.3})
    thread = in_thread(job)
    done = wait_for(job.pk, poll=0.05, patience=0.2)
    thread.join()
    assert (done.status, done.attempt) == ("done", 1)


def test_waiting_takes_over_from_a_worker_that_died(effects, settings):
    settings.JOB_LEASE_SECONDS = 0
    job = enqueue(kind="test-count", params={"upto": 1})
    leases.claim(job.pk)
    settings.JOB_LEASE_SECONDS = 30
    done = wait_for(job.pk, poll=0.05, patience=0.2)
    assert (done.status, done.attempt, done.failures) == ("done", 2, 1)
