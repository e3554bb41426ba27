"""The profile, a text of any length: short ones are read from an index, long ones in their rows."""

from __future__ import annotations

from dataclasses import dataclass

from core.id_sets import Members
from customers.filters import kinds
from customers.filters.expression import Moment, Value
from customers.filters.sources import TextColumn, customers_who, none_of
from customers.models.customer import IS_SHORT_PROFILE


@dataclass(frozen=True)
class ProfileText(TextColumn):
    def customers_of(self, op: str, value: Value, moment: Moment) -> Members:
        if op == kinds.EMPTY:
            return none_of(
                customers_who(~self.missing(moment) & IS_SHORT_PROFILE),
                customers_who(~IS_SHORT_PROFILE),
            )
        compared = self.compare(op, value, moment)
        short, long = customers_who(compared & IS_SHORT_PROFILE), customers_who(compared & ~IS_SHORT_PROFILE)
        return Members([short, long], means_all=False)
