"""The customer list with `?filter=…`."""

from __future__ import annotations

import datetime as dt
import json
from contextlib import suppress
from urllib.parse import urlencode

import pytest
from django.core.exceptions import EmptyResultSet
from django.utils import timezone

from accounts.visibility import EVERYTHING
from customers.filters import registry
from customers.listing import CustomerListing
from customers.listing.columns import columns
from customers.models import Address
from protection.audit.models import AccessLog
from tests.customers.filters.samples import leaves_of
from tests.factories import create_customer, create_order, create_user

pytestmark = pytest.mark.django_db


def get(client, filter: object, **others: str):
    text = filter if isinstance(filter, str) else json.dumps(filter)
    return client.get("/customers/?" + urlencode({"filter": text, **others}))


def names(response) -> list[str]:
    return [customer.name for customer in response.context["listing"].page.rows]


@pytest.fixture
def sales(client):
    user = create_user("sales")
    client.force_login(user)
    return user


LEADS = {"field": "lifecycle", "op": "is", "value": "lead"}


def test_it_narrows_the_list_and_says_so_in_words(client, sales):
    create_customer("Ada", lifecycle="lead")
    create_customer("Bob", lifecycle="former")
    response = get(client, LEADS, sort="-name")
    assert names(response) == ["Ada"]
    assert "Stage is Lead" in response.content.decode()
    assert "filter=" in response.context["listing"].headings[0][1], "sorting keeps the filter"


@pytest.mark.parametrize("wrong", ["{", "[]", '{"field": "nonsense", "op": "is", "value": 1}', '{"and": "\\u0000"}'])
def test_a_filter_that_cannot_be_used_is_said_and_matches_nobody(client, sales, wrong):
    create_customer("Ada")
    response = get(client, wrong)
    assert response.status_code == 200
    assert names(response) == []
    assert "This filter cannot be used" in response.content.decode()


def test_nobody_finds_whom_they_do_not_see(client, sales):
    create_customer("Mine", lifecycle="lead", owner=sales)
    create_customer("Not mine", lifecycle="lead", owner=create_user("sales"))
    assert names(get(client, LEADS)) == ["Mine"]


def test_what_is_masked_is_found_by_its_whole_value_and_that_is_logged(client):
    client.force_login(create_user("viewer"))
    create_customer("Ada", email="ada@example.org")
    asked = {"field": "email", "op": "is", "value": "ADA@example.org"}
    response = get(client, asked)
    assert names(response) == ["Ada"]
    assert "ada@example.org" not in response.content.decode().replace("ADA@example.org", "").lower().replace(
        "ada%40example.org", ""
    )
    assert [entry.detail for entry in AccessLog.objects.filter(what="search_masked")] == [{"fields": ["email"]}]


def test_what_is_masked_is_not_found_by_a_part_or_a_range(client):
    client.force_login(create_user("viewer"))
    create_customer("Ada", email="ada@example.org", birth_date="1990-01-01")
    for part in (
        {"field": "email", "op": "starts_with", "value": "ada"},
        {"field": "birth_date", "op": ">", "value": "1980-01-01"},
        {"field": "age", "op": "is_empty"},
    ):
        response = get(client, part)
        assert names(response) == []
        assert "is hidden from you" in response.content.decode()


def test_every_score_is_asked_where_the_list_has_joined_it():
    """Under each order that an analysis gives, each comparison of its own fields; the list reads its table once."""
    asked = 0
    for column in (each for each in columns(EVERYTHING) if each.joined):
        for field in (each for each in registry.fields() if getattr(each.source, "joined_as", "") == column.joined):
            for leaf in leaves_of(field, ("is", ">", "between")):
                query = {"sort": column.key, "filter": json.dumps(leaf)}
                (part,) = CustomerListing(query, sight=EVERYTHING)._parts()
                with suppress(EmptyResultSet):  # such a number is none of theirs
                    assert str(part.rows.query).count("JOIN") == 1, (column.key, leaf)
                    asked += 1
    assert asked > 20


BOUGHT = {"bought": {"category": 1, "since": {"days_ago": 30}}}
LIVES = {"field": "city", "op": "is", "value": "Berlin"}
SILENT = {"no_contact_for": {"days": 90}}


def test_a_filter_by_the_very_values_of_the_order_is_left_to_its_index():
    """Of others the first customers are asked one by one, and then sets of them."""
    for asked, sort, is_left in (
        (BOUGHT, "name", False),
        ({"and": [LIVES, SILENT]}, "name", False),
        ({"field": "rfm.monetary", "op": ">", "value": 5}, "monetary", True),
        ({"field": "rfm.monetary", "op": ">", "value": 5}, "name", False),
    ):
        (part,) = CustomerListing({"filter": json.dumps(asked), "sort": sort}, sight=EVERYTHING)._parts()
        assert (part.among is None) is is_left


def test_whom_a_kept_day_leaves_is_walked_for_in_the_order_alone():
    """Without the customers, whatever table the order comes from."""
    silent = {"filter": json.dumps({"and": [{"not": {"bought": {"since": {"days_ago": 30}}}}, LIVES]})}
    tables = set()
    for column in (each for each in columns(EVERYTHING) if each.joined):
        (part,) = CustomerListing({**silent, "sort": column.key}, sight=EVERYTHING)._parts()
        way = str(part.own.filter(**{f"{column.sort}__isnull": False}).values_list(column.sort_beside).query)
        assert "JOIN" not in way
        assert "customers_customer" not in way
        tables.add(part.own.model)
    assert len(tables) > 3
    (part,) = CustomerListing({"filter": json.dumps({"or": [SILENT, LIVES]})}, sight=EVERYTHING)._parts()
    assert part.own is None


def test_whom_a_kept_day_leaves_stand_in_the_order_of_the_list(client, sales, monkeypatch):
    """Of all, and of those whom somebody sees."""
    monkeypatch.setattr("core.walking.NEAR_IF_QUICK", 1)
    today = timezone.localdate()
    for name, days_ago in (("Dan", 2), ("Cid", 900), ("Bob", 40), ("Ada", None), ("Eve", 500)):
        customer = create_customer(name, owner=sales if name in {"Cid", "Dan", "Ada"} else create_user())
        if days_ago:
            create_order(customer, on=today - dt.timedelta(days=days_ago))
    bought = {"bought": {"since": {"days_ago": 365}}}
    assert names(get(client, {"not": bought})) == ["Ada", "Cid"]
    assert names(get(client, bought)) == ["Dan"]
    client.force_login(create_user("manager"))
    for asked in ({"not": bought}, {"no_contact_for": {"days": 365}}):
        assert names(get(client, asked)) == ["Ada", "Cid", "Eve"]
        assert names(get(client, asked, sort="-name")) == ["Eve", "Cid", "Ada"]
        assert names(get(client, {"not": asked})) == ["Bob", "Dan"]


def test_who_stands_behind_the_first_thousands_is_found_too(client, sales, monkeypatch):
    """By name, where all who match are looked for, and by another order, where the database judges."""
    monkeypatch.setattr("core.walking.NEAR", 2)
    for name, city in (("Ada", "Bonn"), ("Bob", "Bonn"), ("Cid", "Berlin"), ("Dan", "Berlin"), ("Eve", "Köln")):
        Address.objects.create(customer=create_customer(name), city=city)
    assert names(get(client, LIVES)) == ["Cid", "Dan"]
    assert sorted(names(get(client, LIVES, sort="-since"))) == ["Cid", "Dan"]
    assert sorted(names(get(client, LIVES, sort="-score"))) == ["Cid", "Dan"]
