"""Reading one event of a batch: its row, or what is wrong with it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from api.errors import Fault, escaped
from api.parsers import Unreadable
from api.serializers.customers_writing import LONGEST_TEXT
from api.serializers.fields import EARLIEST, LARGEST_ID, LATEST
from core.dates import day_of
from customers.models import Event

KINDS = frozenset(Event.Kind.values)
LARGEST_VALUE = Decimal(10) ** 8
STEP = Decimal("0.0001")
LARGEST_SECONDS = 2**31 - 1
# Of a row, after its place in the batch; the columns of the table that it is staged in.
COLUMNS = (
    "source",
    "external_id",
    "kind",
    "occurred_at",
    "occurred_date",
    "customer_id",
    "customer_source",
    "customer_value",
    "product_id",
    "sku",
    "value",
    "seconds",
    "text",
)
MEMBERS = frozenset(
    {*COLUMNS, "customer", "customer_external_id", "product"}
    - {"occurred_date", "customer_id", "customer_source", "customer_value", "product_id"}
)
Row = tuple[Any, ...]


class Wrong(ValueError):
    """What is wrong with one value, in words."""


def read_event(content: Any, zone: ZoneInfo) -> Row | list[Fault]:
    if isinstance(content, Unreadable):
        return [("", str(content))]
    if not isinstance(content, Mapping):
        return [("", _("An event is an object."))]
    reading = _Reading(content)
    source = reading.take("source", _text(60), "")
    number = reading.take("customer_external_id", _number, ("", ""))
    moment = reading.take("occurred_at", _instant)
    kind = reading.take("kind", _kind)
    value = reading.take("value", _value, None)
    row = (
        source,
        reading.take("external_id", _text(120, shortest=1)),
        kind,
        moment,
        day_of(moment, zone) if moment else None,
        reading.take("customer", _id, None),
        number[0] or source if number and number[1] else None,
        (number and number[1]) or None,
        reading.take("product", _id, None),
        reading.take("sku", _text(80), "") or None,
        value,
        reading.take("seconds", _seconds, None),
        reading.take("text", _text(LONGEST_TEXT), ""),
    )
    if kind == Event.Kind.RATING and value is None and "value" not in reading.wrong:
        reading.faults.append(("/value", _("A rating has a value.")))
    for name in content.keys() - MEMBERS:
        reading.faults.append((f"/{escaped(name)}", _("There is no such member.")))
    return reading.faults or row


class _Reading:
    def __init__(self, content: Mapping[str, Any]) -> None:
        self.content = content
        self.faults: list[Fault] = []
        self.wrong: set[str] = set()

    def take(self, name: str, read: Callable[[Any], Any], default: Any = ...) -> Any:
        """The value, the default without one, or None with a fault noted."""
        value = self.content.get(name)
        if value is None:
            if default is not ...:
                return default
            words = _("This is needed.")
        else:
            try:
                return read(value)
            except Wrong as wrong:
                words = str(wrong)
        self.faults.append((f"/{name}", words))
        self.wrong.add(name)
        return None


def _text(longest: int, *, shortest: int = 0) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if not isinstance(value, str):
            raise Wrong(_("This is text."))
        text = value.strip()
        if not shortest <= len(text) <= longest:
            raise Wrong(_("It has %(least)d to %(most)d characters.") % {"least": shortest, "most": longest})
        return text

    return read


def _kind(value: Any) -> str:
    if not isinstance(value, str) or value not in KINDS:
        raise Wrong(_("There are: %(known)s.") % {"known": ", ".join(sorted(KINDS))})
    return value


def _instant(value: Any) -> dt.datetime:
    try:
        moment = dt.datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise Wrong(_("Write an instant as 2026-01-31T12:00:00Z.")) from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=dt.UTC)
    if not EARLIEST <= moment < LATEST:
        raise Wrong(_("This is out of the calendar: from 1900 to 2199."))
    return moment.astimezone(dt.UTC)  # PostgreSQL reads no offset of 16 hours or more


def _id(value: Any) -> int:
    return _whole(value, 1, LARGEST_ID)


def _seconds(value: Any) -> int:
    return _whole(value, 0, LARGEST_SECONDS)


def _whole(value: Any, least: int, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise Wrong(_("This is a whole number from %(least)d to %(most)d.") % {"least": least, "most": most})
    return value


def _value(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise Wrong(_("This is a number."))
    try:
        number = Decimal(str(value)[:100])
    except InvalidOperation:
        raise Wrong(_("This is a number.")) from None
    # The limit before the rounding, which takes no number of any size, and after it, for it may reach the limit.
    if not number.is_finite() or abs(number) >= LARGEST_VALUE or abs(rounded := number.quantize(STEP)) >= LARGEST_VALUE:
        raise Wrong(_("At most 8 digits before the point."))
    return rounded


def _number(value: Any) -> tuple[str, str]:
    if not isinstance(value, Mapping) or value.keys() - {"source", "value"}:
        raise Wrong(_("This is an object with source and value."))
    return _text(60)(value.get("source") or ""), _text(200, shortest=1)(value.get("value") or "")
