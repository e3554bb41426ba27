"""Custom fields in filters, as `custom.<key>`. `customers.custom_indexes` makes the indexes that serve them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db.models import BooleanField, DecimalField, Func, JSONField, Q, TextField
from django.db.models import Value as Constant
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.db.models.functions import Collate, Left
from django.db.models.lookups import Contains, Exact, StartsWith

from core.id_sets import Member, Members
from customers.custom_fields import choices_of, context_of, definitions
from customers.filters import kinds
from customers.filters.expression import Moment, Value
from customers.filters.kinds import BOOLEAN, CHOICE, CHOICES, DATE, EXACT, MONEY, NUMBER, TEXT, Kind
from customers.filters.registry import Field
from customers.filters.sources import NO_ROW, Column, any_of, customers_who
from customers.keys import SortKey
from customers.models import CustomField
from protection import crypto

PREFIX = "custom."
COLUMN = "custom"
# What an index of texts keeps of each: a longer entry would not fit into it.
INDEXED_CHARACTERS = 100


@dataclass(frozen=True)
class CustomColumn(Column):
    """A value in the column of custom fields; `name` is the field's key."""

    index_has_dead: bool = True
    is_indexed: bool = False

    @property
    def expression(self) -> Any:
        return KeyTextTransform(self.name, COLUMN)

    def customers_of(self, op: str, value: Value, moment: Moment) -> Member | Members:
        if self.is_indexed:
            return super().customers_of(op, value, moment)
        asked = self.missing(moment) if op == kinds.EMPTY else self.compare(op, value, moment)
        return customers_who(asked)


@dataclass(frozen=True)
class CustomNumber(CustomColumn):
    @property
    def expression(self) -> Any:
        return Func(super().expression, function="crm_number", output_field=DecimalField())


@dataclass(frozen=True)
class CustomDay(CustomColumn):
    """Days as text, which sorts as they do where letters are compared by their codes."""

    @property
    def expression(self) -> Any:
        return Collate(super().expression, "C")

    def _stored(self, value: dt.date) -> str:
        return value.isoformat()


@dataclass(frozen=True)
class CustomText(CustomColumn):
    @property
    def indexed(self) -> Any:
        """By the codes of its letters, in which one index serves comparing, beginnings and sorting."""
        return Collate(Left(SortKey(self.expression), INDEXED_CHARACTERS), "C")

    def _compare(self, op: str, value: Any) -> Q:
        if op == kinds.IS_NOT:
            return ~self._compare(kinds.IS, value)
        if op == kinds.IN:
            return any_of(self._compare(kinds.IS, each) for each in value)
        held, sought = SortKey(self.expression), SortKey(Constant(value))
        if op == kinds.CONTAINS:
            return Q(Contains(held, sought))
        lookup = Exact if op == kinds.IS else StartsWith
        # The first condition is implied by the second, and is the one that an index can serve.
        return Q(lookup(self.indexed, Left(sought, INDEXED_CHARACTERS))) & Q(lookup(held, sought))


@dataclass(frozen=True)
class CustomSet(CustomColumn):
    """A list of choices."""

    @property
    def indexed(self) -> Any:
        return KeyTransform(self.name, COLUMN)

    def compare(self, op: str, value: Any, moment: Moment) -> Q:
        chosen = value if isinstance(value, tuple) else (value,)
        return any_of(Q(Holds(self.indexed, Constant([each], JSONField()))) for each in chosen)


class Holds(Func):
    """One JSON value holds another."""

    template = "%(expressions)s"
    arg_joiner = " @> "
    output_field = BooleanField()


@dataclass(frozen=True)
class CustomTruth(CustomColumn):
    def _stored(self, value: bool) -> str:
        return "true" if value else "false"


@dataclass(frozen=True)
class CustomSealed(CustomColumn):
    """Encrypted text, by its blind index. `context` is that of its encryption."""

    context: str = ""

    @property
    def expression(self) -> Any:
        return Func(super().expression, function="crm_blind_index", output_field=TextField())

    def _compare(self, op: str, value: str) -> Q:
        if not crypto.normalised(value):
            return NO_ROW
        hashes = [each.hex() for each in crypto.blind_indexes(value, context=self.context)]
        return any_of(Q(Exact(self.expression, Constant(each))) for each in hashes)


# Of each kind of custom field its kind in filters and where it lies.
SOURCES: dict[CustomField.Kind, tuple[Kind, type[CustomColumn]]] = {
    CustomField.Kind.TEXT: (TEXT, CustomText),
    CustomField.Kind.LINK: (TEXT, CustomText),
    CustomField.Kind.NUMBER: (NUMBER, CustomNumber),
    CustomField.Kind.MONEY: (MONEY, CustomNumber),
    CustomField.Kind.DATE: (DATE, CustomDay),
    CustomField.Kind.CHOICE: (CHOICE, CustomColumn),
    CustomField.Kind.MULTI_CHOICE: (CHOICES, CustomSet),
    CustomField.Kind.YES_NO: (BOOLEAN, CustomTruth),
}


def custom_fields() -> list[Field]:
    """Those of customers, for the registry of filters."""
    return [_field(definition) for definition in definitions(CustomField.Record.CUSTOMER)]


def column_of(definition: CustomField) -> CustomColumn:
    if definition.is_encrypted:
        return CustomSealed(definition.key, is_indexed=definition.is_indexed, context=context_of(definition))
    return SOURCES[CustomField.Kind(definition.kind)][1](definition.key, is_indexed=definition.is_indexed)


def _field(definition: CustomField) -> Field:
    kind, _column = SOURCES[CustomField.Kind(definition.kind)]
    return Field(
        key=f"{PREFIX}{definition.key}",
        label=definition.label,
        kind=EXACT if definition.is_encrypted else kind,
        source=column_of(definition),
        confidential=definition.confidential,
        choices=partial(choices_of, definition) if definition.has_choices else None,
        exact_when_masked=definition.is_encrypted,
    )
