"""A filter expression asked of plain objects, one customer at a time: what both databases must agree with."""

from __future__ import annotations

import datetime as dt
import operator
import unicodedata
from typing import Any

from customers.filters import Expression
from customers.filters.conditions import Bought, Did, NoContactFor, Period
from customers.filters.expression import AllOf, AnyOf, Comparison, Not, RelativeDay
from tests.analytics.filter_population import TODAY, Person, Population, Purchase

COMPARED = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
EXACT = {"identity_number", "custom.my_sealed"}


def matching(expression: Expression, population: Population) -> set[int]:
    return {person.pk for person in population.people if person.is_live and _holds(expression, person, population)}


def _holds(expression: Expression, person: Person, population: Population) -> bool:
    if isinstance(expression, AllOf):
        return all(_holds(part, person, population) for part in expression.parts)
    if isinstance(expression, AnyOf):
        return any(_holds(part, person, population) for part in expression.parts)
    if isinstance(expression, Not):
        return not _holds(expression.part, person, population)
    if isinstance(expression, Comparison):
        return _compares(expression, person)
    if isinstance(expression, Bought):
        return sum(_is_bought(each, expression, population) for each in purchases(person)) >= expression.times
    if isinstance(expression, Did):
        return _did(expression, person)
    assert isinstance(expression, NoContactFor)
    days = [each.day for each in person.purchases if each.kind == "sale"] + [
        day for _kind, day, _product in person.events
    ]
    return not any((TODAY - day).days < expression.days and day <= TODAY for day in days)


# --- comparisons


def _compares(asked: Comparison, person: Person) -> bool:
    found = _values(asked.field, person)
    if asked.op == "is_empty":
        return not found
    if asked.op == "lacks":
        return asked.value not in found
    value = tuple(map(_resolved, asked.value)) if isinstance(asked.value, tuple) else _resolved(asked.value)
    return any(_is_so(asked.field, asked.op, each, value) for each in found)


def _values(key: str, person: Person) -> list[Any]:
    days = [each.day for each in purchases(person)]
    if key == "orders":
        return [len(days)]
    if key in {"first_order", "last_order"}:
        return [min(days) if key == "first_order" else max(days)] if days else []
    return person.values.get(key, [])


def _is_so(key: str, op: str, held: Any, value: Any) -> bool:
    if isinstance(held, str):
        held, value = _folded(key, held), tuple(_folded(key, each) for each in _several(value))
        if not any(value):
            return False
        words = {"contains": lambda: value[0] in held, "starts_with": lambda: held.startswith(value[0])}
        if op in words:
            return words[op]()
    value = _several(value)
    if op == "between":
        return value[0] <= held <= value[1]
    if op in {"is", "in", "has", "has_any"}:
        return held in value
    return held not in value if op == "is_not" else COMPARED[op](held, value[0])


def _several(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)


def _resolved(value: Any) -> Any:
    return TODAY + dt.timedelta(days=value.days) if isinstance(value, RelativeDay) else value


def _folded(key: str, text: str) -> str:
    """As crm_sort_key does it, as far as the letters of the population go; e-mails keep their accents."""
    if key == "phone":
        return "".join(filter(str.isdigit, text))
    if key == "channel":
        return text
    if key in EXACT:
        return "".join(filter(str.isalnum, text)).casefold()
    bare = "".join(each for each in unicodedata.normalize("NFKD", text) if not unicodedata.combining(each))
    return bare.casefold().strip()


# --- history


def purchases(person: Person) -> list[Purchase]:
    return [each for each in person.purchases if each.kind == "sale" and each.day <= TODAY and _is_left(each)]


def _is_left(purchase: Purchase) -> bool:
    return purchase.minor > sum(minor for day, minor in purchase.refunds if day <= TODAY)


def _is_bought(purchase: Purchase, asked: Bought, population: Population) -> bool:
    if not _within(purchase.day, asked.period):
        return False
    if asked.product is not None:
        return asked.product in purchase.products
    if asked.category is None:
        return True
    return any(asked.category in _categories(product, population) for product in purchase.products)


def _categories(product: int, population: Population) -> set[int]:
    found, category = set(), population.products[product]
    while category is not None:
        found.add(category)
        category = population.category_parents[category]
    return found


def _did(asked: Did, person: Person) -> bool:
    done = [
        day
        for kind, day, product in person.events
        if kind == asked.event and _within(day, asked.period) and asked.product in {None, product}
    ]
    return len(done) >= asked.times


def _within(day: dt.date, period: Period) -> bool:
    since, until = _resolved(period.since), _resolved(period.until)
    return day <= TODAY and (since is None or day >= since) and (until is None or day <= until)
