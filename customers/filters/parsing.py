"""JSON to an expression and back. What is not understood as a whole is refused, with the place and the reason."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from customers.filters import kinds, values
from customers.filters.errors import FilterError, UnknownField
from customers.filters.expression import AllOf, AnyOf, Comparison, Condition, Expression, Not, Scalar, Value
from customers.filters.registry import Field, Fields, registry

# Of the language; stored expressions carry it, so that a later one can read them.
VERSION = 1

MAX_DEPTH = 10
MAX_NODES = 200
MAX_CHARACTERS = 20_000


def parse_text(text: str) -> Expression:
    """From JSON as it stands in an address or a file. Raises FilterError."""
    if len(text) > MAX_CHARACTERS:
        raise FilterError("", _("The filter is longer than %(limit)d characters.") % {"limit": MAX_CHARACTERS})
    try:
        # Exact numbers: 0.1 stays 0.1, and 1e400 is no infinity.
        data = json.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError):
        raise FilterError("", _("The filter is not written in JSON.")) from None
    return parse(data)


def parse(data: Any) -> Expression:
    """From JSON that has been read. Raises FilterError, whose `path` points to what is wrong."""
    if not isinstance(data, Mapping):
        raise FilterError("", _("A filter is an object such as {“field”: …, “op”: …, “value”: …}."))
    version = data.get("version", VERSION)
    if isinstance(version, bool) or version != VERSION:
        raise FilterError("/version", _("This program reads filters of version %(version)d.") % {"version": VERSION})
    return _Parser().node({name: part for name, part in data.items() if name != "version"}, "", depth=1)


def as_json(expression: Expression) -> dict[str, Any]:
    """What `parse` reads as the same expression, with the version of the language."""
    return {"version": VERSION, **_dump(expression, registry.fields())}


class _Parser:
    def __init__(self) -> None:
        self._nodes = 0
        self._fields = registry.fields()

    def node(self, data: Any, at: str, *, depth: int) -> Expression:
        self._count(at, depth)
        if not isinstance(data, Mapping) or not all(isinstance(name, str) for name in data):
            raise FilterError(at, _("A condition is an object, such as {“field”: …} or {“and”: […]}."))
        if "field" in data:
            return _comparison(data, at, self._fields)
        if len(data) != 1:
            raise FilterError(at, _("A condition says one thing: “and”, “or”, “not”, “field”, or such as “bought”."))
        [(name, inner)] = data.items()
        if name in {"and", "or"}:
            parts = self._parts(inner, f"{at}/{name}", depth)
            return AllOf(parts) if name == "and" else AnyOf(parts)
        if name == "not":
            return Not(self.node(inner, f"{at}/not", depth=depth + 1))
        return _condition(name, inner, at)

    def _parts(self, data: Any, at: str, depth: int) -> tuple[Expression, ...]:
        if not isinstance(data, list):
            raise FilterError(at, _("This must be a list of conditions."))
        return tuple(self.node(part, f"{at}/{number}", depth=depth + 1) for number, part in enumerate(data))

    def _count(self, at: str, depth: int) -> None:
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise FilterError(at, _("The filter has more than %(limit)d conditions.") % {"limit": MAX_NODES})
        if depth > MAX_DEPTH:
            raise FilterError(at, _("Conditions are nested more than %(limit)d deep.") % {"limit": MAX_DEPTH})


def _comparison(data: Mapping[str, Any], at: str, fields: Fields) -> Comparison:
    if unknown := data.keys() - {"field", "op", "value"}:
        raise FilterError(at, _("“%(name)s” has no meaning here.") % {"name": min(unknown)[:80]})
    key, op = data["field"], data.get("op")
    if not isinstance(key, str):
        raise FilterError(f"{at}/field", _("The name of a field is text."))
    field = fields.get(key, f"{at}/field")
    known = field.ops or field.kind.ops
    if not isinstance(op, str) or op not in known:
        raise FilterError(
            f"{at}/op",
            _("“%(field)s” is compared by one of: %(ops)s.") % {"field": field.label, "ops": ", ".join(known)},
        )
    return Comparison(key, op, _value(field, op, data, at))


def _value(field: Field, op: str, data: Mapping[str, Any], at: str) -> Value:
    if op in kinds.NO_VALUE:
        if "value" in data:
            raise FilterError(f"{at}/value", _("“%(op)s” takes no value.") % {"op": op})
        return None
    if "value" not in data:
        raise FilterError(at, _("“%(op)s” takes a value.") % {"op": op})
    value, at = data["value"], f"{at}/value"
    if op in kinds.LISTS:
        if not isinstance(value, list) or not 1 <= len(value) <= values.MAX_LIST:
            raise FilterError(at, _("This must be a list of 1 to %(limit)d values.") % {"limit": values.MAX_LIST})
        return tuple(dict.fromkeys(_scalar(field, each, f"{at}/{number}") for number, each in enumerate(value)))
    if op in kinds.PAIRS:
        if not isinstance(value, list) or len(value) != 2:
            raise FilterError(at, _("This must be a list of two values, both of which are included."))
        return tuple(_scalar(field, each, f"{at}/{number}") for number, each in enumerate(value))
    return _scalar(field, value, at)


def _scalar(field: Field, data: Any, at: str) -> Scalar:
    value: Scalar = field.kind.parse(data, at)
    if field.choices is not None:
        known = [key for key, _label in field.choices()]
        if value not in known:
            raise FilterError(
                at,
                _("“%(value)s” is no choice of “%(field)s”. There are: %(choices)s.")
                % {"value": value, "field": field.label, "choices": ", ".join(map(str, known[:30]))},
            )
    return value


def _condition(name: str, data: Any, at: str) -> Condition:
    found = registry.condition(name)
    if found is None:
        raise UnknownField(at, _("There is no condition “%(name)s”.") % {"name": name[:80]})
    at = f"{at}/{name}"
    if not isinstance(data, Mapping):
        raise FilterError(at, _("“%(name)s” takes an object.") % {"name": name})
    known = found.schema()["properties"]
    if unknown := [each for each in data if each not in known]:
        raise FilterError(
            at,
            _("“%(name)s” is not known here. There are: %(known)s.")
            % {"name": str(unknown[0])[:80], "known": ", ".join(known)},
        )
    return found.parse(data, at)


def _dump(expression: Expression, fields: Fields) -> dict[str, Any]:
    if isinstance(expression, AllOf):
        return {"and": [_dump(part, fields) for part in expression.parts]}
    if isinstance(expression, AnyOf):
        return {"or": [_dump(part, fields) for part in expression.parts]}
    if isinstance(expression, Not):
        return {"not": _dump(expression.part, fields)}
    if isinstance(expression, Condition):
        return {expression.key: expression.as_json()}
    value, dumped = expression.value, {"field": expression.field, "op": expression.op}
    if value is None:
        return dumped
    dump = fields.get(expression.field).kind.dump
    return {**dumped, "value": [dump(each) for each in value] if isinstance(value, tuple) else dump(value)}
