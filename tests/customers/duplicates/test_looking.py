"""Who is there already, by each key, and for whom."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import AccessRule, Role
from core.models import OrganisationSettings
from customers.actions import delete_customer
from customers.duplicates.looking import MOST_SHOWN, Typed, likely_duplicates
from customers.models import Customer, CustomerExternalId, PhoneNumber
from protection.audit.models import AccessLog
from tests.factories import create_customer, create_team, create_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin():
    return create_user(Role.ADMIN)


def found(typed: Typed, user) -> dict[str, list[str]]:
    return {each.customer.name: each.reasons for each in likely_duplicates(typed, user=user)}


NAMES = [
    ("Müller & Söhne GmbH", "muller sohne"),
    ("ACME Widgets, Inc.", "Acme Widgets"),
    ("Nestlé S.A.", "NESTLE"),
    ("Ball G.m.b.H. & Co. KG", "ball"),
    ("Lovelace, Ada", "Ada Lovelace"),
    ("O'Neil", "ONeil"),
    ("阿里巴巴（中国）有限公司", "阿里巴巴 中国"),
    ("王小明", "王小明"),
    ("ООО Ромашка", "ромашка ооо"),
    ("Theodor", "theodor"),
    ("The Body Shop", "body shop ltd"),
]
PHONES = [
    ("+49 30 1234567", "0049301234567", "", "phone"),
    ("+49 30 1234567", "030 1234567", "DE", "phone"),
    ("030 1234567", "+49 30 1234567", "", "phone_ending"),
    ("(415) 555-2671", "+1 415 555 2671", "", "phone_ending"),
    ("+8613800138000", "138 0013 8000", "", "phone_ending"),
]
DIFFERENT = [("Theodor", "odor"), ("Acme", "Acme Widgets"), ("王小明", "王小红"), ("Ltd", "Inc")]


def test_each_key_finds_the_record_however_it_was_typed(admin):
    for stored, typed in NAMES:
        Customer.objects.all().delete()
        create_customer(stored)
        assert found(Typed(name=typed), admin) == {stored: ["name"]}, typed
    for stored, typed, country, reason in PHONES:
        Customer.objects.all().delete()
        PhoneNumber.objects.create(customer=create_customer("Ada"), number=stored)
        assert found(Typed(phones=[typed], country=country), admin) == {"Ada": [reason]}, typed
    OrganisationSettings.objects.create(time_zone="Europe/Berlin")
    Customer.objects.all().delete()
    PhoneNumber.objects.create(customer=create_customer("Ada"), number="+49 30 1234567")
    assert found(Typed(phones=["030 1234567"]), admin) == {"Ada": ["phone_ending"]}, "dialled at home"
    acme = create_customer("Acme", email="Info@Acme.example", website="https://www.acme.example/en?x=1")
    CustomerExternalId.objects.create(customer=acme, source="shop", value="A 7")
    assert found(Typed(emails=["info@ACME.example"]), admin) == {"Acme": ["email"]}
    assert found(Typed(website="http://acme.example:8080/de"), admin) == {"Acme": ["website"]}
    assert found(Typed(external_ids=[("shop", "A 7")]), admin) == {"Acme": ["external_id"]}


def test_what_only_looks_alike_is_not_found(admin):
    for stored, typed in DIFFERENT:
        Customer.objects.all().delete()
        create_customer(stored)
        assert found(Typed(name=typed), admin) == {}, typed
    PhoneNumber.objects.create(customer=create_customer("Ada", website="https://example.org"), number="12 34")
    assert found(Typed(phones=["1234"], website="https://example.com", emails=["@", "x"]), admin) == {}
    assert found(Typed(), admin) == {}
    assert found(Typed.of_form({"name": "a\x00b" * 99, "emails-0-email": "\x00@"}), admin) == {}


def test_reasons_add_up_and_the_likeliest_come_first(admin):
    for number in range(12):
        create_customer("Wang Wei", email=f"w{number}@example.org")
    create_customer("Somebody", email="shared@example.org")
    both = create_customer("Wang Wei", email="shared@example.org")
    likely = likely_duplicates(Typed(name="wei wang", emails=["shared@example.org"]), user=admin)
    assert len(likely) == MOST_SHOWN
    assert [each.reasons for each in likely[:3]] == [["email", "name"], ["email"], ["name"]]
    assert likely[0].customer == both
    assert likely[0].score > likely[1].score > likely[2].score
    assert likely_duplicates(Typed(name="Wang Wei", besides=both.pk), user=admin)[0].customer != both


def test_a_record_that_the_person_may_not_see_is_not_revealed():
    north, south = create_team("North"), create_team("South")
    for _number in range(60):
        create_customer("Ada Example", team=south, email="ada@example.org", website="https://ada.example")
    mine = create_customer("Ada Example", team=north)
    stranger = create_user(team=north)
    typed = Typed(name="Ada Example", emails=["ada@example.org"], website="ada.example")
    assert [each.customer for each in likely_duplicates(typed, user=stranger)] == [mine]


def test_a_deleted_record_is_offered_for_some_time_to_whoever_may_restore_it(admin):
    gone, long_gone = (create_customer(name, email="ada@example.org") for name in ("Ada", "Ada the first"))
    for customer in (gone, long_gone):
        delete_customer(customer=customer)
    long_ago = timezone.now() - dt.timedelta(days=91)
    Customer.objects.filter(pk=long_gone.pk).update(deleted_at=long_ago)
    long_gone.emails.update(deleted_at=long_ago)
    typed = Typed(emails=["ada@example.org"])
    assert [(each.customer, each.is_deleted) for each in likely_duplicates(typed, user=admin)] == [(gone, True)]
    assert likely_duplicates(typed, user=create_user(Role.MANAGER)) == []


def test_what_is_hidden_is_confirmed_on_the_record():
    create_customer("Ada", email="ada@example.org")
    AccessRule.objects.create(role=Role.SALES, sees="all", edits="all", masked=["email"])
    assert found(Typed(emails=["ada@example.org"]), create_user(Role.SALES)) == {"Ada": ["email"]}
    assert AccessLog.objects.filter(what="search_masked").count() == 1


FILL = """
INSERT INTO customers_customer (kind, name, sex, education, profile_text, lifecycle, source, website, created_at,
                                updated_at, version)
SELECT 'person', 'Name ' || n, '', '', '', 'lead', '',
       CASE WHEN n %% 10 = 0 THEN 'https://www.h' || n || '.org' ELSE '' END,
       now(), now(), 1 FROM generate_series(1, 20000) AS n;
INSERT INTO customers_emailaddress (customer_id, email, is_primary) SELECT id, id || '@example.org', true
FROM customers_customer;
INSERT INTO customers_phonenumber (customer_id, number, kind, is_primary)
SELECT id, '+4930' || 1000000 + id, 'mobile', true FROM customers_customer;
ANALYZE customers_customer, customers_emailaddress, customers_phonenumber;
"""


def test_each_key_is_answered_by_an_index(admin, django_assert_num_queries, settings):
    from customers.duplicates import looking

    with connection.cursor() as cursor:
        for statement in FILL.split(";\n"):
            if statement.strip():
                cursor.execute(statement, [])
    typed = Typed(name="name 77", emails=["77@example.org"], phones=["+49301000077"], website="h70.org")
    ways = list(looking._ways(typed, admin.sight, with_deleted=True))
    plan = str(ways[0].union(*ways[1:], all=True).explain())
    assert "Seq Scan" not in plan
    for index in ("customer_name_key", "customer_website_host", "email_prefix", "phone_prefix", "phone_ending"):
        assert index in plan, plan
    with django_assert_num_queries(3):
        likely_duplicates(typed, user=admin)
