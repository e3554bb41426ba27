from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.models.customer import Customer


class ContactDay(models.Model):
    """A day on which there was contact with the customer: the last one, or an earlier one, never one without.

    Triggers keep it, whoever writes (migration 0020), in a row for every customer. It proves contact and never silence:
    it stays behind where two write at the same time, since nobody who notes a contact waits for another, and it may lie
    in the future. So `NoContactFor` asks the rows themselves of those few whom it does not settle.
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
