from __future__ import annotations

import datetime as dt
import subprocess
import sys

import pytest
from django.db.models.functions import Now

from jobs import leases
from jobs.actions import enqueue
from jobs.messages import drained_kinds
from jobs.models import Job
from jobs.reaping import reap
from tests.jobs.processes import empty_queues, until

pytestmark = pytest.mark.django_db(transaction=True)

SECOND = dt.timedelta(seconds=1)
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture(autouse=True)
def clean_broker(transactional_db):
    empty_queues()


@pytest.fixture
def lost() -> Job:
    """A job whose worker has given no sign of life for a minute."""
    job = enqueue(kind="test-count", params={"upto": 5})
    leases.claim(job.pk)
    Job.objects.update(lease_until=Now() - MINUTE)
    job.refresh_from_db()
    return job


def unsent(job: Job, *, sent: dt.timedelta | None, queued: dt.timedelta) -> bool:
    """Whether the reaper takes its message for lost, when it was sent and the job queued so long ago."""
    Job.objects.filter(pk=job.pk).update(sent_at=None if sent is None else Now() - sent, queued_at=Now() - queued)
    return Job.objects.unheard().filter(pk=job.pk).exists()


def test_an_expired_lease_goes_back_to_the_queue_and_gets_a_message(lost):
    reap()
    lost.refresh_from_db()
    assert (lost.status, lost.failures, lost.lease_until) == ("queued", 1, None)
    assert lost.sent_at is not None, "no message was on the way, so none is waited for"


def test_a_lease_that_holds_is_left_alone():
    job = enqueue(kind="test-count", params={"upto": 5})
    leases.claim(job.pk)
    reap()
    job.refresh_from_db()
    assert job.status == "running"


def test_an_attempt_that_got_further_does_not_count(lost):
    Job.objects.update(checkpoint={"next": 2}, failures=2)
    reap()
    lost.refresh_from_db()
    assert (lost.status, lost.failures) == ("queued", 2)


def test_the_third_that_got_no_further_fails_the_job(lost):
    Job.objects.update(checkpoint={"next": 2}, checkpoint_at_claim={"next": 2}, failures=2)
    reap()
    lost.refresh_from_db()
    assert (lost.status, lost.failures) == ("failed", 3)
    assert lost.finished_at is not None
    assert f"job {lost.pk}" in lost.error


def test_a_lost_attempt_of_a_cancelled_job_ends_it(lost):
    Job.objects.update(cancel_requested=True)
    reap()
    lost.refresh_from_db()
    assert lost.status == "cancelled"


def test_a_lost_job_comes_back_beside_one_that_was_asked_for_while_it_ran(lost):
    later = enqueue(kind="test-count", params={"upto": 5})
    reap()
    assert set(Job.objects.queued().values_list("pk", flat=True)) == {lost.pk, later.pk}


def test_a_job_that_no_broker_took_is_sent_when_there_is_one_again(no_broker, monkeypatch):
    job = enqueue(kind="test-count", params={"upto": 5})
    Job.objects.update(queued_at=Now() - MINUTE)
    reap()
    job.refresh_from_db()
    assert (job.status, job.sent_at) == ("queued", None)
    monkeypatch.undo()
    reap()
    job.refresh_from_db()
    assert (job.status, job.sent_at is not None) == ("queued", True)


def test_when_a_message_is_taken_for_lost():
    job = enqueue(kind="test-count", params={"upto": 5})
    assert not unsent(job, sent=None, queued=SECOND)
    assert unsent(job, sent=None, queued=6 * SECOND)
    assert not unsent(job, sent=19 * SECOND, queued=20 * SECOND)
    assert unsent(job, sent=21 * SECOND, queued=21 * SECOND)
    # After ten minutes in a queue that is long, messages come less often …
    assert not unsent(job, sent=MINUTE, queued=10 * MINUTE)
    # … but at least every five minutes.
    assert unsent(job, sent=6 * MINUTE, queued=60 * MINUTE)


def test_in_an_empty_queue_a_message_is_missed_soon():
    """As after the broker was wiped, or a worker died with it in its hands: however long the job has waited."""
    job = enqueue(kind="test-count", params={"upto": 5})
    Job.objects.update(sent_at=Now() - 6 * SECOND, queued_at=Now() - 60 * MINUTE)
    reap()
    job.refresh_from_db()
    first = job.sent_at
    assert first is not None
    assert "test-count" not in drained_kinds()
    Job.objects.update(sent_at=Now() - 6 * SECOND)
    assert not Job.objects.unheard(drained=drained_kinds()).exists(), "there is a message"
    empty_queues()
    assert "test-count" in drained_kinds()
    reap()
    job.refresh_from_db()
    assert job.sent_at is not None
    assert job.sent_at > first
    assert "test-count" not in drained_kinds()


def test_a_message_that_a_later_one_overtook_is_missed_soon():
    """As when a worker dies with it in its hands while others go on."""
    job, later = (enqueue(kind="test-count", params={"upto": upto}) for upto in (5, 6))
    Job.objects.filter(pk=job.pk).update(sent_at=Now() - 8 * SECOND, queued_at=Now() - 60 * MINUTE)
    Job.objects.filter(pk=later.pk).update(sent_at=Now() - 7 * SECOND, queued_at=Now() - 7 * SECOND)
    assert not Job.objects.unheard().exists()
    leases.claim(later.pk)
    assert list(Job.objects.unheard()) == [job]
    reap()
    assert not Job.objects.unheard().exists(), "the second message is behind it again"


def test_without_a_broker_nobody_knows_what_is_empty(no_broker):
    assert drained_kinds() == []


def test_what_waits_for_its_twin_needs_no_message():
    running = enqueue(kind="test-count", params={"upto": 5})
    leases.claim(running.pk)
    waiting = enqueue(kind="test-count", params={"upto": 5})
    assert not unsent(waiting, sent=MINUTE, queued=MINUTE)
    Job.objects.filter(pk=running.pk).update(status="done", lease_until=None)
    assert unsent(waiting, sent=MINUTE, queued=MINUTE)


class TestProcessesThatAreGone:
    """On the reaper's own machine nobody waits for the lease of a process that has ended."""

    @pytest.fixture
    def running(self, transactional_db) -> Job:
        job = leases.claim(enqueue(kind="test-count", params={}).pk)
        assert job is not None
        return job

    def by(self, job: Job, place: str, pid: int) -> str:
        """What becomes of the job if that process runs it."""
        Job.objects.filter(pk=job.pk).update(worker=f"{place}:{pid}")
        reap()
        return Job.objects.get(pk=job.pk).status

    def test_a_job_of_a_process_that_has_ended_is_given_to_others_at_once(self, running):
        place = running.worker.rpartition(":")[0]
        child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
        assert self.by(running, place, child.pid) == "running"
        child.kill()
        # Nobody has waited for it yet: it is still listed.
        until(lambda: self.by(running, place, child.pid) == "queued")
        child.communicate()

    def test_of_a_process_elsewhere_only_its_lease_tells(self, running):
        host, _dot, space = running.worker.rpartition(":")[0].rpartition(".")
        nobody = 2**22 + 1  # beyond the highest number that Linux gives
        assert self.by(running, f"{host}x.{space}", nobody) == "running"
        assert self.by(running, f"{host}.00000000", nobody) == "running"
        assert self.by(running, host, nobody) == "running"
        assert self.by(running, f"{host}.{space}", nobody) == "queued"
