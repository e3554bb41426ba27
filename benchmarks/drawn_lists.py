"""Combinations of filter and order that nobody chose: drawn out of all there are, the same ones for each seed."""

from __future__ import annotations

import datetime as dt
import json
import random
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from accounts.visibility import EVERYTHING
from customers.filters import kinds
from customers.filters.compiling import moment_of
from customers.filters.describing import describe
from customers.filters.parsing import parse_text
from customers.filters.registry import Field, registry
from customers.filters.sources import Column, MinorColumn, Rows
from customers.listing.columns import columns
from customers.models import Customer

# Values are those of so many customers: what stands in the data, not what somebody thinks of.
LOOKED_AT = 300

# Fields, each with what a comparison of it may name.
Known = Sequence[tuple[Field, Sequence[Any]]]


def drawn(seed: int, many: int) -> Iterator[tuple[str, str]]:
    """(in words, query) of so many: a third compares one field, the others two, of which both or either must hold."""

    def compared(dice: random.Random, known: Known) -> dict[str, Any]:
        joined = dice.choice(("", "and", "or"))
        leaves = [comparison(*dice.choice(known), dice) for _leaf in range(2 if joined else 1)]
        return {joined: leaves} if joined else leaves[0]

    return _drawn(seed, many, compared)


def drawn_of_several(seed: int, many: int) -> Iterator[tuple[str, str]]:
    """The same of three to five comparisons: all must hold, or either, or either of the first two and the rest; one in
    seven is turned round."""

    def compared(dice: random.Random, known: Known) -> dict[str, Any]:
        leaves = [comparison(*dice.choice(known), dice) for _leaf in range(dice.choice((3, 3, 4, 5)))]
        leaves = [{"not": leaf} if dice.randrange(7) == 0 else leaf for leaf in leaves]
        joined = dice.choice(("and", "and", "or", ""))
        return {joined: leaves} if joined else {"and": [{"or": leaves[:2]}, *leaves[2:]]}

    return _drawn(seed, many, compared)


def _drawn(
    seed: int, many: int, compared: Callable[[random.Random, Known], dict[str, Any]]
) -> Iterator[tuple[str, str]]:
    dice = random.Random(seed)  # noqa: S311
    most = Customer.objects.latest("pk").pk
    some = list(Customer.objects.live().filter(pk__in=dice.sample(range(1, most + 1), LOOKED_AT)).order_by("pk"))
    known = [(field, found) for field in registry.fields() if (found := values_of(field, some, dice))]
    orders = [column.key for column in columns(EVERYTHING) if column.sort]
    for _number in range(many):
        said = json.dumps(compared(dice, known))
        sort = dice.choice(("", "-")) + dice.choice(orders)
        yield f"{describe(parse_text(said), sight=EVERYTHING)}, by {sort}", urlencode({"filter": said, "sort": sort})


def values_of(field: Field, customers: Sequence[Customer], dice: random.Random) -> list[Any]:
    """What a comparison may name, as its JSON says it."""
    if field.choices:
        return [code for code, _label in field.choices()]
    if field.kind is kinds.BOOLEAN:
        return [True, False]
    if field.kind is kinds.DATE and not isinstance(field.source, Column | Rows):
        return [{"days_ago": dice.randint(1, 1000)} for _each in customers]
    if field.kind is kinds.INTEGER and not isinstance(field.source, Rows):
        return [dice.randint(1, 70) for _each in customers]
    return sorted({said for value in stored(field, customers) if (said := as_json(field, value))}, key=str)


def stored(field: Field, customers: Sequence[Customer]) -> list[Any]:
    source, ids = field.source, [customer.pk for customer in customers]
    if isinstance(source, Rows):
        rows = source.rows(moment_of()).filter(**{f"{source.customer}__in": ids})
        return list(rows.values_list(source.column.name, flat=True))
    return [getattr(each, source.name, None) for each in customers] if isinstance(source, Column) else []


def as_json(field: Field, value: Any) -> Any:
    column = field.source.column if isinstance(field.source, Rows) else field.source
    if value is None or field.kind in (kinds.INTEGER, kinds.REFERENCE, kinds.REFERENCES):
        return value
    if field.kind in (kinds.MONEY, kinds.NUMBER):
        number = Decimal(value).scaleb(-2) if isinstance(column, MinorColumn) else Decimal(str(value))
        return str(round(number, 2))
    if isinstance(value, dt.datetime):
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, dt.date) else value


def comparison(field: Field, values: Sequence[Any], dice: random.Random) -> dict[str, Any]:
    op = dice.choice(field.ops_for(EVERYTHING))
    said = {"field": field.key, "op": op}
    if op in kinds.NO_VALUE:
        return said
    if op in kinds.LISTS:
        return {**said, "value": dice.sample(values, min(3, len(values)))}
    if op in kinds.PAIRS:
        return {**said, "value": sorted((dice.choice(values), dice.choice(values)), key=_size)}
    value = dice.choice(values)
    if op in {kinds.CONTAINS, kinds.STARTS_WITH}:
        begin = 0 if op == kinds.STARTS_WITH else dice.randrange(3)
        value = str(value)[begin : begin + dice.randint(2, 4)].strip() or value
    return {**said, "value": value}


def _size(value: Any) -> Any:
    if isinstance(value, dict):
        return -int(value["days_ago"])
    try:
        return Decimal(value)
    except ArithmeticError:
        return value
