"""Whoever asked for a job is told how it ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from jobs import kinds
from jobs.models import Job
from jobs.status import Status
from notifications.kinds import NotificationKind, Words
from notifications.kinds import register as register_notification
from notifications.models import Notification
from notifications.telling import tell

KIND = "job_over"


def register() -> None:
    """Called once, by `JobsConfig.ready`."""
    register_notification(NotificationKind(KIND, gettext_lazy("Job"), "list-checks", words))


def tell_requester(job: Job, *, status: str) -> None:
    """In the transaction that ends the job: once an attempt, whoever ends it. Nobody is told of what they cancelled."""
    if job.requested_by_id and status in {Status.DONE, Status.FAILED}:
        tell([job.requested_by_id], kind=KIND, params={"job": job.pk, "status": status}, key=f"{job.pk}.{job.attempt}")


def words(notifications: Sequence[Notification], reader: User) -> Mapping[int, Words]:
    jobs = Job.objects.visible_to(reader).in_bulk([each.params["job"] for each in notifications])
    return {
        each.pk: Words(
            _in_words(jobs[each.params["job"]], each.params["status"]),
            reverse("jobs:detail", args=[each.params["job"]]),
        )
        for each in notifications
        if each.params["job"] in jobs
    }


def _in_words(job: Job, status: str) -> str:
    label = capfirst(str(kinds.label_of(job.kind)))
    if status == Status.DONE:
        return _("“%(job)s” is done.") % {"job": label}
    return _("“%(job)s” has failed.") % {"job": label}
