"""How a value looks to somebody from whom it is hidden: nothing of it that could be searched for remains."""

from __future__ import annotations

import re
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
# Every way in which a hidden value is written: what comes back like this, in a file, is no value.
DOTS = frozenset({MASK, *MASKS.values()})

# As people write them into a sentence. A day (2026-11-26) and an amount (1,234.50) are neither.
EMAIL_IN_TEXT = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
PHONE_IN_TEXT = re.compile(r"(?<![\w.])(?!\d{4}-\d\d-\d\d\b)(?:\+|00|\()?\d(?:[ \u00a0()/.-]{0,2}\d){8,16}(?!\w)")


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


def text_shown(sight: Sight, text: str) -> str:
    """What somebody wrote freely, with dots where it names an e-mail address or a phone number that is hidden."""
    if sight.masks(Confidential.EMAIL):
        text = EMAIL_IN_TEXT.sub(MASKS[Confidential.EMAIL], text)
    if sight.masks(Confidential.PHONE):
        text = PHONE_IN_TEXT.sub(MASKS[Confidential.PHONE], text)
    return text
