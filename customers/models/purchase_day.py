from __future__ import annotations

import datetime as dt

from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.models.customer import Customer


class PurchaseDay(models.Model):
    """The day of the customer's last purchase: of a sale of which anything is left after all that was paid back.

    Triggers keep it, whoever writes (migration 0023), in a row for every customer. It is surely such a day. That it is
    the last one is sure of all but those in `UnsurePurchaseDay`; and one that lies in the future says nothing of today.
    Who never bought anything has the first day there is, so that one stretch of the index has all who did not lately.
    """

    customer = models.OneToOneField(
        Customer, verbose_name=_("customer"), primary_key=True, on_delete=models.CASCADE, related_name="purchase_day"
    )
    day = models.DateField(_("day"), default=dt.date.min)

    class Meta:
        verbose_name = _("day of the last purchase")
        verbose_name_plural = _("days of the last purchase")
        indexes = [models.Index(fields=["day", "customer"], name="purchase_day_of_customer")]

    def __str__(self) -> str:
        return f"{self.day}"


class UnsurePurchaseDay(models.Model):
    """A customer whose `PurchaseDay` may have stayed behind: two wrote at the same time, and neither waited.

    `customers_settle_purchase_days` finds out, once all have ended who were writing when it first saw the row, which
    was `asked_at`.
    """

    customer = models.ForeignKey(
        Customer, verbose_name=_("customer"), on_delete=models.CASCADE, related_name="+", db_constraint=False
    )
    asked_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("unsure day of the last purchase")
        verbose_name_plural = _("unsure days of the last purchase")

    def __str__(self) -> str:
        return f"{self.customer_id}"
