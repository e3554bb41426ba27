"""What was merged, and what an undo needs to know of it; see `customers.merging`."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from customers.models.customer import Customer


class Merge(models.Model):
    """That records were found to be of one customer and made into one: the survivor.

    `swapped` names the fields whose value the survivor took from an absorbed record, which has the survivor's in its
    place: {field: [absorbed id, digest of the value taken]}. Values themselves stand in the records alone.
    """

    survivor = models.ForeignKey(Customer, verbose_name=_("customer"), on_delete=models.CASCADE, related_name="merges")
    absorbed_ids = ArrayField(models.BigIntegerField(), verbose_name=_("merged records"))
    merged_at = models.DateTimeField(_("merged"))
    merged_by = models.ForeignKey(
        User, verbose_name=_("merged by"), null=True, on_delete=models.SET_NULL, related_name="+"
    )
    swapped: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(_("values taken"), default=dict)
    counts: models.JSONField[dict[str, int], dict[str, int]] = models.JSONField(_("rows moved"), default=dict)
    undone_at = models.DateTimeField(_("undone"), null=True)
    undone_by = models.ForeignKey(
        User, verbose_name=_("undone by"), null=True, on_delete=models.SET_NULL, related_name="+"
    )
    # What an undo would need is gone from here on.
    settled_at = models.DateTimeField(_("final"), null=True)

    class Meta:
        verbose_name = _("merge")
        verbose_name_plural = _("merges")
        ordering = ["-id"]
        constraints = [models.CheckConstraint(condition=~Q(absorbed_ids=[]), name="merge_absorbs_some")]
        indexes = [
            models.Index(fields=["merged_at"], name="merge_unsettled", condition=Q(settled_at=None, undone_at=None))
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"


class MergedRows(models.Model):
    """Rows of one table that a merge touched for one absorbed record, as many as there are in one array.

    `effect`: they were moved to the survivor, ceased to be the primary one, no longer point at the record, or were
    written by the merge.
    """

    class Effect(models.TextChoices):
        MOVED = "moved"
        DEMOTED = "demoted"
        CLEARED = "cleared"
        ADDED = "added"

    merge = models.ForeignKey(Merge, on_delete=models.CASCADE, related_name="rows")
    absorbed_id = models.BigIntegerField()
    table_name = models.CharField(max_length=63)
    column = models.CharField(max_length=63)
    effect = models.CharField(max_length=7, choices=Effect)
    row_ids = ArrayField(models.BigIntegerField())

    class Meta:
        verbose_name = _("rows of a merge")
        verbose_name_plural = _("rows of merges")

    def __str__(self) -> str:
        return f"{self.effect} {self.table_name}"
