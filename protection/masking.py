"""How a value looks to somebody from whom it is hidden: nothing of it that could be searched for remains."""

from __future__ import annotations

from typing import Any

from django.db import models

from accounts.models import Confidential
from accounts.visibility import Sight
from protection.classification import masked_as
from protection.fields import MASK, Sealed

MASKS = {
    Confidential.EMAIL: "•••@•••",
    Confidential.PHONE: "••• •••",
    Confidential.BIRTH_DATE: "••••-••-••",
}


def is_masked(sight: Sight, model: type[models.Model], field_name: str) -> bool:
    kind = masked_as(model, field_name)
    return kind is not None and sight.masks(kind)


def shown(sight: Sight, confidential: str, value: Any) -> Any:
    """The value, or dots in its place; nothing stays nothing, so that an empty field does not look filled."""
    if value in (None, ""):
        return value
    if isinstance(value, Sealed):
        return str(value)
    return MASKS.get(Confidential(confidential), MASK) if sight.masks(confidential) else value
