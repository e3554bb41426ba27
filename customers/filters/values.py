"""Single values out of JSON: strict, so that nothing a database or an engine would choke on gets past here."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from customers.filters.errors import FilterError
from customers.filters.expression import Day, RelativeDay

MAX_TEXT = 200
MAX_LIST = 500
MAX_DAYS = 100_000
MAX_INTEGER = 2**31 - 1
MAX_ID = 2**63 - 1
NUMBER_LIMIT = Decimal(10) ** 15
MAX_DECIMALS = 6
FIRST_DAY, LAST_DAY = dt.date(1800, 1, 1), dt.date(2999, 12, 31)

NUMBER_PATTERN = r"^-?[0-9]{1,15}(\.[0-9]{1,6})?$"
DAY_PATTERN = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
RELATIVE = {"days_ago": -1, "days_ahead": 1}


def text(data: Any, at: str) -> str:
    if not isinstance(data, str):
        raise FilterError(at, _("This must be text."))
    cleaned = data.strip()
    if not cleaned:
        raise FilterError(at, _("The text is empty. To find what has no value, ask “is_empty”."))
    if len(cleaned) > MAX_TEXT:
        raise FilterError(at, _("The text is longer than %(limit)d characters.") % {"limit": MAX_TEXT})
    if "\x00" in cleaned or any("\ud800" <= character <= "\udfff" for character in cleaned):
        raise FilterError(at, _("The text holds a character that no stored text can hold."))
    return cleaned


def whole(data: Any, at: str, *, least: int = -MAX_INTEGER, most: int = MAX_INTEGER) -> int:
    """A whole number; 7.0 is not one, and neither is true."""
    if not isinstance(data, int) or isinstance(data, bool):
        raise FilterError(at, _("This must be a whole number."))
    if not least <= data <= most:
        raise FilterError(
            at, _("This must be a whole number from %(least)d to %(most)d.") % {"least": least, "most": most}
        )
    return data


def reference(data: Any, at: str) -> int:
    return whole(data, at, least=1, most=MAX_ID)


def number(data: Any, at: str) -> Decimal:
    """Exact, from a JSON number or from text such as "12.50"."""
    if isinstance(data, bool) or not isinstance(data, int | float | Decimal | str):
        raise FilterError(at, _("This must be a number."))
    if isinstance(data, str) and not re.fullmatch(NUMBER_PATTERN, data):
        raise FilterError(at, _("Write the number with digits and a point, such as 12.50."))
    try:
        value = Decimal(repr(data) if isinstance(data, float) else data)
    except InvalidOperation:
        raise FilterError(at, _("This must be a number.")) from None
    if not value.is_finite() or abs(value) >= NUMBER_LIMIT:
        raise FilterError(at, _("The number is too large: it has at most 15 digits before the point."))
    if value != value.quantize(Decimal(1).scaleb(-MAX_DECIMALS)):
        raise FilterError(at, _("The number has more than %(digits)d decimals.") % {"digits": MAX_DECIMALS})
    return value


def day(data: Any, at: str) -> Day:
    """A day such as "2025-01-31", or one relative to today: {"days_ago": 30}, {"days_ahead": 7}."""
    if isinstance(data, Mapping):
        if len(data) != 1 or (name := next(iter(data))) not in RELATIVE:
            raise FilterError(at, _('A relative day is written as {"days_ago": 30} or {"days_ahead": 30}.'))
        return RelativeDay(RELATIVE[name] * whole(data[name], f"{at}/{name}", least=0, most=MAX_DAYS))
    if not isinstance(data, str) or not re.fullmatch(DAY_PATTERN, data):
        raise FilterError(at, _("Write the day as 2025-01-31."))
    try:
        found = dt.date.fromisoformat(data)
    except ValueError:
        raise FilterError(at, _("There is no such day in the calendar.")) from None
    if not FIRST_DAY <= found <= LAST_DAY:
        raise FilterError(at, _("The day must lie between the years 1800 and 2999."))
    return found


def truth(data: Any, at: str) -> bool:
    if not isinstance(data, bool):
        raise FilterError(at, _("This must be true or false."))
    return data


def day_json(value: Day) -> Any:
    if isinstance(value, RelativeDay):
        return {"days_ago": -value.days} if value.days <= 0 else {"days_ahead": value.days}
    return value.isoformat()


def day_on(value: Day, today: dt.date) -> dt.date:
    return value.on(today) if isinstance(value, RelativeDay) else value


# The same in words of JSON Schema.
TEXT_SCHEMA: dict[str, Any] = {"type": "string", "minLength": 1, "maxLength": MAX_TEXT, "pattern": r"\S"}
INTEGER_SCHEMA: dict[str, Any] = {"type": "integer", "minimum": -MAX_INTEGER, "maximum": MAX_INTEGER}
REFERENCE_SCHEMA: dict[str, Any] = {"type": "integer", "minimum": 1, "maximum": MAX_ID}
NUMBER_SCHEMA: dict[str, Any] = {
    "anyOf": [
        {"type": "number", "exclusiveMinimum": -(10**15), "exclusiveMaximum": 10**15},
        {"type": "string", "pattern": NUMBER_PATTERN},
    ]
}
DAY_SCHEMA: dict[str, Any] = {
    "anyOf": [
        {"type": "string", "format": "date", "pattern": DAY_PATTERN},
        *(
            {
                "type": "object",
                "properties": {name: {"type": "integer", "minimum": 0, "maximum": MAX_DAYS}},
                "required": [name],
                "additionalProperties": False,
            }
            for name in RELATIVE
        ),
    ]
}
