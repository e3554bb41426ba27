"""What stands in a column of the customer list for programs and spreadsheets: values, not words for the eye."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from core.money import from_minor
from customers.cells import Reader
from protection.masking import shown

if TYPE_CHECKING:
    from customers.extensions import ListColumn
    from customers.models import Customer


def values(columns: Sequence[ListColumn], customer: Customer, reader: Reader) -> list[Any]:
    """One row; what is hidden from the reader is dots in it, as on the page."""
    return [_value(column, customer, reader) for column in columns]


def _value(column: ListColumn, customer: Customer, reader: Reader) -> Any:
    value = getattr(customer, column.value, None)
    if callable(value):
        value = value()
    if column.masked_as and reader.sight.masks(column.masked_as):
        return shown(reader.sight, column.masked_as, value)
    return column.plain(value, customer, reader)


def as_it_is(value: Any, customer: Customer, reader: Reader) -> Any:
    """Numbers and days as such, names of records, lists with commas, the rest as text."""
    if value is None or isinstance(value, bool | int | float | Decimal | str):
        return value
    if isinstance(value, dt.datetime):
        return timezone.localtime(value, reader.zone).date()
    if isinstance(value, dt.date):
        return value
    if isinstance(value, list | tuple):
        return ", ".join(str(as_it_is(each, customer, reader)) for each in value)
    return str(value)


def word_of(choices: Iterable[tuple[Any, Any]]) -> Callable[[Any, Customer, Reader], str]:
    """A value out of a list of choices, as `customers.cells` says it."""
    words = dict(choices)
    return lambda value, customer, reader: str(words.get(value, value or ""))


def money(minor: int | None, customer: Customer, reader: Reader) -> Decimal | None:
    """In whole units of the organisation's currency."""
    return None if minor is None else from_minor(minor, reader.currency)


def linked(value: Customer | None, customer: Customer, reader: Reader) -> str:
    """Another customer, by name to those who see them."""
    if value is None or value.deleted_at or not reader.sight.may_see(value):
        return ""
    return value.name


def first_email(customer: Customer, reader: Reader) -> str:
    """The first e-mail address, which the list shows below the name."""
    return str(shown(reader.sight, "email", getattr(customer, "list_email", None)) or "")
