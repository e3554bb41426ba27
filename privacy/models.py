"""Erasures and data packages that were asked for, what proves them, and how long things are kept."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from customers.models import Customer
from jobs.models import Job
from jobs.status import Status as JobStatus


class ErasureRequest(models.Model):
    """That one customer is to be erased, and how far that is.

    `erased_at` is set in the transaction that erases the database; `settled_at` after it, so that a snapshot begun
    later knows nothing of the person. `done` says that no older snapshot is left either.
    """

    class Status(models.TextChoices):
        REQUESTED = "requested", _("Asked for")
        FINISHING = "finishing", _("Erased; old snapshots remain")
        DONE = "done", _("Done")

    class Ground(models.TextChoices):
        REQUEST = "request", _("Asked for by the person")
        RETENTION = "retention", _("Kept for long enough")
        REPLAY = "replay", _("Erased before, and back from a backup")
        OTHER = "other", _("Another reason")

    customer = models.ForeignKey(
        Customer, verbose_name=_("customer"), on_delete=models.CASCADE, related_name="erasure_requests"
    )
    ground = models.CharField(_("reason"), max_length=10, choices=Ground, default=Ground.REQUEST)
    keeps_out = models.BooleanField(_("kept from coming back"), default=True)
    requested_by = models.ForeignKey(
        User, verbose_name=_("asked for by"), null=True, on_delete=models.SET_NULL, related_name="+"
    )
    job = models.ForeignKey(Job, null=True, on_delete=models.SET_NULL, related_name="erasure_requests")
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.REQUESTED)
    counts: models.JSONField[dict[str, int], dict[str, int]] = models.JSONField(_("rows"), default=dict)
    created_at = models.DateTimeField(_("asked for"), auto_now_add=True)
    erased_at = models.DateTimeField(_("erased"), null=True)
    settled_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(_("done"), null=True)

    class Meta:
        verbose_name = _("erasure")
        verbose_name_plural = _("erasures")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["customer"], condition=Q(status="requested"), name="erasure_one_open_a_customer"
            ),
        ]
        indexes = [models.Index(fields=["status"], name="erasure_unfinished", condition=~Q(status="done"))]

    def __str__(self) -> str:
        return f"erasure of customer {self.customer_id}"

    @property
    def has_failed(self) -> bool:
        """The job ended before anything was erased: nothing is lost, and it can be started again."""
        is_over = self.job is None or self.job.status in {JobStatus.FAILED, JobStatus.CANCELLED}
        return self.status == self.Status.REQUESTED and is_over


class Tombstone(models.Model):
    """That a customer was erased, without saying who it was; the same is written into a file outside the database.

    `customer_created_at` tells the customer from another one who was given the same number after a restore.
    """

    customer_id = models.BigIntegerField(unique=True)
    customer_created_at = models.DateTimeField(null=True)
    erased_at = models.DateTimeField()
    digests: models.JSONField[list[Any], list[Any]] = models.JSONField(default=list)
    filed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("tombstone")
        verbose_name_plural = _("tombstones")

    def __str__(self) -> str:
        return f"customer {self.customer_id}, erased {self.erased_at:%Y-%m-%d}"


class DataPackage(models.Model):
    """Everything held about one customer, as a file for whoever asked for it, for some days."""

    customer = models.ForeignKey(
        Customer, verbose_name=_("customer"), on_delete=models.CASCADE, related_name="data_packages"
    )
    requested_by = models.ForeignKey(User, verbose_name=_("asked for by"), on_delete=models.CASCADE, related_name="+")
    job = models.ForeignKey(Job, null=True, on_delete=models.SET_NULL, related_name="data_packages")
    created_at = models.DateTimeField(_("asked for"), auto_now_add=True)
    file_name = models.CharField(_("file"), max_length=120, blank=True)
    size_bytes = models.BigIntegerField(_("size"), default=0)
    expires_at = models.DateTimeField(_("kept until"), null=True)
    downloads = models.PositiveIntegerField(_("downloads"), default=0)

    class Meta:
        verbose_name = _("data package")
        verbose_name_plural = _("data packages")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"data package of customer {self.customer_id}"

    @property
    def is_ready(self) -> bool:
        return bool(self.file_name) and self.expires_at is not None and self.expires_at > timezone.now()


MOST_DAYS = 36_500


class RetentionRule(models.Model):
    """How long something is kept; a rule that is not active keeps it for good."""

    class Kind(models.TextChoices):
        ROW_PROBLEMS = "row_problems", _("Rows that an import refused")
        DELETED_CUSTOMERS = "deleted_customers", _("Deleted customers")
        INACTIVE_LEADS = "inactive_leads", _("Leads that nothing has come of")
        ACCESS_LOG = "access_log", _("Log of accesses")
        AUDIT_TRAIL = "audit_trail", _("Audit trail")
        READ_NOTIFICATIONS = "read_notifications", _("Read notifications")
        DELETED_INTERACTIONS = "deleted_interactions", _("Deleted notes, calls, meetings, e-mails and files")
        DELETED_TASKS = "deleted_tasks", _("Deleted tasks")

    kind = models.CharField(_("what"), max_length=20, choices=Kind, primary_key=True)
    days = models.PositiveIntegerField(_("kept for days"))
    is_active = models.BooleanField(_("active"), default=False)
    changed_at = models.DateTimeField(_("changed"), auto_now=True)
    changed_by = models.ForeignKey(
        User, verbose_name=_("changed by"), null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        verbose_name = _("retention rule")
        verbose_name_plural = _("retention rules")
        ordering = ["kind"]
        constraints = [
            models.CheckConstraint(condition=Q(days__gte=1, days__lte=MOST_DAYS), name="retention_days_plausible")
        ]

    def __str__(self) -> str:
        return str(self.get_kind_display())
