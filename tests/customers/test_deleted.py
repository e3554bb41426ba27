"""Deleted customers: who sees them, who brings them back, and who is gone for good."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from customers.actions import delete_customer
from customers.models import Customer
from privacy.erasing import erase, request_erasure
from privacy.models import RetentionRule
from tests.customers.test_edit import form_data
from tests.factories import create_customer, create_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(client):
    user = create_user("admin")
    client.force_login(user)
    return user


def page(client, **query):
    return client.get("/customers/deleted/", query).content.decode()


def test_whoever_is_deleted_stands_there_until_restored(client, admin):
    assert "Nobody is deleted" in page(client)
    ada = create_customer("<b>Ada", email="ada@example.org")
    client.post(f"/customers/{ada.pk}/delete/")
    assert "&lt;b&gt;Ada" in page(client)
    assert "restored for 90 days" in page(client)
    for _ in range(2):
        assert client.post(f"/customers/{ada.pk}/restore/").url == ada.get_absolute_url()
    assert "Nobody is deleted" in page(client)
    assert ada.emails.filter(deleted_at=None).exists()


def test_the_email_of_somebody_deleted_blocks_no_new_record_and_both_may_live(client, admin):
    ada = create_customer("Ada", email="ada@example.org")
    delete_customer(customer=ada)
    email = {"emails-TOTAL_FORMS": "1", "emails-0-email": "ada@example.org"}
    client.force_login(create_user("sales"))
    assert client.post("/customers/new/", form_data(name="Ada again", **email)).status_code == 302
    assert Customer.objects.live().get().emails.get().email == "ada@example.org"
    client.force_login(admin)
    client.post(f"/customers/{ada.pk}/restore/")
    assert Customer.objects.live().count() == 2


def test_who_is_merged_or_erased_is_not_offered(client, admin):
    merged, erased = create_customer("Merged"), create_customer("Erased")
    survivor = create_customer("Survivor")
    Customer.objects.filter(pk=merged.pk).update(deleted_at=timezone.now(), merged_into=survivor)
    delete_customer(customer=erased)
    erase(request_erasure(customer=erased))
    shown = page(client)
    assert "Merged" not in shown.split("<main")[1]
    assert "Erased customer" not in shown
    for customer in (merged, erased):
        assert client.post(f"/customers/{customer.pk}/restore/").status_code == 404


def test_it_says_how_long_as_the_rule_has_it(client, admin):
    rule = RetentionRule.objects.create(kind=RetentionRule.Kind.DELETED_CUSTOMERS, days=30, is_active=True)
    assert "restored for 30 days" in page(client)
    RetentionRule.objects.filter(pk=rule.pk).update(is_active=False)
    assert "at any time" in page(client)


def test_pages_of_deleted_customers_are_asked_for_alike(client, admin):
    asked = []
    for count in (3, 30):
        moment = timezone.now() - dt.timedelta(days=count)
        for number in range(count):
            create_customer(deleted_at=moment + dt.timedelta(minutes=number))
        page(client)
        with CaptureQueriesContext(connection) as captured:
            assert page(client).count("/restore/") == count
        asked.append(len(captured))
        Customer.objects.all().delete()
    assert asked[0] == asked[1]
