"""Searching in SQL terms: what is found, and that each way to find has its index."""

import dataclasses

import pytest
from django.db import connection

from accounts.models import Confidential
from accounts.visibility import EVERYTHING
from core.paging import page_of_parts
from customers.listing import CustomerListing
from customers.models import Customer, CustomerExternalId, PhoneNumber
from tests.factories import create_customer

pytestmark = pytest.mark.django_db


def names(text: str) -> list[str]:
    return [customer.name for customer in Customer.objects.live().search(text, sight=EVERYTHING).order_by("pk")]


def test_every_word_must_be_in_the_name_in_any_order():
    create_customer("Marek Antonín Dvořák")
    assert names("dvor MAREK") == ["Marek Antonín Dvořák"]
    assert names("dvor peter") == []


def test_an_external_id_is_found_whole_in_large_or_small_letters():
    CustomerExternalId.objects.create(customer=create_customer("Ada"), source="shop", value="C17850")
    assert names("C17850") == names("c17850") == ["Ada"]
    assert names("C1785") == []


def test_a_customer_found_twice_is_shown_once():
    ada = create_customer("ada@example.org", email="ada@example.org")
    PhoneNumber.objects.create(customer=ada, number="+49 30 1234")
    assert names("ada@example.org") == ["ada@example.org"]


def closest_first(text: str) -> list[str]:
    found = page_of_parts(Customer.objects.live().search_parts(text, sight=EVERYTHING), size=20)
    return [customer.name for customer in found.rows]


def test_the_closest_come_first_whatever_their_names():
    create_customer("Anna Mar")
    create_customer("Marta", email="anna@example.org")
    known = create_customer("Zoe")
    CustomerExternalId.objects.create(customer=known, source="shop", value="mar")
    create_customer("Marek")
    assert closest_first("mar") == ["Marek", "Marta", "Zoe", "Anna Mar"]
    assert closest_first("anna@") == ["Marta"]
    CustomerExternalId.objects.create(customer=known, source="crm", value="4711")
    create_customer("4711 Cologne")
    assert closest_first("4711") == ["Zoe", "4711 Cologne"]


def test_an_email_is_found_before_its_at_sign_is_typed_and_a_customer_by_our_own_number():
    marta = create_customer("Marta", email="anna.mar2@example.org")
    assert names("anna.m") == names("ANNA.MAR2") == names(f"#{marta.pk}") == closest_first(f"#{marta.pk}") == ["Marta"]
    masking = dataclasses.replace(EVERYTHING, masked=frozenset({Confidential.EMAIL}))
    assert not Customer.objects.search("anna.m", sight=masking).exists()


def test_a_plain_word_is_a_name_first_and_then_the_beginning_of_an_email(monkeypatch):
    create_customer("Catering Brooks", email="office@example.org")
    create_customer("Ada", email="OFFICE.ada@example.org")
    create_customer("Post Office", email="hello@example.org")
    hidden = dataclasses.replace(EVERYTHING, masked=frozenset({Confidential.EMAIL}))
    for most in (500, 1):  # named one by one, and asked for again
        monkeypatch.setattr("customers.querysets.SHORT_LIST", most)
        assert set(names("offi")) == {"Catering Brooks", "Ada", "Post Office"}
        assert closest_first("office")[0] == "Post Office"
        assert set(closest_first("office")[1:]) == {"Catering Brooks", "Ada"}
        assert [each.name for each in Customer.objects.search("office", sight=hidden)] == ["Post Office"]


def test_so_many_that_they_are_not_named_are_found_all_the_same(monkeypatch):
    monkeypatch.setattr("customers.querysets.SHORT_LIST", 1)
    for name in ("Zoe", "Ada Z", "030 Club", "Nobody"):
        customer = create_customer(name)
        if name != "Nobody":
            PhoneNumber.objects.create(customer=customer, number="030 1234")
    assert closest_first("030") == names("030") == ["Zoe", "Ada Z", "030 Club"]
    assert closest_first("o") == names("o") == ["Zoe", "Nobody"]


@pytest.mark.parametrize("most", [500, 1])
def test_in_any_order_a_search_finds_the_same(most, monkeypatch):
    """Near the beginning of the order, or by sets of all that it may mean."""
    monkeypatch.setattr("customers.querysets.SHORT_LIST", most)
    found = [create_customer(name, email=f"{name[:3]}@example.org") for name in ("Office Zoe", "Ada", "Post Office")]
    found[1].emails.update(email="office.ada@example.org")
    CustomerExternalId.objects.create(customer=found[0], source="shop", value="OFFICE")
    others = [create_customer(f"Nobody {number}") for number in range(4)]
    hidden = dataclasses.replace(EVERYTHING, masked=frozenset({Confidential.EMAIL}))
    for sight, expected in ((EVERYTHING, found), (hidden, [found[0], found[2]])):
        for near in (3_000, 1):
            monkeypatch.setattr("core.walking.NEAR", near)
            monkeypatch.setattr("core.walking.NEAR_IF_KNOWN", near)
            for sort in ("-since", "owner", "-created", "score"):
                listing = CustomerListing({"q": "office", "sort": sort}, sight=sight)
                assert {row.pk for row in listing.page.rows} == {customer.pk for customer in expected}, (sort, near)
    assert not CustomerListing({"q": "nobody 5", "sort": "-since"}, sight=EVERYTHING).page.rows
    assert len(CustomerListing({"q": "nobody", "sort": "score"}, sight=EVERYTHING).page.rows) == len(others)


def test_wildcards_are_only_characters():
    create_customer("100 % Wool")
    create_customer("Ada")
    assert names("%") == ["100 % Wool"]


@pytest.mark.parametrize(
    ("text", "indexes"),
    [
        ("dvorak", ["customer_name_trigram"]),
        ("ada@exam", ["customer_name_trigram", "email_prefix"]),
        ("+49 30 123", ["phone_prefix"]),
    ],
)
def test_each_way_of_finding_uses_its_index(text, indexes, many_customers):
    named, known = Customer.objects.search(text, sight=EVERYTHING), Customer.objects.known_by(text, EVERYTHING)
    plan = named.explain() + "".join(each.explain() for each in known)
    for index in indexes:
        assert index in plan


def test_the_parts_of_a_search_are_read_in_the_order_of_an_index(many_customers, monkeypatch):
    monkeypatch.setattr("customers.querysets.SHORT_LIST", 1)
    plans = {}
    for part in Customer.objects.live().search_parts("a", sight=EVERYTHING):
        rows = part.rows.order_by(part.order.name, part.order.tie).only("pk", part.order.key)
        plans[part.name] = rows[:51].explain()
    assert set(plans) == {"begins", "named"}
    assert "customer_live_name" in plans["begins"]
    assert "Sort" not in plans["begins"] + plans["named"]


@pytest.fixture
def many_customers():
    """Enough rows for a plan to matter."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH made AS (
                INSERT INTO customers_customer (kind, name, sex, education, profile_text, lifecycle, source, version,
                                                created_at, updated_at)
                SELECT 'person', md5(n::text), '', '', '', 'lead', '', 1, now(), now() FROM generate_series(1, 20000) n
                RETURNING id
            ), reached AS (
                INSERT INTO customers_emailaddress (customer_id, email, is_primary)
                SELECT id, md5(id::text) || '@example.org', true FROM made
            )
            INSERT INTO customers_phonenumber (customer_id, kind, number, is_primary)
            SELECT id, 'mobile', '+' || (49300000000 + id), true FROM made
            """
        )
        # What is not merged into the index yet counts against it, and how much that is hangs on the tests before.
        cursor.execute("SELECT gin_clean_pending_list('customer_name_trigram')")
        cursor.execute("ANALYZE customers_customer, customers_emailaddress, customers_phonenumber")
