"""The pages of a merge: side by side, merged, taken back, and old addresses that lead on."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from accounts.models import AccessRule, Role
from customers.merging.actions import merge_customers
from customers.models import Address, Customer, EmailAddress, Merge
from jobs.models import Job
from tests.factories import create_customer, create_team, create_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager(client):
    user = create_user(Role.MANAGER)
    client.force_login(user)
    return user


@pytest.fixture
def pair():
    born = dt.date(1990, 5, 17)
    ada = create_customer("Ada", orders=1)
    double = create_customer("Ada Example", email="a@example.org", birth_date=born, annual_income="1234.5")
    Address.objects.create(customer=double, city="Leipzig", country="DE")
    return ada, double


def fields_of(page: str) -> dict[str, str]:
    """What the form sends as it stands: its hidden fields and the radios that are checked."""
    form = re.search(r'<form method="post" class="stack">.*?</form>', page, re.DOTALL)
    assert form
    inputs = [
        dict(re.findall(r'(\w+)="([^"]*)"', each)) | {"on": " checked" in each}
        for each in re.findall("<input[^>]*>", form[0])
    ]
    return {each["name"]: each["value"] for each in inputs if each["type"] == "hidden" or each["on"]}


def test_the_page_proposes_and_the_button_merges_and_the_message_undoes(client, manager, pair):
    ada, double = pair
    address = f"/customers/merge/?ids={ada.pk},{double.pk}"
    page = client.get(address).content.decode()
    sent = fields_of(page)
    assert (sent["keep"], sent["pick-name"], sent["pick-birth_date"]) == (str(ada.pk), str(double.pk), str(double.pk))
    assert "the only one that is filled" in page
    assert "<bdi>€1,234.50</bdi>" in page
    assert "<bdi>Leipzig Germany</bdi>" in page
    answers = [client.post(address, sent), client.post(address, sent)]
    assert [answer["Location"] for answer in answers] == [ada.get_absolute_url()] * 2
    merge = Merge.objects.get()
    ada.refresh_from_db()
    assert (ada.name, ada.birth_date, ada.emails.count()) == ("Ada Example", dt.date(1990, 5, 17), 1)
    assert f"/customers/merges/{merge.pk}/undo/" in client.get(ada.get_absolute_url()).content.decode()
    assert "Merge" in client.get(f"/customers/{ada.pk}/history/").content.decode()
    for part in ("", "history/", "timeline/", "edit/"):
        assert client.get(f"/customers/{double.pk}/{part}").url == f"/customers/{ada.pk}/{part}"
    assert client.post(f"/customers/merges/{merge.pk}/undo/").url == ada.get_absolute_url()
    assert client.get(double.get_absolute_url()).status_code == 200


def test_a_change_meanwhile_is_told_and_the_choices_are_kept(client, manager, pair):
    ada, double = pair
    address = f"/customers/merge/?ids={ada.pk},{double.pk}"
    sent = fields_of(client.get(address).content.decode()) | {"keep": str(double.pk), "pick-name": str(ada.pk)}
    Customer.objects.filter(pk=ada.pk).update(version=2, source="web")
    answer = client.post(address, sent)
    assert answer.status_code == 409
    kept = fields_of(answer.content.decode())
    assert (kept["keep"], kept["pick-name"]) == (str(double.pk), str(ada.pk))
    assert not Merge.objects.exists()
    assert client.post(address, kept).status_code == 302
    double.refresh_from_db()
    assert double.name == "Ada"


def test_what_is_hidden_is_hidden_side_by_side_and_can_be_chosen(client, pair):
    ada, double = pair
    Customer.objects.filter(pk=ada.pk).update(birth_date=dt.date(1990, 5, 17), tax_number=None)
    EmailAddress.objects.create(customer=ada, email="secret@example.org")
    AccessRule.objects.create(role=Role.SALES, sees="all", edits="all", masked=["birth_date", "email"])
    client.force_login(create_user(Role.SALES))
    page = client.get(f"/customers/merge/?ids={ada.pk},{double.pk}").content.decode()
    assert re.search(r"\b1990\b", page) is None
    assert "@example.org" not in page
    # Not even that the two are the same.
    assert "pick-birth_date" in page


def test_only_records_that_the_person_may_edit_are_laid_side_by_side(client):
    north, south = create_team("North"), create_team("South")
    mine, hidden = create_customer("Ada", team=north), create_customer("Ada", team=south)
    client.force_login(create_user(Role.SALES, team=north))
    assert client.get(f"/customers/merge/?ids={mine.pk},{hidden.pk}").status_code == 404
    assert client.get("/customers/merge/?ids=x,-1,99999999999999999999").status_code == 404
    chosen = client.get(f"/customers/merge/?ids={mine.pk}&other=%23{hidden.pk}")
    assert (chosen.status_code, "No customer is called" in chosen.content.decode()) == (422, True)
    AccessRule.objects.create(role=Role.SALES, sees="all", edits="own", masked=[])
    client.force_login(create_user(Role.SALES))
    assert client.get(f"/customers/merge/?ids={mine.pk},{hidden.pk}").status_code == 403


def test_another_record_is_chosen_by_name_or_from_the_likely_ones(client, manager, pair):
    ada, double = pair
    same = create_customer("ADA")
    page = client.get(f"/customers/merge/?ids={ada.pk}").content.decode()
    assert f"?ids={ada.pk},{same.pk}" in page
    answer = client.get(f"/customers/merge/?ids={ada.pk}&other=Ada+Example")
    assert answer.url == f"/customers/merge/?ids={ada.pk},{double.pk}"
    assert client.get(f"/customers/merge/?ids={ada.pk}&other=%23{ada.pk}").status_code == 422


def test_those_who_are_ticked_in_the_list_are_compared_unless_they_are_too_many(client, manager, pair):
    ada, double = pair
    page = client.get(f"/customers/merge/?customer={ada.pk}&customer={double.pk}").content.decode()
    assert fields_of(page)["ids"] == f"{ada.pk},{double.pk}"
    for _number in range(10):
        create_customer()
    answer = client.get("/customers/merge/?all=1", follow=True)
    assert "two to 10" in answer.content.decode()


def test_a_large_merge_is_a_job(client, manager, pair, monkeypatch):
    monkeypatch.setattr("customers.merging.jobs.MOST_AT_ONCE", 0)
    ada, double = pair
    address = f"/customers/merge/?ids={ada.pk},{double.pk}"
    sent = fields_of(client.get(address).content.decode())
    job = Job.objects.filter(kind="merge_customers")
    assert client.post(address, sent).url == f"/jobs/{job.get().pk}/"
    assert job.get().params["survivor"] == ada.pk


def test_the_address_of_a_record_merged_twice_leads_to_the_last(client, manager, pair):
    ada, double = pair
    third = create_customer("Ada the third")
    merge_customers(survivor_id=ada.pk, absorbed_ids=[double.pk], picks={}, by=manager)
    merge_customers(survivor_id=third.pk, absorbed_ids=[ada.pk], picks={}, by=manager)
    assert client.get(double.get_absolute_url()).url == third.get_absolute_url()
    client.force_login(create_user(Role.SALES))
    Customer.objects.filter(pk=third.pk).update(team=create_team("North"))
    assert client.get(double.get_absolute_url()).status_code == 404
