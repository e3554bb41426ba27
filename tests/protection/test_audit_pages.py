"""The admins' pages of the trail."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from customers.models import Customer, Tag
from protection.audit import acting, log_access
from protection.audit.models import AccessLog, Change
from tests.factories import create_customer, create_user

pytestmark = pytest.mark.django_db
AUDIT, ACCESSES = reverse("protection:audit"), reverse("protection:accesses")


@pytest.fixture
def admin(client):
    admin = create_user("admin", name="Anna Admin")
    client.force_login(admin)
    return admin


def page_of(client, url, **query):
    return " ".join(client.get(url, query).content.decode().split())


def shown(client, **query):
    listing = client.get(AUDIT, query).context["listing"]
    return [line.change for deed in listing.deeds for line in deed.lines]


def test_changes_of_every_table_newest_first(client, admin):
    Tag.objects.create(name="vip")
    create_customer("Ada")
    assert [change.table_name for change in shown(client)][:2] == ["customers_customer", "customers_tag"]
    assert "Ada" in page_of(client, AUDIT)


def test_it_is_narrowed_by_who_where_what_and_when(client, admin):
    someone = create_user()
    with acting(user=someone, origin="web"):
        Tag.objects.create(name="vip")
    ada = create_customer("Ada")
    Customer.objects.update(source="fair")
    assert [change.table_name for change in shown(client, actor=someone.pk)] == ["customers_tag"]
    assert [change.row_id for change in shown(client, table_name="customers_customer")] == [ada.pk, ada.pk]
    assert {change.action for change in shown(client, action="update")} == {"update"}
    today = timezone.localdate()
    assert len(shown(client, day=today.isoformat())) == Change.objects.count()
    assert shown(client, day=(today - dt.timedelta(days=1)).isoformat()) == []
    assert "No such change" in page_of(client, AUDIT, day="2020-01-01")


@pytest.mark.parametrize("query", [{"day": "soon"}, {"actor": "x"}, {"table_name": "pg_authid"}, {"cursor": "x\0"}])
def test_what_makes_no_sense_narrows_nothing(client, admin, query):
    Tag.objects.create(name="vip")
    assert shown(client, **query)


def test_pages_follow_each_other(client, admin):
    for number in range(60):
        Tag.objects.create(name=f"tag {number}")
    first = client.get(AUDIT, {"table_name": "customers_tag"}).context["listing"]
    second = client.get(AUDIT + first.next_url).context["listing"]
    names = [line.change.changes["name"][1] for page in (first, second) for deed in page.deeds for line in deed.lines]
    assert names == [f"tag {number}" for number in reversed(range(60))]


def test_an_admin_sees_no_encrypted_value_either(client, admin):
    create_customer("Ada", tax_number="DE811907980")
    Customer.objects.update(tax_number="DE811907999")
    assert "811907" not in page_of(client, AUDIT)


def test_accesses_say_who_read_what_of_whom(client, admin):
    someone = create_user(name="Sam Sales")
    ada = create_customer("Ada")
    with acting(user=someone, origin="web"):
        log_access(AccessLog.What.UNMASK, obj=ada, field="tax_number")
    log_access(AccessLog.What.EXPORT, user=someone, model=Customer, rows=17, columns=["name", "email"])
    page = page_of(client, ACCESSES)
    assert "Hidden value shown" in page
    assert "Sam Sales" in page
    assert reverse("customers:history", args=[ada.pk]) in page
    assert "field: tax_number" in page
    assert "rows: 17, columns: name, email" in page
    assert "Hidden value shown</td>" not in page_of(client, ACCESSES, what="export")
    assert "No such access" in page_of(client, ACCESSES, what="erasure")


def test_the_number_of_queries_does_not_grow(client, admin):
    def queries(url):
        client.get(url)
        with CaptureQueriesContext(connection) as captured:
            client.get(url)
        return len(captured)

    def fill(count):
        for number in range(count):
            with acting(user=admin, origin="web"):
                log_access("unmask", obj=create_customer(owner=admin, source=str(number)))

    fill(3)
    few = queries(AUDIT), queries(ACCESSES)
    fill(30)
    assert (queries(AUDIT), queries(ACCESSES)) == few
