"""An expression in words, in the reader's language."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from accounts.visibility import EVERYTHING, Sight
from core.models import OrganisationSettings
from core.money import minor_digits
from core.templatetags.ui import money, number
from customers.filters import conditions, kinds
from customers.filters.errors import UnknownField
from customers.filters.expression import AllOf, AnyOf, Comparison, Expression, Not, RelativeDay
from customers.filters.registry import Field, Fields, registry
from protection.masking import shown


def describe(expression: Expression, *, sight: Sight = EVERYTHING) -> str:
    """A sentence without its full stop. Values of fields that are masked for the person are dots."""
    return capfirst(_words(expression, _Reader(sight, registry.fields()), is_nested=False))


@dataclass(frozen=True)
class _Reader:
    sight: Sight
    fields: Fields


def _words(expression: Expression, reader: _Reader, *, is_nested: bool = True) -> str:
    if isinstance(expression, AllOf | AnyOf):
        return _joined(expression, reader, is_nested=is_nested)
    if isinstance(expression, Not):
        return _("not (%(condition)s)") % {"condition": _words(expression.part, reader, is_nested=False)}
    if isinstance(expression, Comparison):
        return _comparison(expression, reader)
    if expression.about is None:
        return expression.in_words()
    said = {"condition": expression.in_words(), "about": _words(expression.about, reader, is_nested=False)}
    return _("%(condition)s: %(about)s") % said


def _joined(expression: AllOf | AnyOf, reader: _Reader, *, is_nested: bool) -> str:
    parts = [_words(part, reader) for part in expression.parts]
    if not parts:
        return _("everybody") if isinstance(expression, AllOf) else _("nobody")
    joint = _(" and ") if isinstance(expression, AllOf) else _(" or ")
    said = joint.join(parts)
    return f"({said})" if is_nested and len(parts) > 1 else said


def _comparison(comparison: Comparison, reader: _Reader) -> str:
    try:
        field = reader.fields.get(comparison.field)
    except UnknownField:
        return _("“%(name)s”, which is no longer there") % {"name": comparison.field}
    words = _date_pattern(comparison.op) if field.kind is kinds.DATE else _pattern(comparison.op)
    value = comparison.value
    listed = value if isinstance(value, tuple) else () if value is None else (value,)
    names = field.things.names([each for each in listed if isinstance(each, int)], reader.sight) if field.things else {}
    said = [_value(field, each, names, reader.sight) for each in listed]
    if comparison.op == kinds.BETWEEN:
        return words % {"field": field.label, "first": said[0], "last": said[1]}
    return words % {"field": field.label, "value": ", ".join(said)}


def _pattern(op: str) -> str:
    patterns: dict[str, Callable[[], str]] = {
        kinds.IS: lambda: _("%(field)s is %(value)s"),
        kinds.IS_NOT: lambda: _("%(field)s is other than %(value)s"),
        kinds.IN: lambda: _("%(field)s is one of %(value)s"),
        kinds.CONTAINS: lambda: _("%(field)s contains %(value)s"),
        kinds.STARTS_WITH: lambda: _("%(field)s starts with %(value)s"),
        kinds.LESS: lambda: _("%(field)s is less than %(value)s"),
        kinds.AT_MOST: lambda: _("%(field)s is at most %(value)s"),
        kinds.MORE: lambda: _("%(field)s is more than %(value)s"),
        kinds.AT_LEAST: lambda: _("%(field)s is at least %(value)s"),
        kinds.BETWEEN: lambda: _("%(field)s is from %(first)s to %(last)s"),
        kinds.HAS: lambda: _("%(field)s: %(value)s"),
        kinds.HAS_ANY: lambda: _("%(field)s: one of %(value)s"),
        kinds.LACKS: lambda: _("%(field)s: not %(value)s"),
        kinds.EMPTY: lambda: _("%(field)s is empty"),
    }
    return patterns[op]()


def _date_pattern(op: str) -> str:
    patterns: dict[str, Callable[[], str]] = {
        kinds.IS: lambda: _("%(field)s on %(value)s"),
        kinds.IS_NOT: lambda: _("%(field)s on another day than %(value)s"),
        kinds.LESS: lambda: _("%(field)s before %(value)s"),
        kinds.AT_MOST: lambda: _("%(field)s on or before %(value)s"),
        kinds.MORE: lambda: _("%(field)s after %(value)s"),
        kinds.AT_LEAST: lambda: _("%(field)s on or after %(value)s"),
        kinds.BETWEEN: lambda: _("%(field)s from %(first)s to %(last)s"),
    }
    return patterns[op]() if op in patterns else _pattern(op)


def _value(field: Field, value: Any, names: Any, sight: Sight) -> str:
    if field.confidential and sight.masks(field.confidential):
        return str(shown(sight, field.confidential, str(value)))
    if field.things is not None:
        return f"“{names[value]}”" if value in names else _("something that is no longer there")
    if field.choices is not None:
        return str(dict(field.choices()).get(value, value))
    return _plain(field, value)


def _plain(field: Field, value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, dt.date | RelativeDay):
        return conditions.in_words(value)
    if isinstance(value, Decimal) and field.kind is kinds.MONEY:
        currency = OrganisationSettings.current().currency
        return money(value.scaleb(minor_digits(currency)), currency)
    return number(value) if isinstance(value, int | Decimal) else f"“{value}”"
