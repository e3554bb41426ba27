"""Whom an erasure asked to keep out, as hashes that say nothing without their key."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from protection.fields import EncryptedTextField


class SuppressionKey(models.Model):
    """The key of the hashes, in its one row, encrypted by the field keys.

    It never changes: what was hashed cannot be hashed anew. A rotation of the field keys encrypts it again, like any
    encrypted field.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    secret = EncryptedTextField(_("secret"))

    class Meta:
        verbose_name = _("key of the suppression list")
        verbose_name_plural = _("keys of the suppression list")
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="suppression_key_single_row")]

    def __str__(self) -> str:
        return "suppression key"


class SuppressedIdentity(models.Model):
    """An e-mail address, a phone number or a number in another system that must not come back."""

    class Kind(models.TextChoices):
        EMAIL = "email", _("E-mail address")
        PHONE = "phone", _("Phone number")
        EXTERNAL_ID = "external_id", _("Number in another system")

    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    digest = models.BinaryField(max_length=32)
    added_at = models.DateTimeField(_("added"), auto_now_add=True)

    class Meta:
        verbose_name = _("suppressed identity")
        verbose_name_plural = _("suppressed identities")
        constraints = [models.UniqueConstraint(fields=["digest", "kind"], name="suppressed_identity_once")]

    def __str__(self) -> str:
        return f"{self.kind} {bytes(self.digest).hex()[:8]}"
