"""Conditions whose SQL is made once a process.

The ORM takes a millisecond to put the rows of a customer into words, at each of the places of a page that ask for them;
and from one request to the next they differ in days and numbers alone.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import lru_cache
from typing import Any

from django.db.models import BooleanField, Expression, F, Func, Q

from customers.models import Customer

_CUSTOMER = '"customers_customer"."id"'


class Given(Expression):
    """A value that is put in later."""

    def __init__(self, place: int) -> None:
        super().__init__()
        self.place = place

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        return "%s", [self]


class Prepared(Func):
    """The condition `make(*parts, *values)` on customers. It asks nothing of the customer but who it is, and of the
    values nothing at all: it must say the same whatever they are."""

    output_field: Any = BooleanField()

    def __init__(self, make: Callable[..., Q], parts: tuple[Hashable, ...], values: tuple[Any, ...]) -> None:
        super().__init__(F("pk"))
        self.make, self.parts, self.values = make, parts, values

    def as_sql(self, compiler: Any, connection: Any, *_args: Any, **_context: Any) -> Any:
        sql, params = _words(self.make, self.parts, len(self.values))
        customer, _none = compiler.compile(self.source_expressions[0])
        values = [self.values[each.place] if isinstance(each, Given) else each for each in params]
        return f"({sql.replace(_CUSTOMER, customer)})", values


@lru_cache(maxsize=512)
def _words(make: Callable[..., Q], parts: tuple[Hashable, ...], values: int) -> tuple[str, tuple[Any, ...]]:
    condition = make(*parts, *(Given(place) for place in range(values)))
    query = Customer.objects.filter(condition).query
    sql, params = query.get_compiler("default").compile(query.where)
    if list(query.alias_map) != [Customer._meta.db_table]:
        raise ValueError("A prepared condition asks for nothing but the id of the customer.")
    return sql, tuple(params)
