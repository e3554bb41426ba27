"""What somebody should know of, and how they want to be told."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import User


class Notification(models.Model):
    """One line for one person. `params` names by number what it is about and holds no word of it: the words are made
    when it is read, by its kind, as its reader may see them then.

    `customer_number` is the customer it is about, so that an erasure finds it. Of two with the same `key` for the same
    person and kind only the first is made.
    """

    recipient = models.ForeignKey(
        User, verbose_name=_("recipient"), on_delete=models.CASCADE, related_name="notifications", db_index=False
    )
    kind = models.CharField(_("kind"), max_length=30)
    params: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(_("parameters"), default=dict)
    customer_number = models.BigIntegerField(_("customer"), null=True, blank=True)
    key = models.CharField(max_length=80, blank=True)
    created_at = models.DateTimeField(_("made"), db_default=Now())
    read_at = models.DateTimeField(_("read"), null=True, blank=True)

    class Meta:
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        constraints = [
            models.UniqueConstraint(
                fields=["recipient", "kind", "key"], condition=~Q(key=""), name="notification_made_once"
            )
        ]
        indexes = [
            models.Index(fields=["recipient", "id"], name="notification_of_one"),
            models.Index(fields=["recipient", "id"], name="notification_unread", condition=Q(read_at=None)),
            models.Index(fields=["read_at"], name="notification_read", condition=Q(read_at__isnull=False)),
            models.Index(
                fields=["customer_number"], name="notification_about", condition=Q(customer_number__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class Digest(models.Model):
    """That somebody wants their unread notifications by e-mail, at an hour of their own clock; no row, no e-mail.

    `sent_date` is the last of their days for which it was sent, or nothing was there to send.
    """

    user = models.OneToOneField(User, primary_key=True, on_delete=models.CASCADE, related_name="digest")
    hour = models.PositiveSmallIntegerField(_("hour"))
    sent_date = models.DateField(null=True, blank=True)

    class Meta:
        verbose_name = _("daily e-mail")
        verbose_name_plural = _("daily e-mails")
        constraints = [models.CheckConstraint(condition=Q(hour__lte=23), name="digest_hour_of_a_day")]

    def __str__(self) -> str:
        return f"{self.user_id}, {self.hour}:00"
