"""Orders and refunds, shown and written."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from api.serializers.customers_writing import ExternalIdWriting
from api.serializers.fields import IdField, InstantField, ShownSerializer
from core.models import currency_code
from core.money import from_minor
from customers.custom_fields import values_of
from customers.models import Order, OrderLine, Refund, RefundLine

MOST_LINES = 500


class OrderLineSerializer(ShownSerializer):
    product = serializers.IntegerField(source="product_id", allow_null=True)

    class Meta:
        model = OrderLine
        fields = ["position", "product", "description", "quantity", "unit_price", "discount", "amount", "cost"]


class RefundLineSerializer(ShownSerializer):
    product = serializers.IntegerField(source="product_id", allow_null=True)

    class Meta:
        model = RefundLine
        fields = ["position", "product", "description", "quantity", "unit_price", "amount"]


class DocumentSerializer(ShownSerializer):
    """`total` is in the document's currency, `total_in_own` in the organisation's, at the day's rate."""

    customer = serializers.IntegerField(source="customer_id", allow_null=True)
    total = serializers.SerializerMethodField()
    total_in_own = serializers.SerializerMethodField()

    def get_total(self, document: Any) -> str:
        return str(from_minor(document.total_minor, document.currency))

    def get_total_in_own(self, document: Any) -> str:
        return str(from_minor(document.total_base_minor, self.context["own_currency"]))


class RefundSerializer(DocumentSerializer):
    order = serializers.IntegerField(source="order_id", allow_null=True)
    lines = RefundLineSerializer(many=True)

    class Meta:
        model = Refund
        fields = [
            "id",
            "source",
            "external_id",
            "order",
            "customer",
            "refunded_at",
            "refunded_date",
            "reason",
            "currency",
            "exchange_rate",
            "total",
            "total_in_own",
            "lines",
        ]


class OrderSerializer(DocumentSerializer):
    lines = OrderLineSerializer(many=True)
    refunds = RefundSerializer(many=True)
    custom = serializers.SerializerMethodField()

    class Meta:
        model = Order
        fields = [
            "id",
            "source",
            "external_id",
            "kind",
            "customer",
            "ordered_at",
            "ordered_date",
            "channel",
            "currency",
            "exchange_rate",
            "total",
            "total_in_own",
            "custom",
            "lines",
            "refunds",
            "created_at",
            "updated_at",
        ]

    def get_custom(self, order: Order) -> dict[str, Any]:
        sight, fields = self.context["sight"], self.context["custom_fields"]
        shown = values_of("order", order.custom, sight=sight, fields=fields)
        return {value.field.key: value.plain for value in shown if value.plain is not None}


ORDER_FIELDS = OrderSerializer.Meta.fields


class LineWriting(serializers.Serializer[Any]):
    """A product by its id or by its article number in the order's source, or a description alone."""

    product = IdField(required=False, allow_null=True)
    sku = serializers.CharField(max_length=80, required=False)
    description = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")
    quantity = serializers.DecimalField(18, 6)
    unit_price = serializers.DecimalField(18, 6)


class OrderLineWriting(LineWriting):
    discount = serializers.DecimalField(18, 6, required=False, default=Decimal(0), help_text=_("Off the whole line."))
    amount = serializers.DecimalField(
        18, 6, required=False, help_text=_("Without it: quantity × price, less the discount.")
    )
    cost = serializers.DecimalField(18, 6, required=False, allow_null=True, default=None)


class RefundLineWriting(LineWriting):
    quantity = serializers.DecimalField(18, 6, min_value=0)
    amount = serializers.DecimalField(18, 6, required=False, help_text=_("Without it: quantity × price."))


class DocumentWriting(serializers.Serializer[Any]):
    external_id = serializers.CharField(max_length=120)
    currency = serializers.CharField(max_length=3, required=False, validators=[currency_code])


class OrderWriting(DocumentWriting):
    """Known by its source and number: one that is there becomes what is sent, and keeps its customer if none is."""

    source: Any = serializers.CharField(max_length=60, required=False, allow_blank=True, default="")
    kind = serializers.ChoiceField(Order.Kind.choices, required=False, default=Order.Kind.SALE)
    customer = IdField(required=False, allow_null=True)
    customer_external_id = ExternalIdWriting(required=False)
    ordered_at = InstantField()
    channel = serializers.CharField(max_length=40, required=False, allow_blank=True, default="")
    custom = serializers.DictField(required=False)
    lines = serializers.ListField(child=OrderLineWriting(), min_length=1, max_length=MOST_LINES)


class OrderChange(serializers.Serializer[Any]):
    """What is not named stays; the day, the rate and the totals follow from what is."""

    kind = serializers.ChoiceField(Order.Kind.choices, required=False)
    customer = IdField(required=False)
    customer_external_id = ExternalIdWriting(required=False)
    ordered_at = InstantField(required=False)
    channel = serializers.CharField(max_length=40, required=False, allow_blank=True)
    currency = serializers.CharField(max_length=3, required=False, validators=[currency_code])
    custom = serializers.DictField(required=False)
    lines = serializers.ListField(child=OrderLineWriting(), min_length=1, max_length=MOST_LINES, required=False)


class RefundWriting(DocumentWriting):
    """Of the order's source; all amounts are positive."""

    refunded_at = InstantField()
    reason = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    lines = serializers.ListField(child=RefundLineWriting(), min_length=1, max_length=MOST_LINES)
