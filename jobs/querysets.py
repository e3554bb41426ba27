from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import DurationField, ExpressionWrapper, F, Q
from django.db.models.functions import Greatest, Least, Now

from accounts.models import User
from jobs import kinds
from jobs.status import LIVE, OVER, Status

if TYPE_CHECKING:
    from jobs.models import Job

# A message that brought no worker in this time is taken for lost. It may only wait behind longer work, so each further
# message is sent after as long a wait as all before together, but at least this often.
FIRST_RESEND = dt.timedelta(seconds=20)
SLOWEST_RESEND = dt.timedelta(minutes=5)
# A row just written has its message on the way. One that comes back from an attempt has none.
UNSENT = dt.timedelta(seconds=5)
# Where the queue is empty, or a later message has brought a worker, nothing is waited behind: a message that brought
# none is lost, or held by a worker that is busy, and a second one does no harm.
DRAINED = dt.timedelta(seconds=5)


class JobQuerySet(models.QuerySet["Job"]):
    def live(self) -> JobQuerySet:
        return self.filter(status__in=LIVE)

    def over(self) -> JobQuerySet:
        return self.filter(status__in=OVER)

    def queued(self) -> JobQuerySet:
        return self.filter(status=Status.QUEUED)

    def visible_to(self, user: User) -> JobQuerySet:
        """Those that this person may know of: admins all, others what they asked for and what is of kinds that their
        role sees. The rest is not there for them, by number neither."""
        if user.is_admin:
            return self.all()
        return self.filter(Q(requested_by=user) | Q(kind__in=kinds.seen_by(user.role)))

    def held(self, job_id: int, attempt: int) -> JobQuerySet:
        """The row while this attempt is the one that works on it; every write of a run goes through here."""
        return self.filter(pk=job_id, attempt=attempt, status=Status.RUNNING)

    def lost(self, *, gone: Collection[str]) -> JobQuerySet:
        """Those whose worker has given no sign of life for the length of a lease, or is one of those that are gone."""
        return self.filter(Q(lease_until__lt=Now()) | Q(worker__in=gone), status=Status.RUNNING)

    def same_work_as(self, job: Job) -> JobQuerySet:
        return self.filter(kind=job.kind, scope=job.scope, params_hash=job.params_hash).exclude(pk=job.pk)

    def unheard(self, *, drained: Collection[str] = ()) -> JobQuerySet:
        """Waiting with no message on the way, as far as one can tell, and with no twin running that they wait for.

        `drained` are the kinds whose queue is empty. Without the evidence of the queue, kills that take one message
        after another with them would double the wait each time.
        """
        waited = ExpressionWrapper(F("sent_at") - F("queued_at"), output_field=DurationField())
        patience = Least(Greatest(waited, FIRST_RESEND), SLOWEST_RESEND)
        # Built on its own model, because a QuerySet cannot name itself inside Exists().
        twin_runs = self.model._default_manager.filter(
            status=Status.RUNNING,
            kind=models.OuterRef("kind"),
            scope=models.OuterRef("scope"),
            params_hash=models.OuterRef("params_hash"),
        )
        # A queue hands out what came first, and jobs of one kind share one.
        overtook = self.model._default_manager.filter(
            kind=models.OuterRef("kind"), sent_at__gt=models.OuterRef("sent_at"), started_at__gt=F("sent_at")
        )
        return self.queued().filter(
            Q(sent_at__isnull=True, queued_at__lt=Now() - UNSENT)
            | Q(sent_at__isnull=True, attempt__gt=0)
            | Q(sent_at__lt=Now() - patience)
            | Q(sent_at__lt=Now() - DRAINED, kind__in=drained)
            | Q(models.Exists(overtook), sent_at__lt=Now() - DRAINED),
            ~models.Exists(twin_runs),
        )
