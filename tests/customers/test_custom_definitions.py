"""The pages on which an admin defines, orders and retires custom fields."""

from __future__ import annotations

import pytest

from customers.custom_fields import definitions
from customers.custom_indexes import KIND
from customers.models import CustomField
from jobs.models import Job
from tests.customers.custom import create_field
from tests.factories import create_customer, create_user

pytestmark = pytest.mark.django_db
URL = "/settings/custom-fields/"
NEW = {
    "applies_to": "customer",
    "label": "Tier of loyalty",
    "key": "",
    "kind": "choice",
    "choices": "Gold\nold: Silver",
}


@pytest.fixture
def admin(client):
    user = create_user("admin")
    client.force_login(user)
    return client


def keys(record: str = "customer") -> list[str]:
    return [field.key for field in definitions(record)]


def said(response) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def test_a_field_is_made_with_a_key_out_of_its_label_behind_the_others(admin):
    create_field("size", position=4)
    assert admin.post(f"{URL}new/", {**NEW, "is_indexed": "on", "confidential": "income"}).url == URL
    made = CustomField.objects.latest("pk")
    assert (made.key, made.kind, made.position, made.confidential) == ("tier_of_loyalty", "choice", 5, "income")
    assert made.choices == [{"key": "gold", "label": "Gold"}, {"key": "old", "label": "Silver"}]
    assert [job.kind for job in Job.objects.all()] == [KIND]
    page = admin.get(URL).content.decode()
    for text in ("Tier of loyalty", "tier_of_loyalty", "2 choices", "fast to search"):
        assert text in page, text


def test_a_label_without_latin_letters_gets_a_numbered_key(admin):
    admin.post(f"{URL}new/", {**NEW, "label": "会员等级", "kind": "text", "choices": ""})
    assert CustomField.objects.get().key == "field_1"


def test_a_key_that_is_taken_is_refused_in_words(admin):
    create_field("tier_of_loyalty", archived_at="2026-01-01T00:00Z")
    response = admin.post(f"{URL}new/", NEW)
    assert response.status_code == 422
    assert "Another field has this key, perhaps a retired one." in response.content.decode()


def test_what_decides_how_values_are_kept_stays_once_there_are_some(admin):
    field = create_field("tier", "choice")
    create_customer(custom={"tier": "silver"})
    page = f"{URL}{field.pk}/"
    wrong = {**NEW, "key": "level", "applies_to": "order", "choices": "gold: Or", "kind": "choice"}
    assert "“silver” is in use" in admin.post(page, wrong).content.decode()
    assert "There are values already" in admin.post(page, {**wrong, "kind": "text", "choices": ""}).content.decode()
    right = {**wrong, "label": "Level", "choices": "silver: Argent\ngold: Or"}
    assert admin.post(page, right).status_code == 302
    field.refresh_from_db()
    assert (field.key, field.applies_to, field.label, field.choices[0]) == (
        "tier",
        "customer",
        "Level",
        {"key": "silver", "label": "Argent"},
    )


def test_fields_are_moved_among_those_of_their_record(admin):
    a, b, c = (create_field(key) for key in "abc")
    create_field("x", applies_to="order", position=9)
    for field, to, expected in (
        (c, "up", "acb"),
        (c, "up", "cab"),
        (c, "up", "cab"),
        (a, "down", "cba"),
        (b, "", "cba"),
    ):
        response = admin.post(f"{URL}{field.pk}/move/", {"to": to})
        assert response.url == f"{URL}#field-{field.pk}"
        assert keys() == list(expected)
    assert keys("order") == ["x"]


def test_a_retired_field_keeps_its_values_and_comes_back_with_them(admin):
    field = create_field("tier", is_indexed=True)
    ada = create_customer(custom={"tier": "Gold"})
    page = admin.post(f"{URL}{field.pk}/retire/", follow=True)
    assert keys() == []
    assert "1 retired field" in page.content.decode()
    assert f'action="{URL}{field.pk}/bring-back/"' in page.content.decode()
    assert "Gold" not in admin.get(ada.get_absolute_url()).content.decode()
    admin.post(f"{URL}{field.pk}/bring-back/")
    assert "Gold" in admin.get(ada.get_absolute_url()).content.decode()
    assert Job.objects.filter(kind=KIND).exists()


def test_only_a_field_without_values_is_deleted(admin):
    used, unused = create_field("used"), create_field("unused")
    create_customer(custom={"used": "yes"})
    assert "Retire it instead" in said(admin.post(f"{URL}{used.pk}/delete/", follow=True))[0]
    admin.post(f"{URL}{unused.pk}/delete/")
    assert keys() == ["used"]
