"""The kinds of fields: which comparisons each knows, and what it compares with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from customers.filters import values

IS, IS_NOT, IN, EMPTY = "is", "is_not", "in", "is_empty"
CONTAINS, STARTS_WITH = "contains", "starts_with"
LESS, AT_MOST, MORE, AT_LEAST, BETWEEN = "<", "<=", ">", ">=", "between"
HAS, HAS_ANY, LACKS = "has", "has_any", "lacks"

ORDERED = (IS, IS_NOT, LESS, AT_MOST, MORE, AT_LEAST, BETWEEN, EMPTY)
NO_VALUE = frozenset({EMPTY})
LISTS = frozenset({IN, HAS_ANY})
PAIRS = frozenset({BETWEEN})


@dataclass(frozen=True)
class Kind:
    """`parse` reads one value (and raises FilterError), `schema` says the same, `dump` writes it back."""

    name: str
    ops: tuple[str, ...]
    parse: Callable[[Any, str], Any]
    schema: Mapping[str, Any]
    dump: Callable[[Any], Any] = lambda value: value


def _number_json(value: Decimal) -> str:
    """As text: a reader that takes JSON numbers for doubles would change it."""
    return format(value.normalize(), "f")


TEXT = Kind("text", (IS, IS_NOT, IN, CONTAINS, STARTS_WITH, EMPTY), values.text, values.TEXT_SCHEMA)
# What is found by its whole value alone: e-mails and phones of a masked person, encrypted numbers.
EXACT = Kind("exact", (IS, EMPTY), values.text, values.TEXT_SCHEMA)
INTEGER = Kind("integer", ORDERED, values.whole, values.INTEGER_SCHEMA)
NUMBER = Kind("number", ORDERED, values.number, values.NUMBER_SCHEMA, _number_json)
# In whole units of the organisation's currency.
MONEY = Kind("money", ORDERED, values.number, values.NUMBER_SCHEMA, _number_json)
DATE = Kind("date", ORDERED, values.day, values.DAY_SCHEMA, values.day_json)
CHOICE = Kind("choice", (IS, IS_NOT, IN, EMPTY), values.text, values.TEXT_SCHEMA)
CHOICES = Kind("choices", (HAS, HAS_ANY, LACKS, EMPTY), values.text, values.TEXT_SCHEMA)
REFERENCE = Kind("reference", (IS, IS_NOT, IN, EMPTY), values.reference, values.REFERENCE_SCHEMA)
REFERENCES = Kind("references", (HAS, HAS_ANY, LACKS, EMPTY), values.reference, values.REFERENCE_SCHEMA)
BOOLEAN = Kind("boolean", (IS, EMPTY), values.truth, {"type": "boolean"})

ALL = (TEXT, EXACT, INTEGER, NUMBER, MONEY, DATE, CHOICE, CHOICES, REFERENCE, REFERENCES, BOOLEAN)
