"""The form of a new customer, which says whom it looks like and loses nothing."""

from __future__ import annotations

import re

import pytest

from accounts.models import Role
from customers.actions import delete_customer
from customers.models import Customer
from tests.customers.test_edit import form_data
from tests.factories import create_customer, create_team, create_user

pytestmark = pytest.mark.django_db

EMAIL = {"emails-TOTAL_FORMS": "1", "emails-0-email": "ADA@example.org"}


@pytest.fixture
def sales(client):
    user = create_user(Role.SALES, team=create_team("North"))
    client.force_login(user)
    return user


def test_without_scripts_the_duplicates_are_shown_once_with_all_that_was_typed(client, sales):
    ada = create_customer("Ada", email="ada@example.org")
    sent = form_data(name="Ada Lovelace", source="kept", **EMAIL)
    answer = client.post("/customers/new/", sent)
    page = answer.content.decode()
    assert (answer.status_code, Customer.objects.count()) == (422, 1)
    assert 'value="kept"' in page
    assert "same e-mail" in page
    assert "saves what you typed" in page
    acknowledged = re.search(r'name="create_anyway" value="([^"]*)"', page)
    assert acknowledged
    assert acknowledged[1] == str(ada.pk)
    later = create_customer("Ada Lovelace")
    again = client.post("/customers/new/", sent | {"create_anyway": acknowledged[1]})
    assert again.status_code == 422, "one has come since, and nobody has seen it"
    answer = client.post("/customers/new/", sent | {"create_anyway": f"{ada.pk},{later.pk}"})
    assert answer.url == Customer.objects.latest("pk").get_absolute_url()
    assert Customer.objects.count() == 3


def test_a_new_record_is_laid_beside_the_one_that_is_there(client, sales):
    ada = create_customer("Ada", email="ada@example.org")
    answer = client.post("/customers/new/", form_data(merge_into=str(ada.pk), **EMAIL))
    assert answer.url == f"/customers/merge/?ids={ada.pk},{Customer.objects.latest('pk').pk}"


def test_it_looks_while_somebody_types_and_writes_nothing(client, sales):
    ada = create_customer("Ada", email="ada@example.org")
    hidden = create_customer("Secret", email="ada@example.org", team=create_team("South"))
    page = client.post(
        "/customers/duplicates/check/", {"name": "", "emails-0-email": "ada@example.org"}
    ).content.decode()
    assert ada.get_absolute_url() in page
    assert "Secret" not in page
    assert "create_anyway" in page
    other = create_customer("Bea")
    page = client.post("/customers/duplicates/check/", {"customer": other.pk, "name": "ada"}).content.decode()
    assert f"/customers/merge/?ids={other.pk},{ada.pk}" in page
    assert "create_anyway" not in page
    assert client.post("/customers/duplicates/check/", {"customer": hidden.pk, "name": "x"}).status_code == 404
    assert client.post("/customers/duplicates/check/", {"name": "Nobody"}).content.strip() == b""


def test_the_email_of_a_deleted_customer_blocks_nobody(client, sales):
    delete_customer(customer=create_customer("Ada", email="ada@example.org"))
    assert client.post("/customers/new/", form_data(name="Ada", **EMAIL)).status_code == 302
    client.force_login(create_user(Role.ADMIN))
    Customer.objects.filter(deleted_at=None).delete()
    page = client.post("/customers/new/", form_data(name="Ada", **EMAIL)).content.decode()
    assert "deleted recently" in page
    assert "/restore/" in page
    assert "saves what you typed" not in page, "there is nobody to merge with"
