from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.models.customer import Customer
from customers.models.product import Product


class Event(models.Model):
    """Something a customer did, other than buying. `value` is the stars of a rating, `seconds` the length of a use."""

    class Kind(models.TextChoices):
        VISIT = "visit", _("Visit")
        CLICK = "click", _("Click")
        VIEW = "view", _("Product view")
        ADD_TO_CART = "add_to_cart", _("Added to cart")
        RATING = "rating", _("Rating")
        REVIEW = "review", _("Review")
        SERVICE_USE = "service_use", _("Service use")

    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    # Without an index of its own: that by customer and time begins with the column.
    customer = models.ForeignKey(
        Customer,
        verbose_name=_("customer"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="events",
        db_index=False,
    )
    product = models.ForeignKey(
        Product, verbose_name=_("product"), null=True, blank=True, on_delete=models.PROTECT, related_name="events"
    )
    occurred_at = models.DateTimeField(_("time"))
    occurred_date = models.DateField(_("day"))
    value = models.DecimalField(_("value"), max_digits=12, decimal_places=4, null=True, blank=True)
    seconds = models.PositiveIntegerField(_("duration in seconds"), null=True, blank=True)
    text = models.TextField(_("text"), blank=True)
    source = models.CharField(_("system"), max_length=60, blank=True)
    external_id = models.CharField(_("number"), max_length=120, blank=True)

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    kind__in=["visit", "click", "view", "add_to_cart", "rating", "review", "service_use"],
                ),
                name="event_kind_known",
            ),
            models.UniqueConstraint(
                fields=["source", "external_id"], condition=~Q(external_id=""), name="event_number_unique"
            ),
            models.CheckConstraint(condition=~Q(kind="rating") | Q(value__isnull=False), name="event_rating_has_value"),
        ]
        indexes = [
            models.Index(fields=["customer", "-occurred_at"], name="event_by_customer"),
            models.Index(fields=["occurred_date"], name="event_by_day"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.occurred_at:%Y-%m-%d %H:%M}"
