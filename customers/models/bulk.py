"""Changes of many customers at once, and what they need to be taken back; `customers.bulk` makes and reads them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from customers.models.customer import Customer
from jobs.models import Job

TAKEN_BACK_WITHIN = dt.timedelta(days=1)


class BulkChange(models.Model):
    """One change of all customers whom a person chose, made by a job and for a day taken back by another.

    `target` says what is changed (`customers.bulk.targets`), `value` what it becomes, as it is kept. `selection` is who
    was chosen (`customers.bulk.selection`). The counts say what became of these so far: `changed` hold the value now,
    `unchanged` held it before, `left_out` the person may not edit, or are gone. `restored` hold what they held before.
    """

    by = models.ForeignKey(User, verbose_name=_("who"), on_delete=models.CASCADE, related_name="+")
    target = models.CharField(_("what"), max_length=60)
    value: models.JSONField[Any, Any] = models.JSONField(_("value"), null=True)
    selection: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    job = models.ForeignKey(Job, null=True, on_delete=models.SET_NULL, related_name="+")
    undo_job = models.ForeignKey(Job, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(_("asked for"), auto_now_add=True)
    changed = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    left_out = models.PositiveIntegerField(default=0)
    restored = models.PositiveIntegerField(default=0)
    undo_asked_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("change of many customers")
        verbose_name_plural = _("changes of many customers")
        ordering = ["-id"]
        indexes = [models.Index(fields=["created_at"], name="bulk_change_time")]

    def __str__(self) -> str:
        return f"{self.target} of many customers #{self.pk}"

    @property
    def reached(self) -> int:
        return self.changed + self.unchanged + self.left_out

    @property
    def is_fresh(self) -> bool:
        """Whether its day is not over."""
        return self.created_at > timezone.now() - TAKEN_BACK_WITHIN


class BulkBatch(models.Model):
    """Customers whom a change has still to reach. A batch is gone once it is done, in the same transaction."""

    change = models.ForeignKey(BulkChange, on_delete=models.CASCADE, db_index=False, related_name="batches")
    number = models.PositiveIntegerField()
    customer_ids: models.Field[list[int], list[int]] = ArrayField(models.BigIntegerField())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["change", "number"], name="bulk_batch_once")]

    def __str__(self) -> str:
        return f"batch {self.number} of change {self.change_id}"


class BulkBefore(models.Model):
    """What one customer held before a change; the row is gone once the customer holds it again."""

    change = models.ForeignKey(BulkChange, on_delete=models.CASCADE, db_index=False, related_name="befores")
    customer = models.ForeignKey(Customer, verbose_name=_("customer"), on_delete=models.CASCADE, related_name="+")
    before: models.JSONField[Any, Any] = models.JSONField(_("before"), null=True)

    class Meta:
        verbose_name = _("value before a change of many customers")
        verbose_name_plural = _("values before changes of many customers")
        constraints = [models.UniqueConstraint(fields=["change", "customer"], name="bulk_before_once")]

    def __str__(self) -> str:
        return f"customer {self.customer_id} before change {self.change_id}"
