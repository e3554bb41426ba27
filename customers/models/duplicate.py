"""Records that look alike; see `customers.duplicates`."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from customers.models.customer import Customer


class DuplicatePair(models.Model):
    """Two records that may be of one customer, the older first; `dismissed_at` says that they are not."""

    first = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    second = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    score = models.FloatField(_("probability"))
    reasons = ArrayField(models.CharField(max_length=20), verbose_name=_("reasons"), default=list)
    found_at = models.DateTimeField(_("found"), auto_now_add=True)
    dismissed_at = models.DateTimeField(_("no duplicate"), null=True)
    dismissed_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        verbose_name = _("possible duplicate")
        verbose_name_plural = _("possible duplicates")
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="duplicate_pair_once"),
            models.CheckConstraint(condition=Q(first__lt=F("second")), name="duplicate_pair_ordered"),
        ]
        indexes = [
            models.Index(fields=["-score", "-id"], name="duplicate_likeliest", condition=Q(dismissed_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.first_id} ~ {self.second_id}"
