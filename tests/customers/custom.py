"""One custom field of each kind, with values that are kept as they stand here."""

from __future__ import annotations

from typing import Any

from customers.models import CustomField

CHOICES = [{"key": "gold", "label": "Gold"}, {"key": "silver", "label": "Silver"}, {"key": "zh", "label": "铜"}]


def create_field(key: str, kind: str = "text", **fields: Any) -> CustomField:
    choices = CHOICES if kind in {"choice", "multi_choice"} else []
    return CustomField.objects.create(**{"key": key, "label": key.title(), "kind": kind, "choices": choices, **fields})


def create_one_of_each(**fields: Any) -> dict[str, CustomField]:
    made = {kind: create_field(f"my_{kind}", kind, **fields) for kind in CustomField.Kind.values}
    return {**made, "sealed": create_field("my_sealed", **{**fields, "confidential": "sensitive"})}
