"""What the palette and the page /search/ find, and whose sight they keep to."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from customers import recent, searching
from customers.filters.saved import save_filter
from customers.models import Customer, EmailAddress
from protection.audit.models import AccessLog
from tests.factories import create_customer, create_order, create_product, create_team, create_user

pytestmark = pytest.mark.django_db


def found(client: Client, text: str = "", **headers: str) -> dict[str, list[str]]:
    """The addresses that each group of lines leads to."""
    page = client.get("/search/", {"q": text}, headers={"HX-Request": "true", **headers}).content.decode()
    groups = re.split(r'<div role="group" aria-labelledby="palette-(\w+)">', page)[1:]
    return {
        key: re.findall(r'(?:href|formaction)="([^"]*)"', lines)
        for key, lines in zip(groups[::2], groups[1::2], strict=True)
    }


def enter(role: str = "sales", **fields: Any) -> tuple[Client, Any]:
    user = create_user(role, **fields)
    client = Client()
    client.force_login(user)
    return client, user


def test_customers_are_found_by_part_of_a_name_in_any_script_and_within_sight():
    north, south = create_team(), create_team()
    client, _user = enter(team=north)
    mine = create_customer("Zoë Müller", team=north, owner=create_user(team=north))
    create_customer("Zoe Muller of the south", team=south, owner=create_user(team=south))
    chinese = create_customer("王小明")
    assert found(client, "mull")["customers"] == [mine.get_absolute_url()]
    assert found(client, "zo")["customers"] == [mine.get_absolute_url()]
    assert found(client, "王小")["customers"] == [chinese.get_absolute_url()]
    assert "customers" not in found(client, "z")


def test_a_hidden_address_is_found_whole_only_and_the_search_is_logged():
    client, user = enter("viewer")
    ada = create_customer("Ada", email="ada@secret.example")
    assert "customers" not in found(client, "ada@secret")
    assert found(client, "ada@secret.example")["customers"] == [ada.get_absolute_url()]
    assert AccessLog.objects.filter(actor=user, what=AccessLog.What.SEARCH_MASKED).count() == 2
    page = client.get("/search/", {"q": "ada@secret.example"}).content.decode()
    assert page.count("ada@secret.example") == 1  # in the field that it was typed into


def test_orders_are_found_by_the_beginning_of_their_number_in_every_system():
    north, south = create_team(), create_team()
    client, _user = enter(team=north)
    ada = create_customer("Ada", team=north)
    cleo = create_customer("Cleo", team=south, owner=create_user(team=south))
    hers = [create_order(ada, source=source, external_id="A-101") for source in ("shop", "till")]
    create_order(cleo, source="shop", external_id="A-102")
    create_order(ada, source="shop", external_id="B-A-101")
    assert found(client, "A-10")["orders"] == [order.get_absolute_url() for order in hers]


def test_products_are_found_by_the_beginning_of_their_name():
    client, _user = enter()
    tea = create_product("Tea, green")
    create_product("Green tea")
    assert found(client, "tea")["products"] == [tea.get_absolute_url()]


def test_views_of_the_list_are_found_by_a_part_of_their_name_by_those_who_may_use_them():
    client, user = enter()
    leads = {"field": "lifecycle", "op": "is", "value": "lead"}
    mine = save_filter(owner=user, name="My fresh leads", expression=leads)
    save_filter(owner=create_user(), name="Their leads", expression=leads)
    assert found(client, "leads")["views"] == [f"/customers/?view={mine.pk}"]


def test_pages_and_actions_are_those_that_one_may_open():
    seller, _user = enter()
    admin, _user = enter("admin")
    assert "/jobs/" in found(seller)["pages"]
    assert "/audit/" not in found(seller)["pages"]
    assert found(admin, "audit")["pages"] == ["/audit/"]
    assert "/analytics/recompute/" not in found(seller)["commands"]
    assert found(admin, "recomp") == {"commands": ["/analytics/recompute/"]}
    assert found(admin, "analyses all")["commands"] == ["/analytics/recompute/"]
    assert "commands" not in found(enter("viewer")[0], "new cust")


def test_labels_are_found_in_the_language_that_is_read():
    client, _user = enter(language="zh-hans")
    assert found(client, "客户")["pages"] == ["/customers/"]


def test_who_was_opened_last_comes_first_as_long_as_they_may_be_seen():
    client, user = enter(team=create_team())
    several = [create_customer(f"Customer {number}") for number in range(recent.KEPT + 2)]
    for customer in several:
        client.get(customer.get_absolute_url())
    client.get(several[5].get_absolute_url())
    latest = [several[5], *(each for each in reversed(several) if each != several[5])][: recent.KEPT]
    assert found(client)["recent"] == [each.get_absolute_url() for each in latest]

    Customer.objects.filter(pk=latest[0].pk).update(team=create_team(), owner=create_user())
    assert recent.forget(latest[1].pk) == 1
    assert found(client)["recent"] == [each.get_absolute_url() for each in latest[2:]]
    assert recent.recent_ids(user.pk) == [each.pk for each in latest if each != latest[1]]


def test_without_scripts_the_page_leads_to_the_same_places_and_does_the_same():
    client, _user = enter("admin")
    ada = create_customer("Ada")
    page = client.get("/search/", {"q": "ada"}).content.decode()
    assert f'<a href="{ada.get_absolute_url()}"><bdi>Ada</bdi></a>' in page
    page = client.get("/search/", {"q": "dark"}).content.decode()
    assert re.search(r'<form method="post" action="/accounts/theme/">.*name="theme" value="dark"', page, re.S)
    assert "Nothing found" in client.get("/search/", {"q": "qqqq"}).content.decode()


def test_as_many_queries_for_thirty_hits_as_for_three(django_assert_max_num_queries):
    client, _user = enter()
    for number in range(30):
        customer = create_customer(f"Anna {number}")
        create_order(customer, external_id=f"Anna{number}")
        EmailAddress.objects.create(customer=customer, email=f"anna{number}@example.org")
    with django_assert_max_num_queries(12):
        assert len(found(client, "anna")["customers"]) == 8


def test_names_and_numbers_are_read_by_an_index():
    """With sequential scans forbidden: a plan that has one all the same has no index to use."""
    names = Customer.objects.live().filter(searching.begins("zo")).order_by("sort_name", "pk")[:8]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = off")
        plan = names.explain()
    assert re.search(r"Index Cond: .*sort_name\)?::text >= 'zo'", plan), plan
