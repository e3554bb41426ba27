"""Products, shown and written."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from accounts.visibility import Sight
from api.serializers.fields import SparseSerializer, StrictBoolean
from core.models import currency_code
from customers.custom_fields import values_of
from customers.models import Product


class ProductSerializer(SparseSerializer):
    category = serializers.SerializerMethodField(help_text=_("From the widest to the narrowest."))
    unit_price = serializers.CharField(allow_null=True)
    unit_cost = serializers.CharField(allow_null=True)
    custom = serializers.SerializerMethodField()

    class Meta:
        model = Product
        fields = [
            "id",
            "source",
            "sku",
            "name",
            "category",
            "unit_price",
            "unit_cost",
            "currency",
            "is_active",
            "is_in_stock",
            "custom",
            "created_at",
            "updated_at",
        ]

    def get_category(self, product: Product) -> list[str]:
        names: list[str] = []
        category = product.category
        while category is not None and len(names) < DEEPEST_CATEGORY:
            names.insert(0, category.name)
            category = category.parent
        return names

    def get_custom(self, product: Product) -> dict[str, Any]:
        sight: Sight = self.context["sight"]
        shown = values_of("product", product.custom, sight=sight, fields=self.context["custom_fields"])
        return {value.field.key: value.plain for value in shown if value.plain is not None}


DEEPEST_CATEGORY = 4
PRODUCT_FIELDS = ProductSerializer.Meta.fields


class ProductChange(serializers.Serializer[Any]):
    """What is not named stays."""

    name = serializers.CharField(max_length=300, required=False)
    category = serializers.ListField(
        child=serializers.CharField(max_length=120),
        required=False,
        max_length=DEEPEST_CATEGORY,
        help_text=_("From the widest to the narrowest; those that are not there are made."),
    )
    unit_price = serializers.DecimalField(18, 6, required=False, allow_null=True)
    unit_cost = serializers.DecimalField(18, 6, required=False, allow_null=True)
    currency = serializers.CharField(max_length=3, required=False, allow_blank=True, validators=[currency_code])
    is_active = StrictBoolean(required=False)
    is_in_stock = StrictBoolean(required=False, help_text=_("What is sold out is not recommended."))
    custom = serializers.DictField(required=False)


class ProductWriting(ProductChange):
    """Known by its source and article number: one that is there is changed where it is named."""

    source: Any = serializers.CharField(max_length=60, required=False, allow_blank=True, default="")
    sku = serializers.CharField(max_length=80)
    name = serializers.CharField(max_length=300, required=False, help_text=_("Needed for a new one."))
