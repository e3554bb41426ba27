"""What the language accepts and refuses, what it says in words, and that its schema says the same."""

from __future__ import annotations

import json

import pytest

from customers.filters import FilterError, as_json, parse, parse_text

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


def refusal(data: object) -> FilterError:
    with pytest.raises(FilterError) as refused:
        parse(data) if not isinstance(data, str) else parse_text(data)
    return refused.value


def test_what_is_written_comes_back():
    assert as_json(parse(EVERYTHING_AT_ONCE)) == EVERYTHING_AT_ONCE
    assert parse_text(json.dumps(EVERYTHING_AT_ONCE)) == parse(EVERYTHING_AT_ONCE)
