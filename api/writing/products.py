"""Writing a product."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from api.errors import Invalid, escaped
from customers.custom_fields import InvalidValues, clean, merged
from customers.models import Category, Product

PLAIN = ("name", "unit_price", "unit_cost", "currency", "is_active", "is_in_stock")


def save_product(values: dict[str, Any]) -> tuple[Product, bool]:
    """The product of that source and article number with these values, and whether it is new."""
    with transaction.atomic():
        number = {"source": values["source"], "sku": values["sku"]}
        product = Product.objects.select_for_update().filter(**number).first() or Product(**number)
        is_new = product.pk is None
        if is_new and not values.get("name"):
            raise Invalid(("/name", _("A new product needs a name.")))
        before = _state(product)
        for name in PLAIN:
            if name in values:
                setattr(product, name, values[name])
        if "category" in values:
            product.category = _category(values["category"])
        if is_new or "custom" in values:
            product.custom = custom_values("product", product.custom, values.get("custom", {}), is_new=is_new)
        if is_new or _state(product) != before:
            product.save()
    return product, is_new


def custom_values(record: str, current: dict[str, Any], raw: Any, *, is_new: bool) -> dict[str, Any]:
    """The custom fields as they are kept. Raises Invalid."""
    try:
        return merged(current, clean(record, raw, partial=not is_new))
    except InvalidValues as invalid:
        raise Invalid(*((f"/custom/{escaped(key)}", words) for key, words in invalid.errors.items())) from None


def _state(product: Product) -> tuple[Any, ...]:
    return (*(getattr(product, name) for name in PLAIN), product.category_id, product.custom)


def _category(names: list[str]) -> Category | None:
    category: Category | None = None
    for name in names:
        category, _is_new = Category.objects.get_or_create(name=name, parent=category)
    return category
