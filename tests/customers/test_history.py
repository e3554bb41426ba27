"""The history of a customer: what was changed, by whom, as each reader may see it."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import AccessRule
from core.models import OrganisationSettings
from customers.custom_fields import clean
from customers.models import Customer, CustomField, EmailAddress, PhoneNumber, Tag
from protection.audit import acting
from tests.customers.custom import create_field
from tests.factories import create_customer, create_order, create_task, create_team, create_user

pytestmark = pytest.mark.django_db


def history(client, customer, **query):
    return client.get(reverse("customers:history", args=[customer.pk]), query)


def login_of(role):
    client = Client()
    client.force_login(create_user(role))
    return client


def text_of(response):
    return " ".join(response.content.decode().split())


def test_it_says_who_changed_what_from_what_to_what(client):
    anna = create_user("admin", name="Anna Admin")
    client.force_login(anna)
    with acting(user=anna, origin="web"):
        ada = create_customer("Ada", lifecycle="lead", birth_date=dt.date(1990, 5, 17))
        Customer.objects.filter(pk=ada.pk).update(lifecycle="prospect", owner=anna, annual_income="1234.5")
    page = text_of(history(client, ada))
    assert "Anna Admin" in page
    assert "Web page" in page
    assert "<del><bdi>Lead</bdi></del>" in page
    assert "<ins><bdi>Prospect</bdi></ins>" in page
    assert "<ins><bdi>17 May 1990</bdi></ins>" in page
    assert "<ins><bdi>€1,234.50</bdi></ins>" in page
    assert "<bdi>Owner</bdi></a></dt><dd><ins><bdi>Anna Admin</bdi></ins>" in page
    assert f'href="/customers/{ada.pk}/history/?field=owner"' in page, "where it is restored"
    assert "?field=" not in text_of(history(login_of("viewer"), ada))


def test_only_the_customer_s_own_fields_lead_to_where_they_are_restored(client):
    admin = create_user("admin")
    client.force_login(admin)
    ada = create_customer("Ada", pk=10**6)
    assert history(client, ada).content.count(b"?field=owner") == 0
    create_task(ada, pk=ada.pk, owner=admin)
    page = text_of(history(client, ada))
    assert "<dt><bdi>Owner</bdi></dt>" in page, "the task's, whose number is the customer's"
    assert "?field=owner" not in page


def test_it_speaks_the_reader_s_language(client):
    client.force_login(create_user("admin", language="zh-hans"))
    ada = create_customer("Ada", birth_date=dt.date(1990, 5, 17))
    assert "1990年5月17日" in text_of(history(client, ada))


def test_what_one_transaction_did_is_one_entry(client):
    client.force_login(create_user("admin"))
    ada = create_customer("Ada", email="ada@example.org")
    ada.tags.add(Tag.objects.create(name="vip"))
    create_order(ada)
    response = history(client, ada)
    [deed] = response.context["history"].deeds
    assert [line.table for line in deed.lines] == ["Order", "Tags", "E-mail address", "Customer"]
    assert "€100.00" in text_of(response)
    assert "vip" in text_of(response)


def test_masked_kinds_are_dots_and_encrypted_ones_are_for_everybody(client):
    ada = create_customer(
        "Ada",
        email="secret@example.org",
        birth_date=dt.date(1990, 5, 17),
        annual_income="98765.25",
        tax_number="DE811907980",
    )
    EmailAddress.objects.update(email="other@example.org")
    Customer.objects.update(birth_date=dt.date(1991, 6, 18), tax_number="DE811907999")
    secrets = ["secret@example.org", "other@example.org", "May 1990", "Jun 1991", "98,765.25", "98765.25"]

    client.force_login(create_user("viewer"))
    page = text_of(history(client, ada))
    assert [secret for secret in secrets if secret in page] == []
    assert "•••@•••" in page

    client.force_login(create_user("admin"))
    page = text_of(history(client, ada))
    assert [secret for secret in secrets if secret not in page] == ["98765.25"]
    assert "811907" not in page
    assert "••••••" in page


def test_custom_fields_stand_under_their_names_and_obey_masking(client):
    CustomField.objects.create(key="shoe", label="Shoe size", kind="number")
    CustomField.objects.create(key="home", label="Holiday home", kind="text", confidential="address")
    ada = create_customer("Ada", custom={"shoe": "38", "home": "Hilltop 7"})
    Customer.objects.update(custom={"shoe": "39", "home": "Hilltop 8", "gone": "of a field that is gone"})

    client.force_login(create_user("viewer"))
    page = text_of(history(client, ada))
    assert "Shoe size" in page
    assert "<del><bdi>38</bdi></del>" in page
    assert "Holiday home" in page
    assert "Hilltop" not in page
    assert "of a field" not in page


def test_a_customer_whom_the_reader_may_not_see_has_no_name_in_it(client):
    AccessRule.objects.create(role="sales", sees="own", edits="own")
    reader = create_user("sales")
    client.force_login(reader)
    stranger = create_customer("Hidden Harry", owner=create_user())
    ada = create_customer("Ada", owner=reader, referred_by=stranger)
    page = text_of(history(client, ada))
    assert "another customer" in page
    assert "Harry" not in page
    assert history(client, stranger).status_code == 404


def test_it_is_read_page_by_page(client):
    client.force_login(create_user("admin"))
    ada = create_customer("Ada")
    for number in range(60):
        Customer.objects.update(source=f"source {number}")
    first = history(client, ada)
    assert "source 59" in text_of(first)
    assert "source 5<" not in text_of(first)
    rest = history(client, ada, cursor=first.context["history"].page.next_cursor)
    assert "source 5<" in text_of(rest)
    assert not rest.context["history"].page.next_cursor


def test_the_number_of_queries_does_not_grow(client):
    OrganisationSettings().save()
    client.force_login(create_user("admin"))
    few, many = create_customer("Few"), create_customer("Many")
    for customer, count in ((few, 3), (many, 30)):
        for number in range(count):
            Customer.objects.filter(pk=customer.pk).update(
                team=create_team(), custom={"n": number}, referred_by=create_customer()
            )
            create_order(customer)
    history(client, few)
    with CaptureQueriesContext(connection) as of_few:
        history(client, few)
    with CaptureQueriesContext(connection) as of_many:
        history(client, many)
    assert len(of_many) == len(of_few)


def test_what_was_erased_from_an_account_or_a_table_is_still_readable(client):
    client.force_login(create_user("admin"))
    gone = create_user("sales")
    with acting(user=gone, origin="web"):
        ada = create_customer("Ada")
    gone.delete()
    assert "somebody whose account is gone" in text_of(history(client, ada))


# --- one field --------------------------------------------------------------------------------------------------------


@pytest.fixture
def manager(client):
    user = create_user("manager")
    client.force_login(user)
    return user


def buttons(client, customer, field):
    page = client.get(f"/customers/{customer.pk}/history/?field={field}").content.decode()
    return page, re.findall(r'name="restore" value="(\d+)"', page), re.findall(r'name="opened" value="([^"]+)"', page)


def test_an_older_value_of_each_kind_of_field_is_put_back(client, manager):
    lab = create_customer("Lab", kind="organisation")
    create_field("size", "number")
    ada = create_customer("Ada", birth_date="1990-05-17", organisation=lab, custom={"size": "3"}, owner=manager)
    changed = {"name": "<b>Bea", "birth_date": "", "organisation": "", "custom_size": "4", "owner": ""}
    before = Customer.objects.get(pk=ada.pk)
    for name, value in changed.items():
        client.post(f"/customers/{ada.pk}/fields/{name}/", {name: value, "opened": opened(client, ada, name)})
    for name in changed:
        page, restore, tokens = buttons(client, ada, name)
        assert len(restore) == 1
        assert manager.name in page
        assert "<b>Bea" not in page
        client.post(f"/customers/{ada.pk}/fields/{name}/", {"restore": restore[0], "opened": tokens[0]})
    after = Customer.objects.get(pk=ada.pk)
    for name in ("name", "birth_date", "organisation_id", "custom", "owner_id"):
        assert getattr(after, name) == getattr(before, name)


def test_a_row_is_put_back_as_it_was_and_so_is_one_that_was_taken_away(client, manager):
    ada = create_customer("Ada")
    phone = PhoneNumber.objects.create(customer=ada, number="+49 30 1234567", is_primary=True)
    url, row = f"/customers/{ada.pk}/fields/", f"phones.{phone.pk}"
    sent = {"kind": "work", "number": "+49 30 7654321", "is_primary": "on"}
    client.post(f"{url}{row}/", {**sent, "opened": opened(client, ada, row)})
    assert f"field={row}" in client.get(f"/customers/{ada.pk}/history/").content.decode()
    for gone in (dt.datetime(2026, 1, 1, tzinfo=dt.UTC), None):  # with their customer
        PhoneNumber.objects.filter(pk=phone.pk).update(deleted_at=gone)
    page, [changed], [token, *_] = buttons(client, ada, row)
    client.post(f"{url}{row}/", {"restore": changed, "opened": token})
    phone.refresh_from_db()
    assert (phone.number, phone.kind, phone.is_primary) == ("+49 30 1234567", "mobile", True)

    client.post(f"{url}{row}/", {"take_away": "yes", "opened": opened(client, ada, row)})
    assert not ada.phones.exists()
    page, [removed, *_], [token, *_] = buttons(client, ada, row)
    assert f'action="{url}phones.new/"' in page
    client.post(f"{url}phones.new/", {"restore": removed, "opened": token})
    assert [(each.number, each.kind, each.is_primary) for each in ada.phones.all()] == [
        ("+49 30 1234567", "mobile", True)
    ]


def test_a_tag_is_put_back_and_taken_away_again(client, manager):
    ada = create_customer("Ada")
    for tags in ("fair, vip", "vip"):
        client.post(f"/customers/{ada.pk}/fields/tags/", {"tags": tags, "opened": opened(client, ada, "tags")})
    _page, [removed, *added], [token, *_] = buttons(client, ada, "tags")
    client.post(f"/customers/{ada.pk}/fields/tags/", {"restore": removed, "opened": token})
    assert {tag.name for tag in ada.tags.all()} == {"fair", "vip"}
    client.post(f"/customers/{ada.pk}/fields/tags/", {"restore": added[0], "opened": opened(client, ada, "tags")})
    assert ada.tags.count() == 1


def opened(client, customer, name):
    return re.findall(
        r'name="opened" value="([^"]+)"', client.get(f"/customers/{customer.pk}/fields/{name}/").content.decode()
    )[0]


def test_a_hidden_field_has_dots_for_a_history_and_no_way_back(client, manager):
    create_field("sealed", confidential="sensitive")
    ada = create_customer("Ada", birth_date="1990-05-17", tax_number="T-1", custom=clean("customer", {"sealed": "A-1"}))
    Customer.objects.filter(pk=ada.pk).update(
        birth_date="1991-06-18", tax_number="T-2", custom=clean("customer", {"sealed": "A-2"})
    )
    AccessRule.objects.update_or_create(
        role="manager", defaults={"sees": "all", "edits": "all", "masked": ["birth_date"]}
    )
    for field in ("birth_date", "tax_number", "custom_sealed"):
        page, restore, _tokens = buttons(client, ada, field)
        assert restore == []
        assert "••" in page
        shown = page.split("<main")[1]
        assert not {"1990-05-17", "1991-06-18", "T-1", "T-2", "A-1", "A-2"} & set(re.findall(r"[\w-]+", shown))
        assert "May 1990" not in shown
        assert "Jun 1991" not in shown


def test_the_history_of_what_is_no_field_and_of_another_customers_change_are_not_there(client, manager):
    ada, bea = create_customer("Ada", source="a"), create_customer("Bea", source="b")
    Customer.objects.filter(pk=bea.pk).update(source="c")
    _page, [of_bea], _tokens = buttons(client, bea, "source")
    assert client.get(f"/customers/{ada.pk}/history/?field=version").status_code == 404
    assert client.get(f"/customers/{ada.pk}/history/?field=emails.x").status_code == 404
    answer = client.post(
        f"/customers/{ada.pk}/fields/source/", {"restore": of_bea, "opened": opened(client, ada, "source")}
    )
    assert answer.status_code == 404
