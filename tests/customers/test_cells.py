"""Cells of the list edited in their place."""

from __future__ import annotations

import json
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import AccessRule, Confidential
from customers.models import Address, Customer, EmailAddress
from tests.factories import create_customer, create_team, create_user

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def seller(client):
    user = create_user("sales", name="Li Na", team=create_team("North"))
    client.force_login(user)
    return user


@pytest.fixture
def ada(seller) -> Customer:
    return create_customer("Ada", owner=seller, team=seller.team, source="shop")


def url(customer: Customer, key: str = "source") -> str:
    return f"/customers/{customer.pk}/cells/{key}/"


def opened(client, customer: Customer, key: str = "source") -> str:
    form = client.get(url(customer, key), headers=HTMX).content.decode()
    found = re.search(r'name="opened" value="([^"]*)"', form)
    assert found, form
    return found[1]


def save(client, customer: Customer, opened_on: str, key: str = "source", **values: str):
    return client.post(url(customer, key), {"opened": opened_on, **values}, headers=HTMX)


def test_a_cell_leads_to_its_field_without_scripts_and_to_nothing_for_who_may_not_edit(client, ada):
    create_customer("Nobody's", source="web")
    page = client.get("/customers/?columns=name,source").content.decode()
    assert f'href="/customers/{ada.pk}/fields/source/" data-cell="source"' in page
    assert client.get(url(ada)).url == f"/customers/{ada.pk}/fields/source/"
    AccessRule.objects.create(role="sales", sees="team", edits="none")
    assert "data-cell" not in client.get("/customers/?columns=name,source").content.decode()
    assert client.get(url(ada), headers=HTMX).status_code == save(client, ada, "1", source="x").status_code == 403


def test_it_saves_one_field_and_its_message_takes_it_back(client, ada):
    response = save(client, ada, opened(client, ada), source="fair")
    ada.refresh_from_db()
    assert (ada.source, ada.version) == ("fair", 2)
    assert response.content.decode().startswith(f'<td id="cell-{ada.pk}-source"')
    assert "fair" in response.content.decode()
    toast = response.headers["HX-Trigger"]
    [message] = json.loads(toast)["toasts"]["messages"]
    assert message["text"] == "Saved: Source of Ada."
    fields = message["undo"]
    client.post(fields["url"], fields["fields"], headers=HTMX)
    ada.refresh_from_db()
    assert ada.source == "shop"


def test_what_is_wrong_is_said_in_the_cell_and_nothing_is_saved(client, ada):
    response = save(client, ada, opened(client, ada), source="x" * 61)
    assert response.status_code == 422
    assert "at most 60 characters" in response.content.decode()
    assert save(client, ada, opened(client, ada, "since"), "since", customer_since="soon").status_code == 422
    ada.refresh_from_db()
    assert ada.version == 1


def test_of_two_who_edit_one_cell_the_second_sees_both_values_and_other_fields_do_not_collide(client, ada):
    mine, other = opened(client, ada), opened(client, ada, "lifecycle")
    Customer.objects.filter(pk=ada.pk).update(source="theirs", version=2)
    assert save(client, ada, other, "lifecycle", lifecycle="former").status_code == 200
    response = save(client, ada, mine, source="mine")
    page = response.content.decode()
    assert response.status_code == 409
    assert "theirs" in page
    assert 'value="mine"' in page
    assert page.count("<dialog") == 1
    unscripted = client.post(url(ada), {"opened": mine, "source": "mine"})
    assert unscripted.status_code == 409
    assert "<dialog" in (plain := unscripted.content.decode())
    assert 'value="mine"' in plain
    again = re.search(r'name="opened" value="([^"]*)"', page)
    assert again
    assert save(client, ada, again[1], source="mine").status_code == 200
    ada.refresh_from_db()
    assert (ada.source, ada.lifecycle) == ("mine", "former")


def undo(client, response):
    fields = json.loads(response.headers["HX-Trigger"])["toasts"]["messages"][-1]["undo"]
    return client.post(fields["url"], fields["fields"], headers=HTMX)


def test_the_email_phone_and_city_of_the_list_are_edited_too_and_the_others_of_the_customer_stay(client, ada):
    primary = EmailAddress.objects.create(customer=ada, email="ada@example.org", is_primary=True)
    EmailAddress.objects.create(customer=ada, email="old@example.org")
    Address.objects.create(customer=ada, street="Long Street 1", city="Rome", country="IT", is_primary=True)

    def kept() -> list[tuple[str, bool]]:
        return sorted(ada.emails.values_list("email", "is_primary"))

    before = kept()
    row = {"row": f"emails.{primary.pk}", "is_primary": "True"}
    response = save(client, ada, opened(client, ada, "email"), "email", email="lovelace@example.org", **row)
    assert "lovelace@example.org" in response.content.decode()
    undo(client, response)
    assert kept() == before
    assert save(client, ada, opened(client, ada, "email"), "email", email="old@", **row).status_code == 422
    undo(client, save(client, ada, opened(client, ada, "email"), "email", email=" ", **row))
    assert kept() == before

    added = save(client, ada, opened(client, ada, "phone"), "phone", number="+49 30 1234567", kind="mobile")
    assert ada.phones.get().number == "+49 30 1234567"
    assert "–" in undo(client, added).content.decode()
    assert not ada.phones.exists()

    form = client.get(url(ada, "city"), headers=HTMX).content.decode()
    assert '<input type="hidden" name="street" value="Long Street 1"' in form
    values = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form))
    save(client, ada, values.pop("opened"), "city", **(values | {"city": "Milan"}))
    assert ada.addresses.values_list("street", "city", "country", "is_primary").get() == (
        "Long Street 1",
        "Milan",
        "IT",
        True,
    )
    AccessRule.objects.create(role="sales", sees="team", edits="team", masked=[Confidential.ADDRESS])
    assert 'data-cell="city"' not in client.get("/customers/?columns=name,city").content.decode()
    assert client.get(url(ada, "city"), headers=HTMX).status_code == 404


def test_masked_and_unknown_cells_are_not_edited_and_strangers_find_nothing(client, ada):
    AccessRule.objects.create(role="sales", sees="team", edits="team", masked=[Confidential.BIRTH_DATE])
    assert client.get(url(ada, "birth_date"), headers=HTMX).status_code == 403
    assert client.get(url(ada, "score"), headers=HTMX).status_code == 404
    assert client.get(url(ada, "no such"), headers=HTMX).status_code == 404
    strange = create_customer("Strange", owner=create_user(), team=create_team("South"))
    assert client.get(url(strange), headers=HTMX).status_code == 404


def test_whoever_gives_a_customer_away_loads_the_list_anew(client, seller, ada):
    AccessRule.objects.create(role="sales", sees="own", edits="own")
    colleague = create_user("sales", team=seller.team)
    response = save(client, ada, opened(client, ada, "owner"), "owner", owner=str(colleague.pk))
    assert response.headers["HX-Refresh"] == "true"


@pytest.mark.parametrize(
    ("key", "values"),
    [("source", {"source": "fair"}), ("owner", {"owner": ""}), ("since", {"customer_since": "2026-01-31"})],
)
def test_saving_asks_eight_times_at_most(client, ada, key, values):
    opened_on = opened(client, ada, key)
    with CaptureQueriesContext(connection) as captured:
        assert save(client, ada, opened_on, key, **values).status_code == 200
    # The last sets the transaction's actor back, which here goes on and otherwise ends.
    ends = ("SAVEPOINT", "RELEASE", "SELECT set_config('crm.actor', ''")
    asked = [query["sql"] for query in captured if not query["sql"].startswith(ends)]
    assert len(asked) <= 8, "\n".join(asked)
