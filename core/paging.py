"""Keyset paging: a page begins after the last row of the one before, so the thousandth costs what the first does.

Rows are ordered by one expression and then by id, empty values last in either direction. A cursor is the place of a row
in that order; one that was made for another order, or cut short, leads back to the first page.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Generic, TypeVar

from django.core import signing
from django.core.exceptions import FieldDoesNotExist
from django.db.models import F, Model, Q, QuerySet

Row = TypeVar("Row", bound=Model)
COUNTED_EXACTLY = 10_000

# Signed, so that a value in a cursor is always one that this module wrote.
_signer = signing.Signer(salt="core.paging")
_TAGS: list[tuple[type, str]] = [(dt.datetime, "t"), (dt.date, "d"), (Decimal, "n")]
_UNPACK: dict[str, Callable[[Any], Any]] = {
    "t": dt.datetime.fromisoformat,
    "d": dt.date.fromisoformat,
    "n": Decimal,
}


@dataclass(frozen=True)
class Order:
    """By `key`, a field or annotation of the queryset, then by id in the same direction."""

    key: str
    descending: bool = False

    @property
    def name(self) -> str:
        return f"-{self.key}" if self.descending else self.key


@dataclass(frozen=True)
class Page(Generic[Row]):
    rows: Sequence[Row]
    next_cursor: str
    previous_cursor: str


@dataclass(frozen=True)
class _Place:
    backward: bool
    value: Any
    pk: int


def keyset_page(queryset: QuerySet[Row], *, order: Order, cursor: str = "", size: int = 50) -> Page[Row]:
    """The rows that come after (or before) the cursor, and the cursors of the neighbouring pages ("" where none is).

    `queryset` must already carry the annotation that `order` names, and must not be sliced.
    """
    place = _decode(cursor, order) if cursor else None
    backward = place is not None and place.backward
    nullable = _is_nullable(queryset.model, order.key)
    if place is not None:
        queryset = queryset.filter(_beyond(order, place, nullable=nullable))
    found = list(queryset.order_by(*_ordering(order, backward=backward, nullable=nullable))[: size + 1])
    more = len(found) > size
    rows = found[:size]
    if backward:
        rows.reverse()
    if not rows:
        return Page([], "", "")
    return Page(
        rows,
        next_cursor=_encode(order, rows[-1], backward=False) if more or backward else "",
        previous_cursor=_encode(order, rows[0], backward=True) if (more if backward else place is not None) else "",
    )


def fits(cursor: str, order: Order) -> bool:
    """Whether the cursor was made for this order: for callers that say so when it was not."""
    return _decode(cursor, order) is not None


def bounded_count(queryset: QuerySet[Any]) -> tuple[int, bool]:
    """How many rows, and whether that is exact: counting stops past 10,000."""
    counted = queryset.order_by()[: COUNTED_EXACTLY + 1].count()
    return min(counted, COUNTED_EXACTLY), counted <= COUNTED_EXACTLY


def _is_nullable(model: type[Model], key: str) -> bool:
    """Whether the key may be empty. A column that may not be is ordered plainly, as its index is in both directions."""
    try:
        return bool(getattr(model._meta.get_field(key), "null", True))
    except FieldDoesNotExist:
        return True


def _ordering(order: Order, *, backward: bool, nullable: bool) -> list[Any]:
    descending = order.descending != backward
    nulls: dict[str, bool] = {"nulls_first" if backward else "nulls_last": True} if nullable else {}
    by_id = "-pk" if descending else "pk"
    if order.key in {"pk", "id"}:
        return [by_id]
    key = F(order.key)
    return [key.desc(**nulls) if descending else key.asc(**nulls), by_id]


def _beyond(order: Order, place: _Place, *, nullable: bool) -> Q:
    key, ahead = order.key, "lt" if order.descending != place.backward else "gt"
    later_id = Q(**{f"pk__{ahead}": place.pk})
    if key in {"pk", "id"}:
        return later_id
    empty = Q(**{f"{key}__isnull": True})
    if place.value is None:
        return ~empty | later_id if place.backward else empty & later_id
    # The first condition is implied by the second, and is the one that an index can serve.
    reached = Q(**{f"{key}__{ahead}e": place.value}) & (Q(**{f"{key}__{ahead}": place.value}) | later_id)
    return reached | empty if nullable and not place.backward else reached


def _encode(order: Order, row: Model, *, backward: bool) -> str:
    value = getattr(row, order.key)
    tag = next((tag for kind, tag in _TAGS if isinstance(value, kind)), "")
    packed = str(value) if tag == "n" else value.isoformat() if tag else value
    return _signer.sign_object([order.name, backward, tag, packed, row.pk])


def _decode(cursor: str, order: Order) -> _Place | None:
    try:
        name, backward, tag, value, pk = _signer.unsign_object(cursor)
    except signing.BadSignature:
        return None
    return _Place(backward, _UNPACK[tag](value) if tag else value, pk) if name == order.name else None
