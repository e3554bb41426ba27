"""Typical filters over some twenty thousand customers are answered by indexes."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection

from accounts.visibility import EVERYTHING
from core.id_sets import Chosen, Member, Members
from customers.filters import apply, parse, repeated_texts
from customers.filters.compiling import moment_of, sets_of
from customers.filters.expression import Comparison
from customers.filters.registry import registry
from customers.models import Address, Customer, CustomerExternalId, PhoneNumber, Tag
from tests.factories import create_customer, create_product, create_user

pytestmark = pytest.mark.django_db

FILL = """
INSERT INTO customers_customer (kind, name, sex, education, profile_text, lifecycle, source, created_at, updated_at,
                                version, owner_id, identity_number)
SELECT 'person', 'Name ' || n, CASE WHEN n % 10 = 0 THEN 'female' ELSE '' END, '', '', 'lead',
       CASE WHEN n % 10 = 0 THEN 'Fair' ELSE 'web' END, now(), now(), 1, CASE WHEN n % 100 = 0 THEN %(owner)s END,
       sha256(n::text::bytea)
FROM generate_series(1, 20000) AS n;
INSERT INTO customers_emailaddress (customer_id, email, is_primary) SELECT id, id || '@example.org', true
FROM customers_customer;
INSERT INTO customers_order (source, external_id, currency, exchange_rate, total_minor, total_base_minor, created_at,
                             updated_at, kind, customer_id, ordered_at, ordered_date, channel)
SELECT '', 'O' || id, 'EUR', 1, 1000, 1000, now(), now(), 'sale', id, '2026-01-01'::date + (id %% 180)::int,
       '2026-01-01'::date + (id %% 180)::int, '' FROM customers_customer;
INSERT INTO customers_orderline (order_id, line_key, position, product_id, description, quantity, unit_price, discount,
                                 amount)
SELECT id, gen_random_uuid(), 1, CASE WHEN id %% 1000 = 0 THEN %(rare)s ELSE %(usual)s END, '', 1, 10, 0, 10
FROM customers_order;
SELECT gin_clean_pending_list('customer_name_trigram');
ANALYZE customers_customer, customers_emailaddress, customers_order, customers_orderline, customers_contactday,
        customers_purchaseday;
"""


@pytest.fixture
def crowd() -> dict[str, int]:
    made = {"owner": create_user().pk, "rare": create_product().pk, "usual": create_product().pk}
    Customer.objects.filter(pk=create_customer("Wanted", identity_number="ID 77").pk).update(name="Wanted Woman")
    with connection.cursor() as cursor:
        for statement in FILL.replace("n % 1", "n %% 1").split(";\n"):
            cursor.execute(statement, made)
    return made


def plan_of_page(data: dict) -> str:
    """The first page of the list as a person sees it."""
    found = apply(Customer.objects.live(), parse(data), sight=EVERYTHING, today=dt.date(2026, 6, 30))
    return str(found.order_by("sort_name", "pk")[:51].explain())


SETS: list[tuple[dict[str, Any], str]] = [
    ({"field": "kind", "op": "is", "value": "organisation"}, "customer_live_choices"),
    ({"field": "education", "op": "in", "value": ["master", "doctorate"]}, "customer_live_choices"),
    ({"field": "sex", "op": "is", "value": "female"}, "customer_live_choices"),
    ({"field": "source", "op": "contains", "value": "FAI"}, "customer_live_source"),
    ({"field": "source", "op": "in", "value": ["shop", "fair"]}, "customer_live_source"),
    ({"field": "birth_date", "op": ">", "value": "1980-01-01"}, "customer_live_birth_date"),
    ({"field": "age", "op": "between", "value": [18, 30]}, "customer_live_birth_date"),
    ({"field": "annual_income", "op": ">=", "value": "0"}, "customer_live_income"),
    ({"field": "changed", "op": "<", "value": {"days_ago": 9}}, "customer_live_changed"),
    ({"field": "owner", "op": "is_empty"}, "customer_by_owner"),
    ({"field": "team", "op": "in", "value": [1, 2]}, "customer_by_team"),
    ({"field": "organisation", "op": "is_empty"}, "customer_by_organisation"),
    ({"field": "referred_by", "op": "is_not", "value": 1}, "customer_by_referrer"),
    ({"field": "website", "op": "contains", "value": "shop"}, "customer_website_text"),
    ({"field": "profile_text", "op": "contains", "value": "tea"}, "customer_short_profile"),
    ({"field": "profile_text", "op": "is_empty"}, "customer_short_profile"),
    ({"field": "email", "op": "starts_with", "value": "77"}, "email_prefix"),
    ({"field": "tax_number", "op": "is_empty"}, "customer_has_tax_number"),
    ({"field": "objected_to_profiling", "op": "is", "value": False}, "customer_objected"),
]


def plan_of_set(data: dict) -> str:
    asked = parse(data)
    assert isinstance(asked, Comparison)
    source: Any = registry.fields().get(asked.field).source
    return _plans(source.customers_of(asked.op, asked.value, moment_of(dt.date(2026, 6, 30))))


def _plans(chosen: Chosen) -> str:
    if isinstance(chosen, Members):
        return "".join(map(_plans, chosen.parts))
    assert isinstance(chosen, Member)
    return chosen.ids.explain()


def test_typical_filters_and_sets_of_fields_of_the_customers_row_are_answered_by_indexes(crowd):
    for data, index in [
        ({"field": "name", "op": "contains", "value": "wanted"}, "customer_name_trigram"),
        ({"field": "email", "op": "is", "value": "77@Example.org"}, "email_prefix"),
        ({"field": "email", "op": "starts_with", "value": "77@"}, "email_prefix"),
        ({"field": "identity_number", "op": "is", "value": "id77"}, "customer_identity_number"),
        ({"field": "owner", "op": "is", "value": crowd["owner"]}, "Index Cond: (owner_id"),
        ({"bought": {"product": crowd["rare"]}}, "order_line_of_product"),
        ({"field": "lifecycle", "op": "is", "value": "lead"}, "customer_live_lifecycle"),
        ({"no_contact_for": {"days": 60}}, "customer_live_name"),
        ({"no_contact_for": {"days": 179}}, "contact_day_of_customer"),
        ({"not": {"bought": {"since": {"days_ago": 179}}}}, "purchase_day_of_customer"),
        ({"not": {"bought": {"since": {"days_ago": 60}}}}, "customer_live_name"),
        ({"bought": {"since": {"days_ago": 1}}}, "purchase_day_of_customer"),
        ({"field": "last_order", "op": "<", "value": {"days_ago": 90}}, "customer_live_name"),
    ]:
        said = plan_of_page(data)
        assert index in said, (data, said)
        assert "Seq Scan on customers_customer" not in said, (data, said)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
    for data, index in SETS:
        said = plan_of_set(data)
        assert f"Index Only Scan using {index} " in said, (data, said)


def test_what_a_city_contains_is_found_among_the_cities(monkeypatch):
    cities = ["Bad Köln", "köln-süd", "Köln", "Rom", "", "Rom"] + [f"Town {n % 9}" for n in range(300)]
    customers = [create_customer() for _n in range(6)]
    Address.objects.bulk_create(
        Address(customer=customers[min(n, 5)], city=city, is_primary=n < 6) for n, city in enumerate(cities)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE customers_address; SET LOCAL enable_seqscan = off")

    def chosen() -> Member:
        member = sets_of(parse({"field": "city", "op": "contains", "value": "KOLN"}), moment_of())
        assert isinstance(member, Member)
        assert [pk for (pk,) in member.ids.order_by("customer_id").values_list("customer_id")] == [
            customer.pk for customer in customers[:3]
        ]
        return member

    assert "address_by_city" in str(chosen().ids.explain())
    assert "KOLN" not in str(chosen().ids.query)
    monkeypatch.setattr(repeated_texts, "MOST_TEXTS", 13)
    assert "KOLN" in str(chosen().ids.query), "there are fourteen"


def test_addresses_and_numbers_of_other_systems_are_found_in_their_indexes():
    """Whichever of many there are, without a look at the others."""
    customer, numbers = create_customer(), range(500)
    Address.objects.bulk_create(
        Address(customer=customer, region=f"R{n}", postal_code=f"P{n}", country="DE" if n == 77 else "")
        for n in numbers
    )
    PhoneNumber.objects.bulk_create(PhoneNumber(customer=customer, number=f"+49 {n}") for n in numbers)
    CustomerExternalId.objects.bulk_create(
        CustomerExternalId(customer=customer, source="s", value=f"V{n}") for n in numbers
    )
    tags = Tag.objects.bulk_create(Tag(name=f"T{n}") for n in numbers)
    customer.tags.set(tags)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE customers_address, customers_customerexternalid, customers_phonenumber")
        cursor.execute("ANALYZE customers_customer_tags")
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
    for key, op, value, index in [
        ("region", "is_not", "R77", "address_by_region"),
        ("postal_code", "starts_with", "P77", "address_by_postal_code"),
        ("country", "is", "DE", "address_by_country"),
        ("external_id", "is", "V77", "customer_external_id_value"),
        ("external_id", "contains", "V77", "customer_external_id_value"),
        ("postal_code", "contains", "77", "address_by_postal_code"),
        ("phone", "starts_with", "+49 77", "phone_prefix"),
        ("tags", "has", tags[0].pk, "customer_of_tag"),
    ]:
        said = plan_of_set({"field": key, "op": op, "value": value})
        assert f"Index Only Scan using {index} " in said, (key, said)
