"""One expression, three answers: PostgreSQL, the engine over a snapshot, and plain Python. They are the same."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Role
from accounts.visibility import EVERYTHING
from analytics import filters
from analytics.snapshot import open_facts, take_snapshot
from customers.filters import Field, MaskedField, apply, as_json, parse, registry
from customers.models import Customer
from protection.audit.models import AccessLog
from tests.analytics.filter_oracle import matching
from tests.analytics.filter_population import EVENTS, NAMES, SOURCES, TODAY, Population, create_population
from tests.customers.filters.samples import leaves_of
from tests.factories import create_customer, create_order, create_user

pytestmark = pytest.mark.django_db(transaction=True)

EXAMPLES = 220
TEXTS = [
    *NAMES,
    *filter(None, SOURCES),
    "e",
    "%",
    "_",
    "\\",
    "straße",
    "cafe",
    "bayern",
    "ÎLE",
    "北京",
    "https://example.org/a",
]
NUMBERS = [-10, 0, 1, 2, 3, 5, 40, 200, 2**31 - 1]
EXACT = {
    "email": ["p1.0@example.org", "P2.1@EXAMPLE.ORG", "gone1@example.org", "p"],
    "phone": ["+49 (30) 1-11", "4930", "no digits"],
    "external_id": ["nr 7", "NR 12", "nr"],
    "identity_number": ["id1x", "ID 2-X", "?"],
    "custom.my_sealed": ["a1", "b2", "-"],
}


def days() -> st.SearchStrategy[Any]:
    near = st.integers(-5, 500).map(lambda back: (TODAY - dt.timedelta(days=back)).isoformat())
    relative = st.builds(
        lambda name, days: {name: days}, st.sampled_from(["days_ago", "days_ahead"]), st.integers(0, 400)
    )
    return near | relative | st.sampled_from(["1800-01-01", "1960-02-29", "2999-12-31"])


def values(field: Field, population: Population) -> st.SearchStrategy[Any]:
    if field.choices is not None:
        return st.sampled_from([key for key, _label in field.choices()])
    kind = field.kind.name
    if kind in {"text", "exact"}:
        return st.sampled_from(EXACT.get(field.key, TEXTS))
    if kind == "boolean":
        return st.booleans()
    if kind == "date":
        return days()
    known = sorted({value for person in population.people for value in person.values.get(field.key, [])})
    if kind in {"reference", "references"}:
        return st.sampled_from([*known[:6], 2**62])
    if kind == "integer":
        return st.sampled_from(NUMBERS)
    return st.sampled_from([*map(str, known[:20]), 0, 12.5, "2.505", "-3"])


def comparisons(field: Field, population: Population) -> st.SearchStrategy[dict[str, Any]]:
    value = values(field, population)

    def leaf(op: str) -> st.SearchStrategy[dict[str, Any]]:
        said = {"field": st.just(field.key), "op": st.just(op)}
        if op in {"in", "has_any"}:
            return st.fixed_dictionaries({**said, "value": st.lists(value, min_size=1, max_size=3)})
        if op == "between":
            return st.fixed_dictionaries({**said, "value": st.lists(value, min_size=2, max_size=2)})
        return st.fixed_dictionaries(said if op == "is_empty" else {**said, "value": value})

    return st.sampled_from(field.ops or field.kind.ops).flatmap(leaf)


def conditions(population: Population) -> st.SearchStrategy[dict[str, Any]]:
    product = st.sampled_from([*population.products, 2**62])
    category = st.sampled_from([*population.category_parents, 2**62])
    often = {"at_least": st.integers(1, 3), "since": days(), "until": days()}
    thing = st.fixed_dictionaries({}, optional={"product": product, **often}) | st.fixed_dictionaries(
        {"category": category}, optional=often
    )
    event = st.fixed_dictionaries({"event": st.sampled_from(EVENTS)}, optional={"product": product, **often})
    silence = st.fixed_dictionaries({"days": st.integers(1, 250)})
    return (
        st.fixed_dictionaries({"bought": thing})
        | st.fixed_dictionaries({"did": event})
        | st.fixed_dictionaries({"no_contact_for": silence})
    )


def expressions(population: Population) -> st.SearchStrategy[dict[str, Any]]:
    fields = [field for field in registry.fields() if field.key != "postal_code" and not offers_nothing(field)]
    leaf = st.sampled_from(fields).flatmap(lambda field: comparisons(field, population)) | conditions(population)
    return st.recursive(
        leaf,
        lambda part: (
            st.fixed_dictionaries({"not": part})
            | st.fixed_dictionaries({"and": st.lists(part, max_size=3)})
            | st.fixed_dictionaries({"or": st.lists(part, max_size=3)})
        ),
        max_leaves=6,
    )


def quiet(table: str) -> None:
    """No step matters."""


def in_postgresql(data: dict[str, Any], sight: Any = EVERYTHING) -> set[int]:
    return set(apply(Customer.objects.live(), parse(data), sight=sight, today=TODAY).values_list("pk", flat=True))


def offers_nothing(field: Field) -> bool:
    """A choice among nothing, as of labels before any were learned."""
    return field.choices is not None and not list(field.choices())


def sweep(population: Population) -> Iterator[dict[str, Any]]:
    """Each comparison of each field by itself, with a value that somebody has, and with another."""
    rng = random.Random(5)
    for field in registry.fields():
        held = [value for person in population.people for value in person.values.get(field.key, [])]
        for op in field.ops or field.kind.ops:
            if offers_nothing(field) and op != "is_empty":
                continue
            for known in ([rng.choice(held)] if held else []), [rng.choice(TEXTS)] if field.kind.name == "text" else []:
                if op == "is_empty":
                    yield {"field": field.key, "op": op}
                    continue
                sample = [_as_written(value) for value in known] or [_any_value(field)]
                several = sample * 2 if op in {"between", "in", "has_any"} else sample[0]
                yield {"field": field.key, "op": op, "value": several}


def _as_written(value: Any) -> Any:
    if isinstance(value, dt.date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def _any_value(field: Field) -> Any:
    return next(iter(leaves_of(field, ("is",) if "is" in field.kind.ops else ("has",))))["value"]


def test_postgresql_the_engine_and_plain_python_agree(context):
    population = create_population()
    manifest = take_snapshot(context(), step=quiet)
    answers: set[int] = set()
    with open_facts(manifest) as engine:

        def check(data: dict[str, Any]) -> None:
            expression = parse(data)
            expected = matching(expression, population)
            answers.add(len(expected))
            assert in_postgresql(data) == expected, data
            # Of what the snapshot holds nothing of, the engine only hands on the answer of PostgreSQL.
            if filters.is_held(expression):
                # Purchases are counted out of the columns beside the facts, and out of these.
                for of in (manifest, None) if "bought" in str(data) or "order" in str(data) else (manifest,):
                    found = filters.customer_ids(engine, expression, sight=EVERYTHING, today=TODAY, manifest=of)
                    assert set(found) == expected, data
            assert parse(as_json(expression)) == expression

        for data in sweep(population):
            check(data)
        settings(max_examples=EXAMPLES, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))(
            given(expressions(population))(check)
        )()
    assert len(answers) > 20, "the expressions tell customers apart"


def test_the_engine_hands_on_only_whom_the_person_sees_at_this_moment(context):
    seller = create_user(Role.SALES)
    mine, given_away = create_customer("Mine", owner=seller), create_customer("Given away", owner=seller)
    deleted, foreign = create_customer("Deleted", owner=seller), create_customer("Foreign", owner=create_user())
    manifest = take_snapshot(context(), step=quiet)
    Customer.objects.filter(pk=given_away.pk).update(owner=create_user())
    Customer.objects.filter(pk=deleted.pk).update(deleted_at=timezone.now())
    everybody = parse({"field": "lifecycle", "op": "is", "value": "lead"})
    with open_facts(manifest) as engine:
        found = filters.customer_ids(engine, everybody, sight=seller.sight)
        assert list(found) == [mine.pk]
        found = filters.customer_ids(engine, everybody, sight=EVERYTHING)
        assert list(found) == [mine.pk, given_away.pk, foreign.pk]
        found = filters.customer_ids(engine, everybody, sight=replace(EVERYTHING, sees="none"))
        assert list(found) == []


def test_a_statement_joins_those_who_were_chosen(context):
    create_order(create_customer(source="web"), amount="10.00")
    create_order(create_customer(source="fair"), amount="20.00")
    manifest = take_snapshot(context(), step=quiet)
    with open_facts(manifest) as engine:
        chosen = parse({"field": "source", "op": "is", "value": "WEB"})
        filters.define_customers(engine, "chosen", chosen, sight=EVERYTHING)
        assert engine.rows("SELECT sum(total_minor) FROM orders JOIN chosen USING (customer_id)") == [(1000,)]


def test_the_engine_refuses_what_is_masked_and_logs_what_is_searched(context):
    viewer = create_user(Role.VIEWER)
    ada = create_customer("Ada", email="ada@example.org", birth_date="1990-01-01")
    manifest = take_snapshot(context(), step=quiet)
    with open_facts(manifest) as engine:
        with pytest.raises(MaskedField):
            filters.customer_ids(engine, parse({"field": "age", "op": ">", "value": 3}), sight=viewer.sight)
        by_email = parse({"field": "email", "op": "is", "value": "ada@example.org"})
        assert list(filters.customer_ids(engine, by_email, sight=viewer.sight)) == [ada.pk]
    assert [entry.detail for entry in AccessLog.objects.all()] == [{"fields": ["email"]}]
