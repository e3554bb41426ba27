"""A real Celery worker on the test's broker and database."""

from __future__ import annotations

import signal
from contextlib import contextmanager

import pytest
from celery import current_app

from jobs.actions import enqueue
from jobs.kinds import QUEUES
from jobs.models import Job
from jobs.reaping import reap
from tests.jobs.processes import empty_queues, process, until
from tests.jobs.sample_kinds import left

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow, pytest.mark.external]


@contextmanager
def worker():
    options = [
        "--pool",
        "prefork",
        "--concurrency",
        "2",
        "--loglevel",
        "WARNING",
        "--without-gossip",
        "--without-mingle",
    ]
    with process("celery", "-A", "tests.jobs.worker", "worker", "-Q", ",".join(sorted(QUEUES)), *options) as child:
        yield child


def status(job: Job) -> str:
    job.refresh_from_db()
    return job.status


def is_done(job: Job) -> bool:
    reap()
    return status(job) == "done"


@pytest.fixture(autouse=True)
def clean_broker(transactional_db):
    empty_queues()


def test_each_queue_is_served_and_each_job_done_once(effects):
    with worker():
        jobs = [enqueue(kind="test-count", params={"upto": upto}) for upto in (1, 2, 3)]
        jobs.append(enqueue(kind="test-publish", params={"fenced": True}))
        failing = enqueue(kind="test-fail", params={"how": "words"})
        until(lambda: all(status(job) == "done" for job in jobs) and status(failing) == "failed")
    assert [left(job.pk) for job in jobs] == [["0"], ["0", "1"], ["0", "1", "2"], ["begun", "published"]]
    assert {job.attempt for job in jobs} == {1}


def test_a_deploy_hands_the_job_to_the_next_worker_and_does_not_count(effects):
    job = enqueue(kind="test-count", params={"upto": 40, "pause": 0.1})
    with worker() as old:
        until(lambda: len(left(job.pk)) >= 3)
        old.send_signal(signal.SIGTERM)
        assert old.wait(15) == 0
    assert (status(job), job.failures, job.attempt) == ("queued", 0, 1)
    assert job.checkpoint != {}
    with worker():
        until(lambda: is_done(job), seconds=30)
    assert left(job.pk) == [str(number) for number in range(40)]
    assert (job.failures, job.attempt) == (0, 2)


def test_beat_names_tasks_that_there_are():
    current_app.loader.import_default_modules()
    for entry in current_app.conf.beat_schedule.values():
        assert entry["task"] in current_app.tasks
        assert entry["options"]["queue"] in QUEUES


def test_tasks_pass_over_arguments_of_other_versions():
    current_app.loader.import_default_modules()
    current_app.tasks["jobs.tasks.run"](job_id=10**9, from_a_later_version=True)
    current_app.tasks["jobs.tasks.tick"](from_a_later_version=True)
    current_app.tasks["jobs.tasks.reap"](from_a_later_version=True)
