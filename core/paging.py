"""Keyset paging: a page begins after the last row of the one before, so the thousandth costs what the first does.

Rows are ordered by one expression and then by id, empty values last in either direction. A cursor is the place of a row
in that order; one that was made for another order, or cut short, leads back to the first page.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Generic, TypeVar

from django.core import signing
from django.core.exceptions import FieldDoesNotExist
from django.db.models import F, Func, Model, Q, QuerySet, TextField, Value
from django.db.models.lookups import GreaterThan, LessThan

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
    """By `key`, a field or annotation of the queryset, then by id in the same direction.

    `tie` names the id where it stands beside the key, if that comes by a join: one index can then hold both.
    """

    key: str
    descending: bool = False
    tie: str = "pk"

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
    found: list[Row] = []
    for part in _parts(queryset, order, place):
        found += part[: size + 1 - len(found)]
        if len(found) > size:
            break
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


def cursor_after(row: Model, order: Order) -> str:
    """The cursor of the page that begins behind this row, which carries what `order` names."""
    return _encode(order, row, backward=False)


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


def _parts(queryset: QuerySet[Row], order: Order, place: _Place | None) -> Iterator[QuerySet[Row]]:
    """What lies ahead of the place, nearest first: rows with a value and rows without are asked for apart.

    Each part then has the plain order of an index, and one that comes by a join can be led by that table's index;
    "empty ones last" in one statement would sort every row there is.
    """
    backward = place is not None and place.backward
    descending = order.descending != backward
    by_id = f"-{order.tie}" if descending else order.tie
    by_pk = "-pk" if descending else "pk"
    if order.key in {"pk", "id"}:
        ahead = Q(**{f"pk__{'lt' if descending else 'gt'}": place.pk}) if place else Q()
        yield queryset.filter(ahead).order_by(by_pk)
        return
    by_value = F(order.key).desc() if descending else F(order.key).asc()
    nullable = _is_nullable(queryset.model, order.key)
    filled = queryset.filter(**{f"{order.key}__isnull": False}) if nullable else queryset
    empty = queryset.filter(**{f"{order.key}__isnull": True})
    if place is None or place.value is not None:
        filled = filled.filter(_beyond(order, place) if place else Q())
    else:
        empty = empty.filter(Q(**{f"pk__{'lt' if descending else 'gt'}": place.pk}))
    among_empty = place is not None and place.value is None
    parts = {True: empty.order_by(by_pk), False: filled.order_by(by_value, by_id)}
    yield parts[among_empty]
    if nullable and among_empty == backward:
        yield parts[not among_empty]


class _Pair(Func):
    """Value and id as one: pairs are compared as an index of both columns is ordered."""

    function = "ROW"
    output_field: Any = TextField()


def _beyond(order: Order, place: _Place) -> Q:
    """Condition on the rows ahead of the place, among those that have a value."""
    own, there = _Pair(F(order.key), F(order.tie)), _Pair(Value(place.value), Value(place.pk))
    is_before = order.descending != place.backward
    return Q(LessThan(own, there) if is_before else GreaterThan(own, there))


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
