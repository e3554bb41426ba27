"""What the fence is for, with processes that are really killed and really stalled."""

from __future__ import annotations

import signal

import pytest

from jobs import leases
from jobs.actions import enqueue
from jobs.execution import run_job
from jobs.models import Job
from jobs.reaping import reap
from tests.jobs.processes import process, until
from tests.jobs.sample_kinds import left

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


def is_waiting(job: Job) -> bool:
    """After the reaper came by, which it does again and again until the lease has run out."""
    reap()
    return Job.objects.filter(pk=job.pk, status="queued").exists()


def test_a_killed_attempt_is_finished_by_the_next_with_nothing_twice(effects):
    job = enqueue(kind="test-count", params={"upto": 8, "pause": 0.1})
    with process("tests.jobs.run_one", str(job.pk)) as victim:
        until(lambda: len(left(job.pk)) >= 3)
        victim.send_signal(signal.SIGKILL)
        victim.wait()
    before = left(job.pk)
    job.refresh_from_db()
    assert job.status == "running"
    done = run_job(job.pk)
    assert (done.status, done.attempt, done.failures) == ("done", 2, 0)
    assert 3 <= len(before) < 8
    assert left(job.pk) == [str(number) for number in range(8)]


def stall_and_overtake(job: Job) -> Job:
    """One attempt stalls before it publishes, a second takes over and publishes, and the first comes back to life."""
    with process("tests.jobs.run_one", str(job.pk)) as stalled:
        until(lambda: left(job.pk) == ["begun"])
        stalled.send_signal(signal.SIGSTOP)
        until(lambda: is_waiting(job))
        done = run_job(job.pk)
        stalled.send_signal(signal.SIGCONT)
        stalled.wait(20)
    return done


def test_an_attempt_that_comes_back_after_its_lease_was_taken_publishes_nothing(effects):
    done = stall_and_overtake(enqueue(kind="test-publish", params={"fenced": True, "pause": 1}))
    assert (done.status, done.attempt, done.failures) == ("done", 2, 1)
    assert left(done.pk) == ["begun", "begun", "published"]


def test_control_without_the_fence_the_same_stall_publishes_twice(effects):
    done = stall_and_overtake(enqueue(kind="test-publish", params={"fenced": False, "pause": 1}))
    assert left(done.pk) == ["begun", "begun", "published", "published"]


def test_a_job_that_kills_its_process_each_time_fails_after_three(effects, settings):
    settings.JOB_LEASE_SECONDS = 0
    job = enqueue(kind="test-wait", params={})
    for _attempt in range(3):
        with process("tests.jobs.run_one", str(job.pk)) as victim:
            until(lambda: Job.objects.filter(pk=job.pk, status="running").exists())
            victim.kill()
            victim.wait()
        until(lambda: leases.return_lost() == 1)
    job.refresh_from_db()
    assert (job.status, job.attempt, job.failures) == ("failed", 3, 3)
    assert "was started 3 times" in job.error
