"""Single values as they are typed, for the text and for the fields of the builder alike."""

from __future__ import annotations

import re
from typing import Any

from django.utils.translation import gettext as _

from accounts.visibility import Sight
from customers.filters import kinds
from customers.filters.errors import FilterError
from customers.filters.expression import RelativeDay
from customers.filters.registry import Field
from customers.filters.things import Things
from customers.filters.values import day_json

TRUE, FALSE = ("yes", "true"), ("no", "false")
NAMED_DAYS = {"today": 0, "yesterday": -1, "tomorrow": 1}
_AGO = re.compile(r"([0-9]{1,9})\s+days?\s+ago")
_AHEAD = re.compile(r"in\s+([0-9]{1,9})\s+days?")


def json_of(field: Field, text: str, sight: Sight) -> Any:
    """What `parse` takes for a value that somebody typed. Raises FilterError; the rest of its rules are `parse`'s."""
    text = text.strip()
    if field.things is not None:
        return thing_json(field.things, text, sight)
    if field.choices is not None:
        return _choice(field, text)
    if field.kind is kinds.DATE:
        return day_json_of(text)
    if field.kind is kinds.BOOLEAN:
        return _truth(text)
    if field.kind in (kinds.INTEGER, kinds.REFERENCE, kinds.REFERENCES):
        return whole_json(text)
    return text


def whole_json(text: str) -> int:
    if not re.fullmatch(r"#?-?[0-9]{1,25}", text):
        raise FilterError("", _("This must be a whole number."))
    return int(text.removeprefix("#"))


def thing_json(things: Things, text: str, sight: Sight) -> int:
    found = things.find(text, sight)
    if not found:
        raise FilterError(
            "", _("Nothing is called “%(name)s”. Write its whole name, or its number as #17.") % {"name": text[:80]}
        )
    if len(found) > 1:
        raise FilterError(
            "", _("Several are called “%(name)s”. Write the number of the one you mean, as #17.") % {"name": text[:80]}
        )
    return found[0]


def _choice(field: Field, text: str) -> str:
    choices = [(key, str(label)) for key, label in field.choices()] if field.choices else []
    same = [key for key, _label in choices if key == text] or [
        key for key, label in choices if text.casefold() in {key.casefold(), label.casefold()}
    ]
    if len(same) == 1:
        return same[0]
    raise FilterError(
        "",
        _("“%(value)s” is no choice of “%(field)s”. There are: %(choices)s.")
        % {"value": text[:80], "field": field.label, "choices": ", ".join(key for key, _label in choices[:30])},
    )


def _truth(text: str) -> bool:
    if text.lower() in TRUE:
        return True
    if text.lower() in FALSE:
        return False
    raise FilterError("", _("This must be yes or no."))


def day_json_of(text: str) -> Any:
    said = text.strip().lower()
    if said in NAMED_DAYS:
        return day_json(RelativeDay(NAMED_DAYS[said]))
    if ago := _AGO.fullmatch(said):
        return {"days_ago": int(ago[1])}
    if ahead := _AHEAD.fullmatch(said):
        return {"days_ahead": int(ahead[1])}
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", said):
        raise FilterError("", _("Write the day as 2025-01-31, or as “30 days ago”, “today”, “in 7 days”."))
    return said


def text_of(field: Field, value: Any, sight: Sight) -> str:
    """The value as somebody would type it; nothing where it is hidden from them."""
    if field.confidential and sight.masks(field.confidential):
        return ""
    if field.things is not None:
        return field.things.typed(value, sight)
    if isinstance(value, bool):
        return TRUE[0] if value else FALSE[0]
    if field.kind is kinds.DATE:
        return day_text(value)
    return str(field.kind.dump(value))


def day_text(value: Any) -> str:
    if not isinstance(value, RelativeDay):
        return str(value.isoformat())
    if value.days > 0:
        return f"in {value.days} day{'s' if value.days != 1 else ''}"
    return f"{-value.days} day{'s' if value.days != -1 else ''} ago" if value.days else "today"
