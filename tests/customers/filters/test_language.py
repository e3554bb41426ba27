"""What the language accepts and refuses, what it says in words, and that its schema says the same."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.utils import translation
from jsonschema import Draft202012Validator

from accounts.models import Role
from accounts.visibility import EVERYTHING, Sight
from customers.filters import (
    FilterError,
    MaskedField,
    UnknownField,
    as_json,
    authorise,
    describe,
    parse,
    parse_text,
    registry,
    schema,
)
from customers.models import Category, Tag
from tests.customers.filters.samples import leaves_of
from tests.factories import create_customer, create_product, create_user

pytestmark = pytest.mark.django_db

EVERYTHING_AT_ONCE = {
    "version": 1,
    "and": [
        {"field": "customer_since", "op": ">=", "value": "2025-01-01"},
        {
            "or": [
                {"field": "lifecycle", "op": "in", "value": ["lead", "customer"]},
                {"field": "owner", "op": "is_empty"},
            ]
        },
        {"not": {"field": "birth_date", "op": "between", "value": ["1980-01-01", {"days_ago": 9000}]}},
        {"field": "tags", "op": "has_any", "value": [1, 2]},
        {"field": "annual_income", "op": ">", "value": "50000.5"},
        {"bought": {"product": 3, "at_least": 2, "since": {"days_ago": 365}}},
        {"did": {"event": "visit", "at_least": 1, "until": "2026-01-31"}},
        {"no_contact_for": {"days": 90}},
    ],
}
NAMED = {"field": "name", "op": "is", "value": "Ada"}


def deep(levels: int) -> dict[str, Any]:
    found: dict[str, Any] = NAMED
    for _ in range(levels):
        found = {"not": found}
    return found


def test_what_is_written_comes_back():
    assert as_json(parse(EVERYTHING_AT_ONCE)) == EVERYTHING_AT_ONCE
    assert parse_text(json.dumps(EVERYTHING_AT_ONCE)) == parse(EVERYTHING_AT_ONCE)


def test_what_is_left_out_has_its_default():
    assert parse({"bought": {}}) == parse({"version": 1, "bought": {"at_least": 1}})
    assert parse({"field": "annual_income", "op": "is", "value": 0.1}) == parse(
        {"field": "annual_income", "op": "is", "value": "0.10"}
    )


REFUSED: list[tuple[Any, str, str]] = [
    ([], "", "is an object"),
    ("x", "", "is an object"),
    ({}, "", "says one thing"),
    ({**NAMED, "version": 2}, "/version", "version 1"),
    ({**NAMED, "version": True}, "/version", "version 1"),
    ({"and": [], "or": []}, "", "says one thing"),
    ({"and": {}}, "/and", "a list"),
    ({"and": [NAMED, 7]}, "/and/1", "is an object"),
    ({"not": [NAMED]}, "/not", "is an object"),
    ({"or": [{"not": {"field": "nonsense", "op": "is", "value": 1}}]}, "/or/0/not/field", "no field “nonsense”"),
    ({"nonsense": {}}, "", "no condition “nonsense”"),
    ({"field": ["name"], "op": "is", "value": "x"}, "/field", "is text"),
    ({**NAMED, "op": ">"}, "/op", "compared by one of"),
    ({**NAMED, "op": ["is"]}, "/op", "compared by one of"),
    ({"field": "name", "op": "is"}, "", "takes a value"),
    ({"field": "name", "op": "is_empty", "value": 1}, "/value", "takes no value"),
    ({**NAMED, "sql": "1=1"}, "", "“sql” has no meaning"),
    ({**NAMED, "value": 7}, "/value", "must be text"),
    ({**NAMED, "value": "  "}, "/value", "is_empty"),
    ({**NAMED, "value": "a\x00b"}, "/value", "no stored text can hold"),
    ({**NAMED, "value": "\ud800"}, "/value", "no stored text can hold"),
    ({**NAMED, "value": "x" * 201}, "/value", "200 characters"),
    ({"field": "owner", "op": "is", "value": 2**63}, "/value", "whole number from 1"),
    ({"field": "owner", "op": "is", "value": 0}, "/value", "whole number from 1"),
    ({"field": "owner", "op": "is", "value": True}, "/value", "whole number"),
    ({"field": "owner", "op": "in", "value": []}, "/value", "list of 1 to"),
    ({"field": "owner", "op": "in", "value": [1, "2"]}, "/value/1", "whole number"),
    ({"field": "owner", "op": "in", "value": list(range(1, 502))}, "/value", "list of 1 to"),
    ({"field": "age", "op": ">", "value": 2**31}, "/value", "whole number from"),
    ({"field": "age", "op": ">", "value": 7.0}, "/value", "whole number"),
    ({"field": "annual_income", "op": ">", "value": float("inf")}, "/value", "too large"),
    ({"field": "annual_income", "op": ">", "value": float("nan")}, "/value", "too large"),
    ({"field": "annual_income", "op": ">", "value": 10**400}, "/value", "too large"),
    ({"field": "annual_income", "op": ">", "value": "1e5"}, "/value", "digits and a point"),
    ({"field": "annual_income", "op": ">", "value": "0.1234567"}, "/value", "digits and a point"),
    ({"field": "annual_income", "op": ">", "value": 0.1234567}, "/value", "6 decimals"),
    ({"field": "annual_income", "op": "between", "value": [1]}, "/value", "two values"),
    ({"field": "created", "op": ">", "value": "2026-02-30"}, "/value", "no such day"),
    ({"field": "created", "op": ">", "value": "0001-01-01"}, "/value", "1800 and 2999"),
    ({"field": "created", "op": ">", "value": "2026-1-1"}, "/value", "2025-01-31"),
    ({"field": "created", "op": ">", "value": "٢٠٢٦-01-01"}, "/value", "2025-01-31"),
    ({"field": "created", "op": ">", "value": {"days_ago": -1}}, "/value/days_ago", "from 0"),
    ({"field": "created", "op": ">", "value": {"days_ago": 10**9}}, "/value/days_ago", "from 0"),
    ({"field": "created", "op": ">", "value": {"weeks_ago": 1}}, "/value", "relative day"),
    ({"field": "lifecycle", "op": "is", "value": "king"}, "/value", "no choice of “Stage”"),
    ({"field": "country", "op": "in", "value": ["DE", "de"]}, "/value/1", "no choice of “Country”"),
    ({"field": "objected_to_profiling", "op": "is", "value": "true"}, "/value", "true or false"),
    ({"bought": []}, "/bought", "takes an object"),
    ({"bought": {"what": 1}}, "/bought", "“what” is not known"),
    ({"bought": {"product": 1, "category": 1}}, "/bought", "not both"),
    ({"bought": {"product": 10**30}}, "/bought/product", "whole number"),
    ({"bought": {"at_least": 0}}, "/bought/at_least", "from 1 to 1000"),
    ({"bought": {"since": "yesterday"}}, "/bought/since", "2025-01-31"),
    ({"did": {}}, "/did/event", "one of"),
    ({"did": {"event": ["visit"]}}, "/did/event", "one of"),
    ({"no_contact_for": {}}, "/no_contact_for", "how many days"),
    ({"no_contact_for": {"days": 2**40}}, "/no_contact_for/days", "from 1"),
    ({"or": [NAMED] * 201}, "/or/199", "200 conditions"),
    (deep(10), "/not" * 10, "nested"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "path", "words"), REFUSED)
def test_it_refuses_with_place_and_reason(data, path, words):
    with pytest.raises(FilterError) as refused:
        parse(data)
    assert (refused.value.path, refused.value.status) == (path, 400)
    assert words in refused.value.message


@pytest.mark.parametrize("text", ["", "{", "{'a': 1}", "[" * 15_000, '{"and": [}', "NaN", "x" * 20_001, '{"a": 1e400}'])
def test_text_that_is_no_filter_is_refused(text):
    with pytest.raises(FilterError):
        parse_text(text)


def test_what_is_no_longer_there_is_told_apart():
    with pytest.raises(UnknownField):
        parse({"field": "custom.gone", "op": "is", "value": 1})


# --- the schema -------------------------------------------------------------------------------------------------------


def test_the_schema_is_one_and_takes_every_comparison_of_every_field():
    validator = Draft202012Validator(schema())
    Draft202012Validator.check_schema(validator.schema)
    validator.validate(EVERYTHING_AT_ONCE)
    for leaf in (leaf for field in registry.fields() for leaf in leaves_of(field)):
        parse(leaf)
        validator.validate(leaf)
    validator.validate({"not": {"or": [leaf, {"and": []}]}, "version": 1})  # joints are the same around each


# Of these a schema knows nothing: limits of the whole, what lies outside of a calendar, what JSON cannot write.
BEYOND_A_SCHEMA = ("no stored text can hold", "nested", "200 conditions", "no such day", "1800 and 2999", "6 decimals")
# And JSON has no infinity; 7.0 is an integer in it, as true is none.
UNWRITABLE = ("inf}", "nan}", "7.0}")


def test_the_schema_refuses_what_the_parser_refuses():
    validator = Draft202012Validator(schema())
    for data, _path, words in REFUSED:
        if words not in BEYOND_A_SCHEMA and not str(data).endswith(UNWRITABLE):
            assert not validator.is_valid(data), data


def is_allowed(leaf: dict[str, Any], sight: Sight) -> bool:
    try:
        authorise(parse(leaf), sight)
    except MaskedField:
        return False
    return True


def test_the_schema_of_a_masked_person_leaves_out_what_they_may_not_ask():
    viewer = create_user(Role.VIEWER).sight
    of_viewer = schema(viewer)
    allowed = Draft202012Validator(of_viewer)
    everything = Draft202012Validator(schema())
    for leaf in (leaf for field in registry.fields() for leaf in leaves_of(field)):
        assert everything.is_valid(leaf)
        assert allowed.is_valid(leaf) == is_allowed(leaf, viewer), leaf
    for hidden in ("birth_date", "age", "annual_income", "postal_code"):
        assert f"field:{hidden}" not in of_viewer["$defs"]


# --- in words ---------------------------------------------------------------------------------------------------------


def test_it_says_in_words_what_is_asked():
    vip, lamp = Tag.objects.create(name="VIP"), create_product("Lamp")
    sofas, ada = Category.objects.create(name="Sofas"), create_user(name="Ada")
    said = describe(
        parse(
            {
                "and": [
                    {"field": "customer_since", "op": ">=", "value": "2025-01-01"},
                    {"or": [{"field": "owner", "op": "is", "value": ada.pk},
                            {"field": "tags", "op": "lacks", "value": vip.pk}]},
                    {"not": {"bought": {"product": lamp.pk, "at_least": 2, "since": {"days_ago": 30}}}},
                    {"bought": {"category": sofas.pk, "until": "2025-06-30"}},
                    {"field": "annual_income", "op": "between", "value": ["1000", "2000.5"]},
                    {"did": {"event": "visit", "product": 10**9}},
                    {"no_contact_for": {"days": 1}},
                ]
            }
        )
    )  # fmt: skip
    assert said == (
        "Customer since on or after 1 Jan 2025 and (Owner is “Ada” or Tags: not “VIP”)"
        " and not (bought “Lamp” at least 2 times since 30 days ago) and bought “Sofas” until 30 Jun 2025"
        " and Annual income is from €1,000.00 to €2,000.50"
        " and did “Visit” of something that is no longer there and no contact for 1 day"
    )


def test_every_comparison_has_words_in_every_language():
    for language in ("en", "zh-hans"):
        with translation.override(language):
            for field in registry.fields():
                for leaf in leaves_of(field):
                    assert str(field.label) in describe(parse(leaf))


def test_words_hide_what_the_reader_may_not_see():
    stranger = create_customer("Stranger", owner=create_user())
    expression = parse(
        {
            "and": [
                {"field": "email", "op": "is", "value": "ada@example.org"},
                {"field": "tax_number", "op": "is", "value": "DE4711"},
                {"field": "organisation", "op": "is", "value": stranger.pk},
            ]
        }
    )
    hidden = describe(expression, sight=create_user(Role.VIEWER).sight)
    assert "ada" not in hidden
    assert "de4711" not in hidden.lower()
    assert "Stranger" not in describe(expression, sight=create_user(Role.SALES).sight)
    assert "ada@example.org" in describe(expression, sight=EVERYTHING)
