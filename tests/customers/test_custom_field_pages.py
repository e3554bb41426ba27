"""Custom fields on the form and on the page of a customer."""

from __future__ import annotations

import re

import pytest

from accounts.models import Role
from customers.custom_fields import clean, reveal
from customers.models import Customer
from protection.audit.models import AccessLog
from tests.customers.custom import create_field, create_one_of_each
from tests.factories import create_customer, create_user

pytestmark = pytest.mark.django_db

NOTHING = {
    f"{name}-{count}": "0"
    for name in ("emails", "phones", "addresses", "contact_people")
    for count in ("TOTAL_FORMS", "INITIAL_FORMS")
}
ADA = {"name": "Ada", "kind": "person", "lifecycle": "lead", **NOTHING}


@pytest.fixture
def sales(client):
    user = create_user(Role.SALES)
    client.force_login(user)
    return user


def test_a_form_brings_values_of_every_kind(client, sales):
    create_one_of_each()
    typed = {
        "custom_my_text": "Blue",
        "custom_my_number": "007.50",
        "custom_my_money": "20",
        "custom_my_date": "2026-02-01",
        "custom_my_choice": "gold",
        "custom_my_multi_choice": ["zh", "gold"],
        "custom_my_yes_no": "no",
        "custom_my_link": "https://example.org",
        "custom_my_sealed": "A 1",
    }
    client.post("/customers/new/", {**ADA, **typed})
    ada = Customer.objects.get()
    sealed = ada.custom.pop("my_sealed")
    assert ada.custom == {
        "my_text": "Blue",
        "my_number": "7.5",
        "my_money": "20",
        "my_date": "2026-02-01",
        "my_choice": "gold",
        "my_multi_choice": ["gold", "zh"],
        "my_yes_no": False,
        "my_link": "https://example.org",
    }
    assert "A 1" not in sealed
    page = client.get(f"/customers/{ada.pk}/").content.decode()
    for shown in ("Blue", "7.5", "€20.00", "1 Feb 2026", "Gold, 铜", 'href="https://example.org"', "••••••"):
        assert shown in page
    assert 'value="no" selected' in client.get(f"/customers/{ada.pk}/edit/").content.decode()


def test_mistakes_stand_beside_their_fields_and_nothing_is_saved(client, sales):
    create_field("size", "number", is_required=True)
    response = client.post("/customers/new/", {**ADA, "custom_size": "big"})
    assert response.status_code == 422
    assert set(response.context["form"].errors) == {"custom_size"}
    assert set(client.post("/customers/new/", ADA).context["form"].errors) == {"custom_size"}
    assert not Customer.objects.exists()


def test_what_is_left_alone_stays_and_what_is_emptied_goes(client, sales):
    size, sealed = create_field("size", "number"), create_field("sealed", confidential="sensitive")
    kept = {**clean("customer", {"size": 3, "sealed": "A1"}), "archived": "old"}
    ada = create_customer("Ada", owner=sales, custom=kept)
    client.post(f"/customers/{ada.pk}/edit/", {**ADA, "version": "1", "owner": sales.pk, "custom_size": ""})
    ada.refresh_from_db()
    assert ada.custom == {"sealed": kept["sealed"], "archived": "old"}
    client.post(f"/customers/{ada.pk}/edit/", {**ADA, "version": "2", "owner": sales.pk, "custom_sealed": "B2"})
    ada.refresh_from_db()
    assert reveal(sealed, ada.custom["sealed"]) == "B2"
    assert size.key not in ada.custom


def test_who_does_not_see_a_value_neither_reads_nor_changes_it(client):
    create_field("bonus", "money", confidential="income")
    create_field("open")
    ada = create_customer("Ada", custom=clean("customer", {"bonus": "4711", "open": "yes"}))
    client.force_login(create_user(Role.VIEWER))
    page = client.get(f"/customers/{ada.pk}/").content.decode()
    assert "4,711" not in page
    assert re.search(r"\b4711\b", page) is None
    assert client.post(f"/customers/{ada.pk}/unmask/", {"what": f"custom.bonus.{ada.pk}"}).status_code == 403


def test_an_encrypted_value_is_shown_once_and_that_is_noted(client, sales):
    create_field("sealed", confidential="sensitive")
    create_field("open")
    ada = create_customer("Ada", owner=sales, custom=clean("customer", {"sealed": "A 1-7", "open": "x"}))
    page = client.get(f"/customers/{ada.pk}/").content.decode()
    assert "A 1-7" not in page
    assert f"custom.sealed.{ada.pk}" in page
    shown = client.post(f"/customers/{ada.pk}/unmask/", {"what": f"custom.sealed.{ada.pk}"})
    assert "A 1-7" in shown.content.decode()
    [noted] = AccessLog.objects.filter(what="unmask")
    assert (noted.customer_id, noted.detail["field"]) == (ada.pk, "sealed")
    assert client.post(f"/customers/{ada.pk}/unmask/", {"what": f"custom.open.{ada.pk}"}).status_code == 404
