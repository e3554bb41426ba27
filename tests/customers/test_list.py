from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Role
from customers.models import PhoneNumber, Tag
from tests.factories import create_customer, create_order, create_product, create_refund, create_user

pytestmark = pytest.mark.django_db
URL = "/customers/"


@pytest.fixture
def sales(client):
    user = create_user("sales", name="Li Na")
    client.force_login(user)
    return user


def names(response) -> list[str]:
    return [customer.name for customer in response.context["listing"].page.rows]


def test_it_sends_a_stranger_to_the_login(client):
    assert client.get(URL).url == f"{reverse('accounts:login')}?next={URL}"


def test_it_shows_the_living_only(client, sales):
    create_customer("Kept")
    create_customer("Archived", archived_at="2026-01-01T00:00Z")
    create_customer("Deleted", deleted_at="2026-01-01T00:00Z")
    assert names(client.get(URL)) == ["Kept"]


def test_it_sorts_by_name_without_case_and_accents(client, sales):
    for name in ("zoe", "Émile", "eva", "Ämilie"):
        create_customer(name)
    assert names(client.get(URL)) == ["Ämilie", "Émile", "eva", "zoe"]
    assert names(client.get(URL + "?sort=-name")) == ["zoe", "eva", "Émile", "Ämilie"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("dvorak", ["Marek Dvořák"]),
        ("DVOŘ mar", ["Marek Dvořák"]),
        ("小明", ["王小明"]),
        ("иван", ["Иван Петров"]),
        ("wang@", ["王小明"]),
        ("WANG@hua", ["王小明"]),
        ("030 1234", ["Marek Dvořák"]),
        ("%", []),
        ("_", []),
        ("nobody", []),
        ("\x00", ["Marek Dvořák", "Иван Петров", "王小明"]),
    ],
)
def test_it_finds_by_name_email_and_phone(client, sales, text, found):
    marek = create_customer("Marek Dvořák")
    PhoneNumber.objects.create(customer=marek, number="(030) 12-34 56")
    create_customer("王小明", email="wang@huaxin.example")
    create_customer("Иван Петров")
    assert names(client.get(URL, {"q": text})) == found


def test_it_filters_by_owner_stage_and_tag_at_once(client, sales):
    wanted = create_customer("Wanted", owner=sales, lifecycle="customer")
    wanted.tags.add(Tag.objects.create(name="lab"))
    create_customer("Other stage", owner=sales, lifecycle="lead").tags.add(*Tag.objects.all())
    create_customer("Nobody's", lifecycle="customer")
    assert names(client.get(URL, {"owner": sales.pk, "stage": "customer", "tag": "lab"})) == ["Wanted"]
    assert names(client.get(URL, {"owner": "none"})) == ["Nobody's"]


@pytest.mark.parametrize(
    "query", ["sort=bogus", "sort=--name", "owner=x", "stage=%00", "cursor=abc", "tag=", "q=%F0%9F%98%80"]
)
def test_it_survives_any_query(client, sales, query):
    create_customer()
    assert client.get(f"{URL}?{query}").status_code == 200


def test_it_sorts_by_owner_and_stage_and_by_name_within(client):
    sales, other = create_user("sales", name="Li Na"), create_user("sales", name="bo")
    client.force_login(create_user("manager"))
    for name, owner, stage in (
        ("D", sales, "lead"),
        ("B", other, "former"),
        ("C", None, "lead"),
        ("A", sales, "customer"),
    ):
        create_customer(name, owner=owner, lifecycle=stage)
    assert names(client.get(URL + "?sort=owner")) == ["B", "A", "D", "C"]
    assert names(client.get(URL + "?sort=-owner")) == ["C", "D", "A", "B"]
    assert names(client.get(URL + "?sort=lifecycle")) == ["C", "D", "A", "B"]


def test_a_filtered_list_is_counted_apart(client, sales, monkeypatch):
    monkeypatch.setattr("customers.listing.listing.PAGE_SIZE", 2)
    monkeypatch.setattr("core.paging.COUNTED_EXACTLY", 3)
    for name in ("Ada", "Adam", "Adele", "Adrian", "Bob"):
        create_customer(name)
    assert "2 of more than 3 customers" in client.get(URL).content.decode(), "all of them are counted at once"
    page = client.get(URL, {"q": "ad"})
    assert page.context["listing"].count is None
    assert 'count=roughly" hx-trigger="load' in page.content.decode()
    answer = client.get(URL, {"q": "ad", "count": "roughly"}, headers={"HX-Request": "true", "HX-Target": "count"})
    assert "More than 3 customers" in answer.content.decode()
    assert "Adele" not in answer.content.decode()
    assert "4 customers" in client.get(URL, {"q": "ad", "count": "exactly"}).content.decode()


@pytest.mark.parametrize(("most", "told"), [(1, "More than 1 customer"), (2, "2 customers"), (3, "2 customers")])
def test_buyers_of_a_product_are_counted_by_its_lines_without_those_in_no_list(client, monkeypatch, most, told):
    client.force_login(create_user(Role.MANAGER))
    for module in ("core.paging", "customers.listing.listing"):
        monkeypatch.setattr(f"{module}.COUNTED_EXACTLY", most)
    lamp = create_product("Lamp")
    buyers: list[dict[str, Any]] = [{}, {}, *({name: "2026-01-01T00:00Z"} for name in ("deleted_at", "archived_at"))]
    for fields in buyers:
        create_order(create_customer(**fields), products=[lamp])
    refunded = create_order(create_customer("Refunded"), products=[lamp])
    create_refund(order=refunded, on=refunded.ordered_date)
    create_order(create_customer("Other"), products=[create_product()])
    asked = {"filter": json.dumps({"bought": {"product": lamp.pk}}), "count": "roughly"}
    assert told in client.get(URL, asked, headers={"HX-Request": "true", "HX-Target": "count"}).content.decode()


def test_a_fragment_request_gets_the_results_alone(client, sales):
    create_customer("Ada")
    page = client.get(URL, headers={"HX-Request": "true"}).content.decode()
    assert "Ada" in page
    assert "<html" not in page


def test_it_pages_with_links_that_keep_filters_and_sorting(client, sales, monkeypatch):
    monkeypatch.setattr("customers.listing.listing.PAGE_SIZE", 2)
    for name in ("A", "B", "C"):
        create_customer(name, owner=sales)
    first = client.get(URL, {"owner": sales.pk, "sort": "-name"})
    cursor = first.context["listing"].page.next_cursor
    second = client.get(URL, {"owner": sales.pk, "sort": "-name", "cursor": cursor})
    assert [names(first), names(second)] == [["C", "B"], ["A"]]
    assert f"owner={sales.pk}" in first.content.decode()


def test_it_makes_as_many_queries_for_thirty_rows_as_for_three(client, sales):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get(URL)
        return len(captured)

    for _ in range(3):
        create_customer(owner=create_user(), email="a@example.org")
    few = queries()
    for _ in range(27):
        create_customer(owner=create_user(), email="a@example.org")
    assert queries() == few
    assert few <= 12


def test_an_empty_database_says_what_to_do(client, sales):
    assert "No customers yet" in client.get(URL).content.decode()
    create_customer("Ada")
    assert "No customer matches" in client.get(URL, {"q": "nobody"}).content.decode()


def test_hostile_names_are_only_text(client, sales):
    create_customer("<script>alert(1)</script>")
    create_customer("\u202eevil")
    page = client.get(URL).content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "<bdi>\u202eevil</bdi>" in page
