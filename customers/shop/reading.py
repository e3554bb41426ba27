"""What the pages of an order and a product show."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.db.models import Prefetch
from django.urls import reverse

from accounts.visibility import Sight
from customers.custom_fields import CustomValue, values_of
from customers.models import CustomField, Order, OrderLine, Product, RefundLine


def lines_of(order: Order) -> list[OrderLine]:
    return list(order.lines.select_related("product"))


def refunds_of(order: Order) -> list[Any]:
    lines = Prefetch("lines", RefundLine.objects.select_related("product"))
    return list(order.refunds.prefetch_related(lines).order_by("refunded_at", "pk"))


def own_values(applies_to: CustomField.Record, custom: Mapping[str, Any], *, sight: Sight) -> list[CustomValue]:
    """Every field in use, with or without a value: what is empty here is what may be written."""
    return list(values_of(applies_to, custom, sight=sight))


def differences(
    applies_to: CustomField.Record, mine: Mapping[str, Any], theirs: Mapping[str, Any], *, sight: Sight
) -> list[tuple[str, str, str]]:
    """(label, what the form says, what is saved by now) of each field in which the two differ."""
    pairs = zip(values_of(applies_to, mine, sight=sight), values_of(applies_to, theirs, sight=sight), strict=True)
    return [
        (mine_value.field.label, mine_value.text, theirs_value.text)
        for mine_value, theirs_value in pairs
        if mine.get(mine_value.field.key) != theirs.get(mine_value.field.key)
    ]


def buyers_url(product: Product) -> str:
    """The list of the customers who bought it."""
    return f"{reverse('customers:list')}?{urlencode({'filter': json.dumps({'bought': {'product': product.pk}})})}"
