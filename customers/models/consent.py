"""What a customer agreed to, and when they took it back."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from customers.models.customer import Customer


class Consent(models.Model):
    """One decision about one purpose. Rows are only added: the newest of a purpose holds, the earlier ones prove it."""

    class Purpose(models.TextChoices):
        EMAIL = "email", _("Advertising by e-mail")
        PHONE = "phone", _("Advertising by phone")
        POST = "post", _("Advertising by post")
        SURVEYS = "surveys", _("Surveys")
        SHARING = "sharing", _("Sharing with partners")

    customer = models.ForeignKey(
        Customer, verbose_name=_("customer"), on_delete=models.CASCADE, related_name="consents"
    )
    purpose = models.CharField(_("purpose"), max_length=10, choices=Purpose)
    is_given = models.BooleanField(_("agreed"))
    decided_at = models.DateTimeField(_("decided"), default=timezone.now)
    source = models.CharField(_("how"), max_length=200, blank=True, help_text=_("Such as: form on the web site."))
    recorded_by = models.ForeignKey(
        User, verbose_name=_("recorded by"), null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        ordering = ["-decided_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(purpose__in=["email", "phone", "post", "surveys", "sharing"]), name="consent_purpose_known"
            )
        ]
        indexes = [models.Index(fields=["customer", "purpose", "-decided_at", "-id"], name="consent_newest")]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()}: {self.is_given}"
