"""Running a job, here and now: in a Celery worker, or inline where somebody waits for it.

How an attempt ends:

* `run` returns: done, written under the fence, unless `context.finish()` said so already.
* It raises JobError, runs into its time limit or out of disk: failed at once, in those words. Trying again would too.
* It raises anything else: failed at once too; the page says under which number the log has the traceback.
* The database went away, or chose it as the victim of a deadlock: back to the queue, as if its worker had died.
* Its worker dies, or gives no sign of life for the length of a lease: the reaper puts it back to the queue.
  These last two count against the job only if its checkpoint has not moved since the attempt began; after
  JOB_MAX_ATTEMPTS that counted it has failed.
* The worker is told to stop (SIGTERM, Ctrl-C): back to the queue, not counted.
* It was cancelled: it stops at its next `progress()` or `fenced()`.
"""

from __future__ import annotations

import logging
import time

import psycopg
from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core import logs
from jobs import kinds, leases, messages
from jobs.context import JobContext
from jobs.errors import JobCancelled, JobError, LeaseLost, UnknownKindError, disk_full_in_words, is_disk_full
from jobs.heartbeat import Heartbeat
from jobs.models import Job
from jobs.status import Status
from protection.audit import acting
from protection.audit.models import Origin

__all__ = ["JobContext", "run_job", "wait_for"]

logger = logging.getLogger(__name__)

# What a run does with a connection of its own counts like what it does with Django's.
DATABASE_AWAY = (OperationalError, InterfaceError, psycopg.OperationalError, psycopg.InterfaceError)
POLL_SECONDS = 0.5
# A job that waits longer than this has no worker, or one that is busy for long.
PATIENCE_SECONDS = 4.0


def run_job(job_id: int) -> Job:
    """Claim the job and run it in this process; if it is not to be had, leave it. Returns the row as it is then.

    How it ended, the row says: no failure of the job is raised.
    """
    if connection.in_atomic_block:
        raise RuntimeError("a job runs outside of any transaction: others must see that it is claimed")
    job = leases.claim(job_id)
    if job is None and leases.return_lost(job_id):
        job = leases.claim(job_id)
    if job is not None:
        with (
            logs.bound(job_id=job.pk, attempt=job.attempt),
            translation.override(leases.language_of(job)),
            acting(user=job.requested_by_id, origin=Origin.JOB, detail=f"{job.kind} {job.pk}"),
        ):
            _attempt(job)
        _wake_twin(job)
    return Job.objects.get(pk=job_id)


def wait_for(job_id: int, poll: float = POLL_SECONDS, patience: float = PATIENCE_SECONDS) -> Job:
    """Wait until the job is over, however long; run it here if no worker comes for it within `patience` seconds."""
    while not (job := Job.objects.get(pk=job_id)).is_over:
        waited = (timezone.now() - job.queued_at).total_seconds()
        if job.status == Status.RUNNING or waited > patience:
            leases.return_lost()  # with no worker alive there is no reaper either
        if waited > patience and job.status == Status.QUEUED:
            job = run_job(job_id)
        if not job.is_over:
            time.sleep(poll)
    return job


def _attempt(job: Job) -> None:
    with Heartbeat(job) as heartbeat:
        context = JobContext(job, heartbeat)
        try:
            _run(job, context)
        except LeaseLost as lost:
            logger.warning("%s", lost)
        except JobCancelled:
            leases.end(job, Status.CANCELLED, **context.closing())
        except Exception as error:
            if isinstance(error, DATABASE_AWAY) and not is_disk_full(error):
                _give_up(job)
            else:
                connection.close_if_unusable_or_obsolete()
                leases.end(job, Status.FAILED, error=_in_words(error, job), **context.closing())
        except BaseException:  # the process is told to end
            heartbeat.hand_back()
            raise


def _run(job: Job, context: JobContext) -> None:
    result = kinds.get(job.kind).run(context)
    if not context.is_finished:
        with context.fenced():
            context.finish(result)


def _give_up(job: Job) -> None:
    logger.warning("Job %s: attempt %s broke off", job.pk, job.attempt, exc_info=True)
    connection.close()
    try:
        leases.give_up(job.pk, job.attempt)
    except DATABASE_AWAY:
        logger.warning("Job %s: the database is away; its lease will run out", job.pk)


def _in_words(error: Exception, job: Job) -> str:
    if isinstance(error, JobError):
        return str(error)
    if isinstance(error, UnknownKindError):
        return _("This version of the program does not know jobs of the kind “%(kind)s”.") % {"kind": job.kind}
    if isinstance(error, SoftTimeLimitExceeded):
        hours = round(settings.CELERY_TASK_SOFT_TIME_LIMIT / 3600)
        return ngettext(
            "It was stopped because it took longer than an hour.",
            "It was stopped because it took longer than %(hours)s hours.",
            hours,
        ) % {"hours": hours}
    logger.error("Job %s (%s) failed", job.pk, job.kind, exc_info=error)
    if is_disk_full(error):
        return disk_full_in_words()
    return _("Something happened that the program is not prepared for. Its log says more under job %(id)s.") % {
        "id": job.pk
    }


def _wake_twin(job: Job) -> None:
    """The same work, asked for while this ran, could not be claimed until now."""
    twin = Job.objects.queued().same_work_as(job).order_by("id").first()
    if twin is not None:
        messages.send(twin)
