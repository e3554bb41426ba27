"""Asking for long work, calling it off, asking again."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import logging
from collections.abc import Mapping
from functools import partial
from typing import Any

from django.db import IntegrityError, OperationalError, transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from accounts.models import User
from jobs import kinds
from jobs.context import as_json
from jobs.errors import JobError
from jobs.messages import send
from jobs.models import Job
from jobs.status import Status

logger = logging.getLogger(__name__)

RACES = 5


def enqueue(
    *,
    kind: str,
    params: Mapping[str, Any],
    scope: str = "",
    requested_by: User | None = None,
    reason: str = "",
    scheduled_for: dt.datetime | None = None,
    notify: bool = True,
) -> Job:
    """The job that does this work: the one of the same kind, scope and parameters that waits already, or a new one.

    A new one's message is sent when the transaction commits. A broker that is down is logged, not raised: the job row
    is the truth, and the reaper sends again. Without `notify` none is sent: for whoever runs the job here and now, and
    wants no worker to come first.
    """
    kinds.get(kind)
    plain = as_json(params)
    same_work = {"kind": kind, "scope": scope, "params_hash": params_hash(plain)}
    details = {"params": plain, "requested_by": requested_by, "reason": reason[:200], "scheduled_for": scheduled_for}
    for _race in range(RACES):
        job, is_new = _waiting_or_new(same_work, details)
        if job is not None:
            if is_new and notify:
                transaction.on_commit(partial(send, job), robust=True)
            return job
    raise RuntimeError(f"{kind}: the same job was made and claimed {RACES} times while this one was asked for")


def params_hash(params: Mapping[str, Any]) -> str:
    canonical = json.dumps(params, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _waiting_or_new(same_work: dict[str, str], details: dict[str, Any]) -> tuple[Job | None, bool]:
    """None where another made or claimed the same job in between: look again."""
    slot = details["scheduled_for"]
    if slot is not None and (of_slot := Job.objects.filter(**same_work, scheduled_for=slot).first()):
        return of_slot, False
    waiting = Job.objects.queued().filter(**same_work).order_by("id").first()
    if waiting is None:
        try:
            with transaction.atomic():
                return Job.objects.create(**same_work, **details), True
        except IntegrityError:
            return None, False
    if slot is not None and not Job.objects.queued().filter(pk=waiting.pk).update(scheduled_for=slot):
        return None, False
    return waiting, False


def cancel(*, job: Job, by: User) -> None:
    """A waiting job ends here; a running one is told by its next heartbeat and stops at its next step."""
    try:
        with transaction.atomic():
            # A run may hold its row for as long as it publishes: a page does not wait for that.
            row = Job.objects.live().filter(pk=job.pk).select_for_update(nowait=True).first()
            if row is None:
                raise JobError(_("This job is over already."))
            row.cancel_requested, row.cancelled_by = True, by
            if row.status == Status.QUEUED:
                row.status, row.finished_at = Status.CANCELLED, Now()
            row.save(update_fields=["cancel_requested", "cancelled_by", "status", "finished_at"])
    except OperationalError:
        raise JobError(_("This job is just writing its result. Try again in a moment.")) from None
    logger.info("Job %s cancelled by user %s", job.pk, by.pk)


def retry(*, job: Job, by: User) -> Job:
    """Put a job that ended without a result back into the queue, where it goes on from its checkpoint.

    Where the same work waits already, that job is returned instead.
    """
    waiting = Job.objects.queued().same_work_as(job).order_by("id").first()
    if waiting is not None:
        return waiting
    with transaction.atomic():
        row = Job.objects.select_for_update().get(pk=job.pk)
        if row.status not in {Status.FAILED, Status.CANCELLED}:
            raise JobError(_("Only a job that failed or was cancelled can be started again."))
        row.status, row.queued_at, row.sent_at, row.finished_at = Status.QUEUED, Now(), None, None
        row.failures, row.error, row.requested_by = 0, "", by
        row.cancel_requested, row.cancelled_by = False, None
        row.save()
    row.refresh_from_db()
    transaction.on_commit(partial(send, row), robust=True)
    return row
