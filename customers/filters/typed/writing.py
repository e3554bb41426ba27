"""An expression as somebody would type it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from accounts.visibility import EVERYTHING, Sight
from customers.filters import kinds
from customers.filters.conditions import Bought, Did, NoContactFor, Period
from customers.filters.expression import AllOf, AnyOf, Comparison, Condition, Expression, Not
from customers.filters.registry import Field, registry
from customers.filters.things import CATEGORIES, PRODUCTS, Things
from customers.filters.typed.names import Names
from customers.filters.typed.tokens import quoted
from customers.filters.typed.values import day_text, text_of

SIGNS = {
    kinds.IS: "=",
    kinds.IS_NOT: "!=",
    kinds.CONTAINS: "contains",
    kinds.STARTS_WITH: "starts with",
    kinds.LESS: "<",
    kinds.AT_MOST: "<=",
    kinds.MORE: ">",
    kinds.AT_LEAST: ">=",
    kinds.HAS: "has",
    kinds.LACKS: "lacks",
}
LISTED = {kinds.IN: "in", kinds.HAS_ANY: "has any"}
_BARE = re.compile(r"[^\W\d][\w]*")


def write_typed(expression: Expression, *, sight: Sight = EVERYTHING) -> str:
    """What `read_typed` reads as the same expression. Values that are hidden from the person are left empty."""
    fields = registry.fields()
    return _Writer(sight, fields.get, Names(fields)).node(expression, is_nested=False)


class _Writer:
    def __init__(self, sight: Sight, field: Callable[[str], Field], names: Names) -> None:
        self._sight, self._field, self._names = sight, field, names

    def node(self, expression: Expression, *, is_nested: bool = True) -> str:
        if isinstance(expression, AllOf | AnyOf):
            return self._joined(expression, is_nested=is_nested)
        if isinstance(expression, Not):
            part = expression.part
            if isinstance(part, Comparison) and part.op == kinds.EMPTY:
                return f"{self._names.short(part.field)} is not empty"
            return f"not {self.node(part)}"
        return self._comparison(expression) if isinstance(expression, Comparison) else self._condition(expression)

    def _joined(self, expression: AllOf | AnyOf, *, is_nested: bool) -> str:
        is_all, parts = isinstance(expression, AllOf), expression.parts
        if not parts:
            return "everybody" if is_all else "nobody"
        if len(parts) == 1:
            return f"{'all' if is_all else 'any'}({self.node(parts[0], is_nested=False)})"
        said = (" and " if is_all else " or ").join(self.node(part) for part in parts)
        return f"({said})" if is_nested else said

    def _comparison(self, comparison: Comparison) -> str:
        field, op, value = self._field(comparison.field), comparison.op, comparison.value
        name = self._names.short(field.key)
        if op == kinds.EMPTY:
            return f"{name} is empty"
        if op in LISTED and isinstance(value, tuple):
            return f"{name} {LISTED[op]} ({', '.join(self._value(field, each) for each in value)})"
        if op == kinds.BETWEEN and isinstance(value, tuple):
            return f"{name} between {self._value(field, value[0])} and {self._value(field, value[1])}"
        return f"{name} {SIGNS[op]} {self._value(field, value)}"

    def _value(self, field: Field, value: Any) -> str:
        said = text_of(field, value, self._sight)
        is_free = field.kind in (kinds.TEXT, kinds.EXACT) or (field.things is not None and not said.startswith("#"))
        if is_free or (field.choices is not None and not _BARE.fullmatch(said)):
            return quoted(said)
        return said or quoted("")

    # --- conditions

    def _condition(self, condition: Condition) -> str:
        if isinstance(condition, Bought):
            return f"bought {self._bought(condition)}{_often(condition.times)}{_period(condition.period)}"
        if isinstance(condition, Did):
            of = "" if condition.product is None else f" of {self._thing(PRODUCTS, condition.product)}"
            return f"did {condition.event}{of}{_often(condition.times)}{_period(condition.period)}"
        if isinstance(condition, NoContactFor):
            return f"no contact for {condition.days} day{'s' if condition.days != 1 else ''}"
        return f"{condition.key} {json.dumps(condition.as_json(), ensure_ascii=False)}"

    def _bought(self, condition: Bought) -> str:
        if condition.product is not None:
            return self._thing(PRODUCTS, condition.product)
        if condition.category is not None:
            return f"category {self._thing(CATEGORIES, condition.category)}"
        return "anything"

    def _thing(self, things: Things, pk: int) -> str:
        said = things.typed(pk, self._sight)
        return said if said.startswith("#") else quoted(said)


def _often(times: int) -> str:
    return f" at least {times} times" if times > 1 else ""


def _period(period: Period) -> str:
    limits = (("since", period.since), ("until", period.until))
    return "".join(f" {name} {day_text(day)}" for name, day in limits if day is not None)
