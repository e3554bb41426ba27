"""The language as a JSON Schema, made from the allow-list. It says what `parse` accepts, but for limits of size."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from accounts.visibility import EVERYTHING, Sight
from customers.filters import kinds, values
from customers.filters.parsing import VERSION
from customers.filters.registry import Field, registry

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_SPECIAL = kinds.NO_VALUE | kinds.LISTS | kinds.PAIRS
# Comparisons that take a value of the same shape.
_GROUPS = (kinds.NO_VALUE, kinds.LISTS, kinds.PAIRS, frozenset(op for kind in kinds.ALL for op in kind.ops) - _SPECIAL)
_PART = {"$ref": "#/$defs/condition", "unevaluatedProperties": False}


def schema(sight: Sight = EVERYTHING) -> dict[str, Any]:
    """What this person may ask: a field that is masked for them stands there for exact values, or not at all."""
    fields = [(field, ops) for field in registry.fields() if (ops := field.ops_for(sight))]
    return {
        "$schema": DIALECT,
        "title": "Filter of customers",
        "type": "object",
        "$ref": "#/$defs/condition",
        "properties": {"version": {"const": VERSION}},
        "unevaluatedProperties": False,
        "$defs": {
            "condition": {"oneOf": [*_connectives(), *_fields(fields), *_conditions()]},
            **{f"field:{field.key}": _field(field, ops) for field, ops in fields},
        },
    }


def _one(name: str, inner: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": {name: inner}, "required": [name]}


def _connectives() -> list[dict[str, Any]]:
    parts = {"type": "array", "items": _PART}
    return [_one("and", parts), _one("or", parts), _one("not", dict(_PART))]


def _conditions() -> list[dict[str, Any]]:
    return [{**_one(each.key, each.schema()), "title": str(each.label)} for each in registry.conditions()]


def _fields(fields: Sequence[tuple[Field, tuple[str, ...]]]) -> list[dict[str, Any]]:
    return [{"$ref": f"#/$defs/field:{field.key}"} for field, _ops in fields]


def _field(field: Field, ops: tuple[str, ...]) -> dict[str, Any]:
    return {
        "title": str(field.label),
        "type": "object",
        "properties": {"field": {"const": field.key}},
        "required": ["field", "op"],
        "oneOf": [_comparison(field, some) for group in _GROUPS if (some := [op for op in ops if op in group])],
    }


def _comparison(field: Field, ops: list[str]) -> dict[str, Any]:
    said: dict[str, Any] = {"op": {"enum": ops}}
    if ops[0] in kinds.NO_VALUE:
        return {"properties": said}
    value = dict(field.kind.schema) if field.choices is None else {"enum": [key for key, _label in field.choices()]}
    if ops[0] in kinds.LISTS:
        value = {"type": "array", "items": value, "minItems": 1, "maxItems": values.MAX_LIST}
    elif ops[0] in kinds.PAIRS:
        value = {"type": "array", "items": value, "minItems": 2, "maxItems": 2}
    return {"properties": {**said, "value": value}, "required": ["value"]}
