"""Orders and what came back of them.

A line keeps exact decimals; a document's total is whole minor units of its currency, and the same in the organisation's
currency at the rate of that day. A refund is a document of its own with its own day: what it reduces is known only from
then on. All its amounts are positive.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.models import currency_code
from customers.models.customer import Customer
from customers.models.product import Product
from customers.querysets import OrderQuerySet


class Document(models.Model):
    source = models.CharField(_("system"), max_length=60, blank=True)
    external_id = models.CharField(_("number"), max_length=120)
    currency = models.CharField(_("currency"), max_length=3, validators=[currency_code])
    # To the organisation's currency, on the day of the document.
    exchange_rate = models.DecimalField(_("exchange rate"), max_digits=18, decimal_places=8, default=1)
    total_minor = models.BigIntegerField(_("total"))
    total_base_minor = models.BigIntegerField(_("total in your currency"))
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True


class Order(Document):
    class Kind(models.TextChoices):
        SALE = "sale", _("Sale")
        # Stock corrections, written-off debt: in the file like an order, but nobody bought anything.
        ADJUSTMENT = "adjustment", _("Adjustment")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.SALE)
    # Here and below without an index of its own: one that begins with the column is among those of the table.
    customer = models.ForeignKey(
        Customer,
        verbose_name=_("customer"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="orders",
        db_index=False,
    )
    ordered_at = models.DateTimeField(_("ordered"))
    ordered_date = models.DateField(_("day of order"))
    channel = models.CharField(_("channel"), max_length=40, blank=True)
    custom: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(
        _("custom fields"), default=dict, db_default={}, blank=True, editable=False
    )

    objects: ClassVar[Any] = OrderQuerySet.as_manager()

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        constraints = [
            models.UniqueConstraint(fields=["source", "external_id"], name="order_number_unique"),
            models.CheckConstraint(condition=~Q(external_id=""), name="order_numbered"),
            models.CheckConstraint(condition=Q(exchange_rate__gt=0), name="order_rate_positive"),
            models.CheckConstraint(condition=Q(kind="adjustment") | Q(total_minor__gte=0), name="order_not_negative"),
        ]
        indexes = [
            models.Index(fields=["customer", "-ordered_at"], name="order_by_customer"),
            models.Index(fields=["ordered_date"], name="order_by_day"),
        ]

    def __str__(self) -> str:
        return self.external_id

    def get_absolute_url(self) -> str:
        return reverse("orders:detail", args=[self.pk])


class OrderLine(models.Model):
    """One line. `line_key` digests its content and its ordinal among equal lines, so a file read again is known."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines", db_index=False)
    line_key = models.UUIDField(editable=False)
    position = models.PositiveIntegerField(_("position"))
    product = models.ForeignKey(
        Product,
        verbose_name=_("product"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="order_lines",
        db_index=False,
    )
    description = models.CharField(_("description"), max_length=300, blank=True)
    quantity = models.DecimalField(_("quantity"), max_digits=18, decimal_places=6)
    unit_price = models.DecimalField(_("unit price"), max_digits=18, decimal_places=6)
    discount = models.DecimalField(_("discount"), max_digits=18, decimal_places=6, default=0)
    amount = models.DecimalField(_("amount"), max_digits=18, decimal_places=6)
    cost = models.DecimalField(_("cost"), max_digits=18, decimal_places=6, null=True, blank=True)

    class Meta:
        verbose_name = _("order line")
        verbose_name_plural = _("order lines")
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["order", "line_key"], name="order_line_once")]
        # Whether an order has a line of a product is read from it without a row of either.
        indexes = [models.Index(fields=["product", "order"], name="order_line_of_product")]

    def __str__(self) -> str:
        return self.description or str(self.line_key)


class Refund(Document):
    """What was paid back, on its own day, for an order where that is known."""

    order = models.ForeignKey(
        Order, verbose_name=_("order"), null=True, blank=True, on_delete=models.PROTECT, related_name="refunds"
    )
    customer = models.ForeignKey(
        Customer,
        verbose_name=_("customer"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="refunds",
        db_index=False,
    )
    refunded_at = models.DateTimeField(_("refunded"))
    refunded_date = models.DateField(_("day of refund"))
    reason = models.CharField(_("reason"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")
        constraints = [
            models.UniqueConstraint(fields=["source", "external_id"], name="refund_number_unique"),
            models.CheckConstraint(condition=~Q(external_id=""), name="refund_numbered"),
            models.CheckConstraint(condition=Q(exchange_rate__gt=0), name="refund_rate_positive"),
            models.CheckConstraint(condition=Q(total_minor__gte=0), name="refund_not_negative"),
        ]
        indexes = [
            models.Index(fields=["customer", "-refunded_at"], name="refund_by_customer"),
            models.Index(fields=["refunded_date"], name="refund_by_day"),
        ]

    def __str__(self) -> str:
        return self.external_id


class RefundLine(models.Model):
    refund = models.ForeignKey(Refund, on_delete=models.CASCADE, related_name="lines", db_index=False)
    line_key = models.UUIDField(editable=False)
    position = models.PositiveIntegerField(_("position"))
    product = models.ForeignKey(
        Product, verbose_name=_("product"), null=True, blank=True, on_delete=models.PROTECT, related_name="refund_lines"
    )
    description = models.CharField(_("description"), max_length=300, blank=True)
    quantity = models.DecimalField(_("quantity"), max_digits=18, decimal_places=6)
    unit_price = models.DecimalField(_("unit price"), max_digits=18, decimal_places=6)
    amount = models.DecimalField(_("amount"), max_digits=18, decimal_places=6)

    class Meta:
        verbose_name = _("refund line")
        verbose_name_plural = _("refund lines")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["refund", "line_key"], name="refund_line_once"),
            models.CheckConstraint(condition=Q(quantity__gte=0), name="refund_line_quantity_not_negative"),
        ]

    def __str__(self) -> str:
        return self.description or str(self.line_key)
