from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.models.customer import Customer


class ContactDay(models.Model):
    """The day of the last contact with the customer.

    Triggers keep it, whoever writes (migrations 0020, 0024), in a row for every customer. There was surely contact on
    that day. That it is the last one is sure of all but those in `UnsureContactDay`: it stays behind where two write at
    the same time, since nobody who notes a contact waits for another. And one in the future says nothing of today.
    """

    customer = models.OneToOneField(
        Customer, verbose_name=_("customer"), primary_key=True, on_delete=models.CASCADE, related_name="contact_day"
    )
    day = models.DateField(_("day"), null=True)

    class Meta:
        verbose_name = _("day of contact")
        verbose_name_plural = _("days of contact")
        indexes = [models.Index(fields=["day", "customer"], name="contact_day_of_customer")]

    def __str__(self) -> str:
        return f"{self.day}"


class UnsureContactDay(models.Model):
    """A customer whose `ContactDay` may have stayed behind; see `UnsurePurchaseDay`."""

    customer = models.ForeignKey(
        Customer, verbose_name=_("customer"), on_delete=models.CASCADE, related_name="+", db_constraint=False
    )
    asked_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("unsure day of contact")
        verbose_name_plural = _("unsure days of contact")

    def __str__(self) -> str:
        return f"{self.customer_id}"
