"""Custom fields: what each kind takes and keeps, who sees it, and what an admin may change."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from accounts.visibility import EVERYTHING
from core.models import OrganisationSettings
from customers import custom_fields
from customers.custom_fields import InvalidValues, clean, merged, reveal, values_of
from customers.filters import apply, parse, registry, schema
from customers.models import Customer
from tests.customers.custom import create_field, create_one_of_each
from tests.customers.filters.samples import leaves_of
from tests.factories import create_customer, create_user

pytestmark = pytest.mark.django_db

KEPT: dict[str, list[Any]] = {
    "text": [("  Zoë’s ", "Zoë’s"), ("e\u0301", "é"), ("a\u202eb", "ab")],
    "number": [
        ("12.50", "12.5"),
        (12.5, "12.5"),
        (-0.0, "0"),
        (Decimal("1E+3"), "1000"),
        ("+7", "7"),
        (10**14, "1" + "0" * 14),
    ],
    "money": [("99.90", "99.9"), (0, "0")],
    "date": [("2026-02-28", "2026-02-28"), (dt.date(1999, 1, 2), "1999-01-02")],
    "choice": [("gold", "gold"), ("GOLD", "gold"), ("铜", "zh")],
    "multi_choice": [(["silver", "gold", "gold"], ["gold", "silver"]), ("Silver; gold", ["gold", "silver"])],
    "yes_no": [(True, True), ("no", False), ("1", True)],
    "link": [("https://example.org/a?b=1", "https://example.org/a?b=1")],
}
REFUSED: dict[str, list[Any]] = {
    "text": [7, ["a"], "a\x00b", "\ud800", "x" * 501],
    "number": [True, "1e400", "1e3", "NaN", float("inf"), "1,5", 10**15, "0.1234567", "٣", [1]],
    "money": ["12 €", "9" * 400],
    "date": ["2026-02-30", "31.1.2026", "0001-01-01", "2026-1-1", 20260101, dt.datetime(2026, 1, 1, tzinfo=dt.UTC)],
    "choice": ["bronze", 1, ["gold"]],
    "multi_choice": ["gold,bronze", {"gold": 1}, [1]],
    "yes_no": ["maybe", 2, 1.0],
    "link": ["javascript:alert(1)", "example.org", "ftp://example.org"],
}


@pytest.mark.parametrize("kind", KEPT)
def test_each_kind_keeps_one_form(kind):
    field = create_field("thing", kind)
    for raw, kept in KEPT[kind]:
        assert clean("customer", {"thing": raw}) == {"thing": kept}
        # What is kept is read as itself: an export that comes back changes nothing.
        assert custom_fields.clean_value(field, kept) == kept


@pytest.mark.parametrize("kind", REFUSED)
def test_each_kind_refuses_what_it_cannot_keep(kind):
    create_field("thing", kind)
    for raw in REFUSED[kind]:
        with pytest.raises(InvalidValues) as refused:
            clean("customer", {"thing": raw})
        assert refused.value.errors.keys() == {"thing"}, raw


@pytest.mark.parametrize(
    ("currency", "taken", "refused", "said"),
    [
        ("EUR", "12.30", "12.345", "at most 2 decimals, such as 12.50"),
        ("JPY", "12.0", "12.5", "An amount in JPY has no decimals"),
        ("KWD", "12.345", "12.3456", "at most 3 decimals, such as 12.500"),
    ],
)
def test_an_amount_has_the_decimals_of_the_organisations_currency(currency, taken, refused, said):
    OrganisationSettings.objects.create(name="Example", currency=currency)
    create_field("bonus", "money")
    assert clean("customer", {"bonus": taken})
    with pytest.raises(InvalidValues, match=said):
        clean("customer", {"bonus": refused})


def test_every_mistake_is_named_at_once():
    create_field("size", "number")
    create_field("since", "date", is_required=True)
    with pytest.raises(InvalidValues) as refused:
        clean("customer", {"size": "big", "colour": "red"})
    assert refused.value.errors.keys() == {"size", "since", "colour"}


def test_a_part_leaves_the_rest_alone():
    create_field("size", "number")
    create_field("since", "date", is_required=True)
    assert clean("customer", {"size": ""}, partial=True) == {"size": None}
    assert merged({"size": "3", "since": "2026-01-01", "old": "kept"}, {"size": None}) == {
        "since": "2026-01-01",
        "old": "kept",
    }


def test_fields_of_other_records_and_archived_ones_are_unknown():
    create_field("weight", "number", applies_to="product")
    create_field("past", archived_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    with pytest.raises(InvalidValues):
        clean("customer", {"weight": 1}, partial=True)
    with pytest.raises(InvalidValues):
        clean("customer", {"past": "x"}, partial=True)
    assert clean("product", {"weight": 1}) == {"weight": "1"}


def test_a_sensitive_value_is_encrypted_and_shown_to_nobody():
    field = create_field("passport", confidential="sensitive")
    kept = clean("customer", {"passport": "C01X-4"})
    assert "C01X" not in kept["passport"]
    assert reveal(field, kept["passport"]) == "C01X-4"
    [value] = values_of("customer", kept, sight=EVERYTHING)
    assert (value.text, value.plain, value.is_masked) == ("••••••", "••••••", True)


def test_a_confidential_value_is_dots_to_whom_it_is_masked():
    create_field("bonus", "money", confidential="income")
    kept = clean("customer", {"bonus": "1234.5"})
    [seen] = values_of("customer", kept, sight=EVERYTHING)
    [hidden] = values_of("customer", kept, sight=create_user("viewer").sight)
    assert seen.text == "€1,234.50"
    assert "1" not in hidden.text + str(hidden.plain)
    assert hidden.is_masked


# --- in filters -------------------------------------------------------------------------------------------------------


def chosen(data: dict) -> set[str]:
    return {found.name for found in apply(Customer.objects.live(), parse(data), sight=EVERYTHING)}


def test_custom_fields_are_filtered_by_their_kinds():
    create_one_of_each()
    raw = {
        "my_text": "Große Straße",
        "my_link": "https://example.org",
        "my_number": "-7.5",
        "my_money": "20",
        "my_date": "2026-03-01",
        "my_choice": "gold",
        "my_multi_choice": ["gold", "zh"],
        "my_yes_no": False,
        "my_sealed": "AB 12-34",
    }
    create_customer("Full", custom=clean("customer", raw))
    create_customer("Bare")
    for key, op, value in [
        ("text", "is", "GROSSE STRASSE"),
        ("text", "starts_with", "grosse s"),
        ("text", "contains", "strass"),
        ("text", "in", ["x", "große straße"]),
        ("number", "<", -7),
        ("number", "between", ["-7.5", 0]),
        ("money", ">=", "19.99"),
        ("date", "between", ["2026-03-01", "2026-03-31"]),
        ("choice", "in", ["gold", "silver"]),
        ("multi_choice", "has", "zh"),
        ("multi_choice", "has_any", ["silver", "zh"]),
        ("yes_no", "is", False),
        ("sealed", "is", "ab1234"),
    ]:
        leaf = {"field": f"custom.my_{key}", "op": op, "value": value}
        assert chosen(leaf) == {"Full"}, leaf
        assert chosen({"not": leaf}) == {"Bare"}, leaf
    assert chosen({"field": "custom.my_multi_choice", "op": "lacks", "value": "gold"}) == {"Bare"}
    assert chosen({"field": "custom.my_date", "op": "is_empty"}) == {"Bare"}


def test_every_comparison_divides_the_customers_in_two_whatever_is_kept():
    """Also where something else than this program wrote the value."""
    create_one_of_each()
    create_customer("Bare")
    create_customer("Odd", custom={f"my_{kind}": {"not": "a value"} for kind in [*KEPT, "sealed"]})
    create_customer("Wrong", custom={f"my_{kind}": "1e999 'x' %" for kind in [*KEPT, "sealed"]})
    fields = [field for field in registry.fields() if field.key.startswith("custom.")]
    assert len(fields) == 9
    for leaf in (leaf for field in fields for leaf in leaves_of(field)):
        inside, outside = chosen(leaf), chosen({"not": leaf})
        assert inside | outside == {"Bare", "Odd", "Wrong"}, leaf
        assert not inside & outside, leaf


def test_the_schema_shows_what_the_person_may_ask():
    create_one_of_each(confidential="")
    create_field("bonus", "money", confidential="income")
    everything, masked = schema(), schema(create_user("viewer").sight)
    assert "field:custom.bonus" in everything["$defs"]
    assert "field:custom.bonus" not in masked["$defs"]
    assert masked["$defs"]["field:custom.my_sealed"]["oneOf"][0]["properties"]["op"] == {"enum": ["is"]}
