"""Many customers as one value that PostgreSQL looks a row up in: a bit for each id between the first and the last."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from django.db.models import BooleanField, F, Func, Q
from django.db.models import Value as Constant

from analytics.many_ids import IdArray
from customers.filters.sources import NO_ROW, OneOf

# So few are looked up one by one; more are met soon enough on the way through the list.
NAMED = 4_000


@dataclass(frozen=True)
class Members:
    """Ids from `first` on, a bit each, the lowest bit of a byte first, as PostgreSQL counts them."""

    first: int
    bits: bytes

    @classmethod
    def of(cls, ids: IdArray) -> Self:
        if not len(ids):
            return cls(0, b"")
        first = int(ids.min())
        flags = np.zeros(int(ids.max()) - first + 1, dtype=bool)
        flags[ids - first] = True
        return cls(first, np.packbits(flags, bitorder="little").tobytes())

    @property
    def count(self) -> int:
        return int.from_bytes(self.bits).bit_count()

    @property
    def ids(self) -> IdArray:
        flags = np.unpackbits(np.frombuffer(self.bits, dtype=np.uint8), bitorder="little")
        return np.flatnonzero(flags) + self.first

    def holding(self, ids: IdArray) -> int:
        """How many of these are among them."""
        places = ids[(ids >= self.first) & (ids < self.first + 8 * len(self.bits))] - self.first
        flags = np.unpackbits(np.frombuffer(self.bits, dtype=np.uint8), bitorder="little")
        return int(np.count_nonzero(flags[places]))

    @property
    def q(self) -> Q:
        """On a queryset of customers."""
        if not self.bits:
            return NO_ROW
        if self.count <= NAMED:
            return Q(OneOf(F("pk"), Constant(self.ids.tolist())))
        return Q(HasBit(F("pk"), Constant(self.first), Constant(8 * len(self.bits)), Constant(self.bits)))

    def sql(self, column: str) -> tuple[str, list[Any]]:
        """The same of a column that holds the id of a customer, with its parameters."""
        return _has_bit(column, "%s", "%s", "%s"), [self.first, self.first, 8 * len(self.bits), self.bits, self.first]


class HasBit(Func):
    """Whether the bit of an id is set, of so many bits from the first id on."""

    output_field = BooleanField()

    def as_sql(self, compiler: Any, connection: Any, *_args: Any, **_context: Any) -> tuple[str, tuple[Any, ...]]:
        (own, own_params), *rest = (compiler.compile(each) for each in self.source_expressions)
        (first, first_params), (length, length_params), (bits, bits_params) = rest
        place = (*own_params, *first_params)
        return _has_bit(own, first, length, bits), (*place, *place, *length_params, *bits_params, *place)


def _has_bit(own: str, first: str, length: str, bits: str) -> str:
    """PostgreSQL would call the bit of an id outside an error."""
    place = f"({own} - {first})"
    return f"(CASE WHEN {place} >= 0 AND {place} < {length} THEN get_bit({bits}, {place}::bigint) = 1 ELSE FALSE END)"
