"""Writing what people say about an order or a product, beside imports and the API, which write the same rows."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from customers.models import Order, Product
from customers.shop.forms import OwnFields


class ChangedMeanwhile(Exception):
    """Somebody or something else has changed the row since its form was opened; `current` is what it is by now."""

    def __init__(self, current: Order | Product) -> None:
        super().__init__(f"{current._meta.label} {current.pk} was changed at {current.updated_at}")
        self.current = current


def save_own_fields(*, form: OwnFields) -> None:
    """Saves a checked form. Raises ChangedMeanwhile."""
    row: Any = form.instance
    with transaction.atomic():
        current = type(row)._default_manager.select_for_update().get(pk=row.pk)
        if current.updated_at != form.cleaned_data["opened_at"]:
            raise ChangedMeanwhile(current)
        row.save(update_fields=["custom", "updated_at"])
