"""Who works on a job: claimed by one, lost by one that gives no sign of life. All on the database's clock."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.utils import translation
from django.utils.translation import gettext as _

from jobs import notices
from jobs.identity import code_version, is_gone, worker_name
from jobs.models import Job
from jobs.status import Status

CLAIM = """
UPDATE jobs_job
SET status = 'running', attempt = attempt + 1, started_at = clock_timestamp(), finished_at = NULL, error = '',
    lease_until = clock_timestamp() + make_interval(secs => %(lease)s), checkpoint_at_claim = checkpoint,
    worker = %(worker)s, code_version = %(code_version)s
WHERE id = %(id)s AND status = 'queued'
RETURNING *
"""


def lease() -> dt.timedelta:
    return dt.timedelta(seconds=settings.JOB_LEASE_SECONDS)


def language_of(job: Job) -> str:
    """What the job's words are written in: the language of whoever asked for it."""
    return (job.requested_by and job.requested_by.language) or settings.LANGUAGE_CODE


def claim(job_id: int) -> Job | None:
    """The job, now this process's to run; None where it does not wait, or the same work runs already."""
    values = {
        "id": job_id,
        "lease": settings.JOB_LEASE_SECONDS,
        "worker": worker_name()[:120],
        "code_version": code_version()[:40],
    }
    try:
        with transaction.atomic():
            return next(iter(Job.objects.raw(CLAIM, values)), None)
    except IntegrityError:  # job_one_running
        return None


def end(job: Job, status: Status, *, error: str = "", **closing: Any) -> bool:
    """Write how the attempt ended, unless it is no longer the one that works on the job."""
    with transaction.atomic():
        ended = Job.objects.held(job.pk, job.attempt).update(
            status=status, error=error, finished_at=Now(), lease_until=None, **closing
        )
        if ended:
            notices.tell_requester(job, status=status)
    return bool(ended)


def give_up(job_id: int, attempt: int) -> None:
    """End an attempt that may go better another time: what it was interrupted by is not the job's fault."""
    with transaction.atomic():
        job = Job.objects.held(job_id, attempt).select_for_update().first()
        if job is not None:
            _requeue(job)


def return_lost(job_id: int | None = None) -> int:
    """Take jobs from workers that gave no sign of life, and say from how many.

    Of a process on this machine that has ended none is waited for. A row that is locked is passed over: its attempt is
    alive and just writing.
    """
    workers = Job.objects.filter(status=Status.RUNNING).values_list("worker", flat=True).distinct()
    gone = [worker for worker in workers if is_gone(worker)]
    with transaction.atomic():
        given_up = Job.objects.lost(gone=gone).select_for_update(skip_locked=True)
        lost = list(given_up if job_id is None else given_up.filter(pk=job_id))
        for job in lost:
            _requeue(job)
    return len(lost)


def _requeue(job: Job) -> None:
    """Back to the queue, or out of it: after too many attempts that got no further, or when it is not wanted any more.

    The row must be locked.
    """
    job.failures += job.checkpoint == job.checkpoint_at_claim
    job.lease_until = None
    if job.cancel_requested:
        job.status, job.finished_at = Status.CANCELLED, Now()
    elif job.failures >= settings.JOB_MAX_ATTEMPTS:
        job.status, job.finished_at, job.error = Status.FAILED, Now(), _stopped_too_often(job)
    else:
        job.status, job.queued_at, job.sent_at = Status.QUEUED, Now(), None
    job.save(update_fields=["failures", "lease_until", "status", "finished_at", "error", "queued_at", "sent_at"])
    if job.status == Status.FAILED:
        notices.tell_requester(job, status=job.status)


def _stopped_too_often(job: Job) -> str:
    with translation.override(language_of(job)):
        return _(
            "It was started %(failures)s times and broke off each time without getting any further: its process was "
            "killed (perhaps because memory ran out), or the database could not be reached. The log of the workers "
            "says more under job %(id)s."
        ) % {"failures": job.failures, "id": job.pk}
