"""The job row is the truth about long work; a message is only a hint that there is some."""

from __future__ import annotations

import datetime as dt

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from jobs.querysets import JobQuerySet
from jobs.status import LIVE, OVER
from jobs.status import Status as Status


class Job(models.Model):
    """One piece of long work: who asked for it and why, how far it is, and how it ended.

    `attempt` is the fence: a claim raises it, and every write that counts checks it under a row lock, so an attempt
    that was given up and comes back to life can do no harm. `failures` counts the attempts that got no further than
    their checkpoint; three of them fail the job. `started_at` is when the present attempt began, `queued_at` when the
    job last came into the queue, `sent_at` when the last message about it was sent.
    """

    kind = models.CharField(_("kind"), max_length=40)
    scope = models.CharField(max_length=120, blank=True)
    params = models.JSONField(_("parameters"), default=dict)
    params_hash = models.CharField(max_length=64)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.QUEUED)
    requested_by = models.ForeignKey(
        User, verbose_name=_("asked for by"), null=True, blank=True, on_delete=models.SET_NULL, related_name="jobs"
    )
    reason = models.CharField(_("why"), max_length=200, blank=True)
    scheduled_for = models.DateTimeField(_("scheduled for"), null=True, blank=True)
    created_at = models.DateTimeField(_("asked for"), auto_now_add=True)
    queued_at = models.DateTimeField(db_default=Now(), editable=False)
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    attempt = models.PositiveIntegerField(_("attempt"), default=0)
    failures = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    cancel_requested = models.BooleanField(default=False)
    cancelled_by = models.ForeignKey(
        User, verbose_name=_("cancelled by"), null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    progress_done = models.BigIntegerField(default=0)
    progress_total = models.BigIntegerField(default=0)
    progress_note = models.CharField(max_length=200, blank=True)
    checkpoint = models.JSONField(default=dict, blank=True)
    checkpoint_at_claim = models.JSONField(default=dict, blank=True)
    result = models.JSONField(_("result"), default=dict, blank=True)
    error = models.TextField(_("error"), blank=True)
    peak_memory_mb = models.PositiveIntegerField(_("peak memory, MB"), null=True, blank=True)
    code_version = models.CharField(max_length=40, blank=True)
    worker = models.CharField(max_length=120, blank=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(status__in=Status.values), name="job_status_known"),
            # Only rows that never ran: an attempt that is lost comes back to the queue beside one that was asked for
            # while it ran.
            models.UniqueConstraint(
                fields=["kind", "scope", "params_hash"],
                condition=Q(status="queued", attempt=0),
                name="job_one_queued",
            ),
            models.UniqueConstraint(
                fields=["kind", "scope", "params_hash"], condition=Q(status="running"), name="job_one_running"
            ),
            models.UniqueConstraint(
                fields=["kind", "scope", "params_hash", "scheduled_for"],
                condition=Q(scheduled_for__isnull=False),
                name="job_one_a_slot",
            ),
            models.CheckConstraint(
                condition=~Q(status="running") | Q(lease_until__isnull=False), name="job_running_has_lease"
            ),
        ]
        indexes = [
            # Without lease_until: a heartbeat then changes no indexed column, and no index grows with it.
            models.Index(fields=["status"], name="job_live", condition=Q(status__in=["queued", "running"]))
        ]

    def __str__(self) -> str:
        return f"{self.kind} #{self.pk}"

    @property
    def is_over(self) -> bool:
        return self.status in OVER

    @property
    def is_live(self) -> bool:
        return self.status in LIVE

    @property
    def duration(self) -> dt.timedelta | None:
        """How long the last attempt took, or has taken so far."""
        if self.started_at is None or self.status == Status.QUEUED:
            return None
        return (self.finished_at or timezone.now()) - self.started_at

    @property
    def waited(self) -> dt.timedelta:
        """How long a waiting job has been in the queue."""
        return timezone.now() - self.queued_at

    @property
    def progress_share(self) -> float | None:
        """From 0 to 1; None while nobody knows how much there is to do."""
        if self.progress_total <= 0:
            return None
        return min(self.progress_done / self.progress_total, 1.0)


class Schedule(models.Model):
    """When a kind of job is made by itself, in local time: one of these slots comes due, a tick makes its job row."""

    class Every(models.TextChoices):
        OFTEN = "often", _("Every half minute")
        HOUR = "hour", _("Every hour")
        DAY = "day", _("Every day")
        WEEK = "week", _("Every week")

    kind = models.CharField(_("kind"), max_length=40)
    params = models.JSONField(_("parameters"), default=dict, blank=True)
    every = models.CharField(_("how often"), max_length=5, choices=Every, default=Every.DAY)
    weekday = models.PositiveSmallIntegerField(_("weekday"), default=0, help_text=_("0 is Monday; for every week."))
    at_time = models.TimeField(
        _("local time"), help_text=_("For every hour, only the minutes count; for every half minute, nothing of it.")
    )
    is_active = models.BooleanField(_("active"), default=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("schedule")
        verbose_name_plural = _("schedules")
        ordering = ["kind", "at_time"]
        constraints = [models.CheckConstraint(condition=Q(weekday__lte=6), name="schedule_weekday_known")]

    def __str__(self) -> str:
        return f"{self.kind}, {self.get_every_display()} {self.at_time:%H:%M}"
