"""Keyset paging: a page begins after the last row of the one before, so the thousandth costs what the first does.

Rows are ordered by one expression and then by id, empty values last in either direction. A list may be made of several
parts, walked one after another. A cursor is the place of a row in its part; one that was made for another order, or cut
short, leads back to the first page.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import chain, islice
from typing import Any, Generic, TypeVar

from django.core import signing
from django.core.exceptions import FieldDoesNotExist
from django.db.models import F, Func, Model, Q, QuerySet, TextField, Value
from django.db.models.lookups import GreaterThan, LessThan

from core.id_sets import Chosen
from core.walking import Near, Way, first_chosen, first_of

Row = TypeVar("Row", bound=Model)
COUNTED_EXACTLY = 10_000
# So many parts are looked through by one statement.
AT_ONCE = 50

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
class Part(Generic[Row]):
    """Rows that stand together in a list, and how they are ordered. `name` is what a cursor knows the part by.

    The queryset must carry the annotation that `order` names, and must not be sliced. `among`, with the same
    annotation, are the rows out of which a filter chose these, where they may stand anywhere in that order: then the
    first ones are looked for as `core.walking` says (and `is_rare` is meant), by sets of ids where these are `chosen`
    by some. `everybody`: those of all parts, where an index has their order, but not the part. `own`: the same rows
    without those who are not asked for, out of the table that has the order. These, and those of a part that `is_bare`,
    know nothing but their id and key, so that an index that has both need lead to no row.
    """

    name: str
    rows: QuerySet[Row]
    order: Order
    among: QuerySet[Row] | None = None
    own: QuerySet[Any] | None = None
    is_rare: bool = True
    is_bare: bool = False
    chosen: Chosen | None = None
    everybody: QuerySet[Row] | None = None


@dataclass(frozen=True)
class _Place:
    order: str
    backward: bool
    value: Any
    pk: int
    part: str


def keyset_page(queryset: QuerySet[Row], *, order: Order, cursor: str = "", size: int = 50) -> Page[Row]:
    """The rows that come after (or before) the cursor, and the cursors of the neighbouring pages ("" where none is).

    `queryset` must already carry the annotation that `order` names, and must not be sliced.
    """
    return page_of_parts([Part("", queryset, order)], cursor=cursor, size=size)


def page_of_parts(parts: Iterable[Part[Row]], *, cursor: str = "", size: int = 50) -> Page[Row]:
    """The same for a list of several parts, which must not share a row. A later part is asked for, and made if `parts`
    makes them one by one, only where those before it do not fill the page."""
    place, ahead = _from_cursor(parts, cursor)
    backward = place is not None and place.backward
    found: list[tuple[Order, str, Row]] = []
    while len(found) <= size and (stretch := next(ahead, None)):
        several = [stretch, *(islice(ahead, AT_ONCE - 1) if stretch.part.chosen else ())]
        found += _first_of(several, size + 1 - len(found))
    more = len(found) > size
    found = found[:size]
    if backward:
        found.reverse()
    if not found:
        return Page([], "", "")
    return Page(
        [row for _order, _name, row in found],
        next_cursor=_encode(*found[-1], backward=False) if more or backward else "",
        previous_cursor=_encode(*found[0], backward=True) if (more if backward else place is not None) else "",
    )


def fits(cursor: str, order: Order) -> bool:
    """Whether the cursor was made for this order: for callers that say so when it was not."""
    place = _decode(cursor)
    return place is not None and place.order == order.name


def cursor_after(row: Model, order: Order) -> str:
    """The cursor of the page that begins behind this row, which carries what `order` names."""
    return _encode(order, "", row, backward=False)


def cursors_around(parts: Iterable[Part[Row]], pk: int) -> tuple[str, str] | None:
    """The cursors of what lies before and behind one row; None where it is in none of the parts."""
    for part in parts:
        if row := part.rows.filter(pk=pk).first():
            return (
                _encode(part.order, part.name, row, backward=True),
                _encode(part.order, part.name, row, backward=False),
            )
    return None


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


@dataclass(frozen=True)
class _Stretch(Generic[Row]):
    """Rows of a part with or without a value, in one direction, as an index has them. What `condition` says beyond
    `way` no index has together with the order: that there is no value."""

    part: Part[Row]
    condition: Q
    order_by: tuple[Any, ...]
    key: str
    descending: bool
    way: Q

    def first(self, many: int) -> Sequence[Row]:
        if self.part.among is not None:
            found = first_of(
                self.whole(self.part.among), self.near(self.part.among), many=many, is_rare=self.part.is_rare
            )
            return [self.bare(pk, value) for pk, value in found]
        ahead = self.part.rows.filter(self.condition).order_by(*self.order_by)
        if self.part.is_bare:
            return [self.bare(pk, value) for pk, value in ahead.values_list("pk", self.key)[:many]]
        return list(ahead[:many])

    def whole(self, among: QuerySet[Row]) -> Way:
        return Way(
            among=among,
            matching=self.part.rows,
            condition=self.condition,
            sort=self.order_by,
            key=self.key,
            tie="pk" if self.key == "pk" else self.part.order.tie,
            descending=self.descending,
            is_keyless=self.key != self.part.order.key,
            everybody=self.part.everybody,
        )

    def near(self, among: QuerySet[Row]) -> Near:
        """Those without a value stand in no order of another table."""
        own = self.part.own if self.key == self.part.order.key else None
        rows = (among if own is None else own).filter(self.way).order_by(*self.order_by)
        rest = Q() if self.way is self.condition else self.condition
        is_in_an_index = own is not None or self.key in {each.attname for each in among.model._meta.concrete_fields}
        return Near(rows, among.filter(rest), self.part.rows.filter(rest), is_in_an_index)

    def bare(self, pk: int, value: Any) -> Row:
        model = self.part.rows.model
        row: Row = model.from_db(self.part.rows.db, [model._meta.pk.attname], [pk])
        if (key := self.part.order.key) not in {"pk", "id"}:
            setattr(row, key, value if self.key == key else None)
        return row


def _first_of(stretches: Sequence[_Stretch[Row]], many: int) -> list[tuple[Order, str, Row]]:
    found = _first_chosen(stretches, many)
    if found is None:
        found = []
        for stretch in stretches:
            found += [(stretch, row) for row in stretch.first(many - len(found))] if len(found) < many else []
    return [(stretch.part.order, stretch.part.name, row) for stretch, row in found]


def _first_chosen(stretches: Sequence[_Stretch[Row]], many: int) -> list[tuple[_Stretch[Row], Row]] | None:
    """By sets; None where these do not tell."""
    chosen = stretches[0].part.chosen
    known = [(stretch, stretch.part.among) for stretch in stretches if stretch.part.among is not None]
    if chosen is None or len(known) < len(stretches):
        return None
    near, among = known[0]
    found = first_chosen([each.whole(rows) for each, rows in known], near.near(among), chosen=chosen, many=many)
    return found if found is None else [(stretches[at], stretches[at].bare(pk, value)) for at, pk, value in found]


def _from_cursor(parts: Iterable[Part[Row]], cursor: str) -> tuple[_Place | None, Iterator[_Stretch[Row]]]:
    """The place of the cursor, and what lies ahead of it, nearest first."""
    place, rest, before = _decode(cursor) if cursor else None, iter(parts), []
    for part in rest if place else ():
        if part.name == place.part and part.order.name == place.order:  # type: ignore[union-attr]
            break
        before.append(part)
    else:
        place = None
    if place is None:
        onward: Iterable[Part[Row]] = chain(before, rest)
        return None, (stretch for part in onward for stretch in _stretches(part, None, backward=False))
    onward = reversed(before) if place.backward else rest
    return place, chain(
        _stretches(part, place, backward=place.backward),
        (stretch for other in onward for stretch in _stretches(other, None, backward=place.backward)),
    )


def _stretches(part: Part[Row], place: _Place | None, *, backward: bool) -> Iterator[_Stretch[Row]]:
    """What of a part lies ahead of the place in it: rows with a value and rows without are asked for apart.

    Each stretch then has the plain order of an index, and one that comes by a join can be led by that table's index;
    "empty ones last" in one statement would sort every row there is.
    """
    order = part.order
    descending = order.descending != backward
    by_id = f"-{order.tie}" if descending else order.tie
    by_pk = "-pk" if descending else "pk"
    if order.key in {"pk", "id"}:
        ahead = Q(**{f"pk__{'lt' if descending else 'gt'}": place.pk}) if place else Q()
        yield _Stretch(part, ahead, (by_pk,), "pk", descending, ahead)
        return
    by_value = F(order.key).desc() if descending else F(order.key).asc()
    nullable = _is_nullable(part.rows.model, order.key)
    filled = Q(**{f"{order.key}__isnull": False}) if nullable else Q()
    by_pk_ahead = Q()
    among_empty = backward and nullable if place is None else place.value is None
    if place is not None and among_empty:
        by_pk_ahead = Q(**{f"pk__{'lt' if descending else 'gt'}": place.pk})
    elif place is not None:
        filled &= _beyond(order, place)
    empty = Q(**{f"{order.key}__isnull": True}) & by_pk_ahead
    stretches = {
        True: _Stretch(part, empty, (by_pk,), "pk", descending, by_pk_ahead),
        False: _Stretch(part, filled, (by_value, by_id), order.key, descending, filled),
    }
    yield stretches[among_empty]
    if nullable and among_empty == backward:
        yield stretches[not among_empty]


class _Pair(Func):
    """Value and id as one: pairs are compared as an index of both columns is ordered."""

    function = "ROW"
    output_field: Any = TextField()


def _beyond(order: Order, place: _Place) -> Q:
    """Condition on the rows ahead of the place, among those that have a value."""
    own, there = _Pair(F(order.key), F(order.tie)), _Pair(Value(place.value), Value(place.pk))
    is_before = order.descending != place.backward
    return Q(LessThan(own, there) if is_before else GreaterThan(own, there))


def _encode(order: Order, part: str, row: Model, *, backward: bool) -> str:
    value = getattr(row, order.key)
    tag = next((tag for kind, tag in _TAGS if isinstance(value, kind)), "")
    packed = str(value) if tag == "n" else value.isoformat() if tag else value
    return _signer.sign_object([order.name, backward, tag, packed, row.pk, part])


def _decode(cursor: str) -> _Place | None:
    try:
        order, backward, tag, value, pk, part = _signer.unsign_object(cursor)
    except (signing.BadSignature, ValueError):
        return None
    return _Place(order, backward, _UNPACK[tag](value) if tag else value, pk, part)
