"""The list in groups, and its columns: chosen, ordered, resized."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Role
from customers.listing import columns, groups
from customers.models import Address, PhoneNumber, Tag
from tests.customers.custom import create_field
from tests.factories import create_customer, create_order, create_team, create_user
from tests.reports.runs import publish_scores

pytestmark = pytest.mark.django_db
URL = "/customers/"


@pytest.fixture
def manager(client):
    user = create_user(Role.MANAGER, name="Mia")
    client.force_login(user)
    return user


def grouped(client, by: str, **query: str) -> dict[str, tuple[int, list[str]]]:
    page = client.get(URL, {"by": by, **query})
    assert page.status_code == 200
    found = page.context["listing"].grouping.groups
    return {str(group.label): (group.count, [row.name for row in group.rows]) for group in found}


def test_customers_stand_in_groups_with_counts_and_first_rows(client, manager, monkeypatch):
    monkeypatch.setattr(groups, "ROWS_A_GROUP", 2)
    north, vip = create_team("North"), Tag.objects.create(name="VIP")
    ada, bob, cleo = (create_customer(name, lifecycle="lead") for name in ("Ada", "Bob", "Cleo"))
    dora = create_customer("Dora", lifecycle="former", owner=manager, team=north)
    ada.tags.add(vip)
    Address.objects.create(customer=bob, country="DE")
    Address.objects.create(customer=cleo, country="FR", deleted_at="2026-01-01T00:00Z")
    publish_scores([(ada.pk, 3, 9, 90_000, 5, 5, "champions"), (bob.pk, 3, 9, 90_000, 5, 5, "lost")])
    assert grouped(client, "stage") == {"Lead": (3, ["Ada", "Bob"]), "Former customer": (1, ["Dora"])}
    assert grouped(client, "stage", sort="-name")["Lead"] == (3, ["Cleo", "Bob"])
    assert grouped(client, "tag") == {"VIP": (1, ["Ada"]), "None": (3, ["Bob", "Cleo"])}
    assert grouped(client, "owner") == {"Mia": (1, ["Dora"]), "Nobody": (3, ["Ada", "Bob"])}
    assert grouped(client, "team") == {"North": (1, ["Dora"]), "None": (3, ["Ada", "Bob"])}
    assert grouped(client, "country") == {"Germany": (1, ["Bob"]), "None": (3, ["Ada", "Cleo"])}
    assert grouped(client, "segment") == {
        "Champions": (1, ["Ada"]),
        "Lost": (1, ["Bob"]),
        "None": (2, ["Cleo", "Dora"]),
    }
    leads = client.get(URL, {"stage": "lead", "sort": "-score"}).context["listing"].page.rows
    assert grouped(client, "stage", sort="-score")["Lead"][1] == [row.name for row in leads[:2]]
    assert grouped(client, "stage", sort="-score")["Former customer"] == (1, [dora.name])
    assert grouped(client, "stage", q="dora") == {"Former customer": (1, ["Dora"])}


FRAGMENT = {"HX-Request": "true"}


def with_rows_to_come(client, **query: str) -> dict[str, list[str]]:
    """Of each group its first rows, asked for apart where the page says so."""
    found = client.get(URL, query).context["listing"].grouping.groups
    ids = {str(group.label): [row.name for row in group.rows] for group in found}
    for group in found:
        if group.rows_url:
            assert not group.rows
            apart = client.get(URL + group.rows_url, headers=FRAGMENT)
            ids[str(group.label)] = re.findall(r'aria-label="([^"]+)"></td>', apart.content.decode())
    return ids


@pytest.mark.parametrize("near", [1, 100])
def test_first_rows_of_a_large_group_are_found_wherever_in_the_list_they_stand(client, manager, monkeypatch, near):
    for name, value in (("COUNTED_EXACTLY", 1), ("ROWS_A_GROUP", 2), ("NEAR", near)):
        monkeypatch.setattr(groups, name, value)
    made = {name: create_customer(name) for name in ("Ada", "Bob", "Xia", "Yan", "Zoe")}
    for name, code in {"Ada": "DE", "Bob": "DE", "Xia": "CN", "Yan": "CN", "Zoe": "CN"}.items():
        Address.objects.create(customer=made[name], country=code)
    publish_scores([(made[name].pk, 3, 9, 90_000, 5, score, "lost") for name, score in (("Zoe", 5), ("Bob", 1))])
    assert with_rows_to_come(client, by="country") == {"China": ["Xia", "Yan"], "Germany": ["Ada", "Bob"]}
    assert with_rows_to_come(client, by="country", sort="-name")["China"] == ["Zoe", "Yan"]
    by_score = with_rows_to_come(client, by="country", sort="-score")
    assert (by_score["China"][0], by_score["Germany"]) == ("Zoe", ["Bob", "Ada"])


def test_groups_of_everybody_count_nobody_who_is_in_no_list(client, manager, monkeypatch):
    monkeypatch.setattr(groups, "COUNTED_EXACTLY", 2)
    for number in range(4):
        Address.objects.create(customer=create_customer(f"Dora {number}"), country="DE")
    gone = create_customer("Gone", deleted_at="2026-01-01T00:00Z")
    for customer in (gone, create_customer("Kept away", archived_at="2026-01-01T00:00Z")):
        Address.objects.create(customer=customer, country="DE")
        Address.objects.create(customer=customer, country="FR")
    Address.objects.create(customer=create_customer("Fanny"), country="FR")
    found = client.get(URL, {"by": "country"}).context["listing"].grouping.groups
    assert {str(group.label): (group.count, group.is_exact) for group in found} == {
        "Germany": (2, False),
        "France": (1, True),
    }


def test_a_group_leads_to_all_of_it(client, manager):
    bob = create_customer("Bob")
    for each in (bob, create_customer("Ada")):
        Address.objects.create(customer=each, country="DE")
    create_customer("Nowhere")
    listing = client.get(URL, {"by": "country", "sort": "-name"}).context["listing"]
    links = {str(group.label): group.url for group in listing.grouping.groups}
    assert parse_qs(urlsplit(links["Germany"]).query) == {"country": ["DE"], "sort": ["-name"]}
    page = client.get(URL + links["Germany"])
    assert [row.name for row in page.context["listing"].page.rows] == ["Bob", "Ada"]
    assert "Germany" in page.content.decode(), "the chip says where one is"
    assert [row.name for row in client.get(URL + links["None"]).context["listing"].page.rows] == ["Nowhere"]


def test_groups_show_nobody_that_the_reader_does_not_see(client):
    sales = create_user("sales", team=create_team("North"))
    client.force_login(sales)
    create_customer("Mine", owner=sales)
    create_customer("Not mine", owner=create_user("sales"))
    assert sum(count for count, _rows in grouped(client, "stage").values()) == 1
    apart = client.get(URL, {"by": "stage", "rows_of": "lead"}, headers=FRAGMENT).content.decode()
    assert "Mine" in apart
    assert "Not mine" not in apart


def test_many_groups_and_rows_cost_the_same_number_of_queries_and_more_groups_stand_on_the_next_page(client, manager):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get(URL, {"by": "tag"})
        return len(captured)

    create_customer("Ada").tags.add(Tag.objects.create(name="t00"))
    few = queries()
    for number in range(1, 25):
        for name in ("Bea", "Cleo"):
            tag, _made = Tag.objects.get_or_create(name=f"t{number:02}")
            create_customer(f"{name} {number}").tags.add(tag)
    assert queries() == few <= 12
    first = client.get(URL, {"by": "tag"}).context["listing"].grouping
    second = client.get(URL + first.next_url).context["listing"].grouping
    assert [len(first.groups), len(second.groups), second.next_url] == [20, 5, ""]
    assert str(second.groups[0].label) == "t20"


@pytest.mark.parametrize(
    "query",
    ["by=bogus", "by=stage&groups=99", "by=stage&groups=x", "by=stage&view=7", "by=stage&rows_of=x", "rows_of=x"],
)
def test_odd_groups_are_survived(client, manager, query):
    create_customer()
    assert client.get(f"{URL}?{query}").status_code == 200
    assert client.get(f"{URL}?{query}", headers=FRAGMENT).status_code == 200


# --- columns ----------------------------------------------------------------------------------------------------------


def test_every_column_can_be_shown_and_costs_no_query_a_row(client, manager):
    create_field("size", "number")

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            page = client.get(URL, {"columns": every})
        assert page.status_code == 200
        assert "+49 30 1" in page.content.decode()
        return len(captured)

    every = ",".join(column.key for column in columns(manager.sight))
    for _ in range(3):
        busy()
    few = queries()
    for _ in range(12):
        busy()
    assert queries() == few


def busy() -> None:
    customer = create_customer(
        email="a@example.org", birth_date="1990-05-17", annual_income=50_000, owner=create_user()
    )
    customer.tags.add(Tag.objects.get_or_create(name="VIP")[0])
    PhoneNumber.objects.create(customer=customer, number="+49 30 1")
    Address.objects.create(customer=customer, country="DE", city="Bonn")
    create_order(customer)


def test_columns_that_are_not_shown_cost_nothing(client, manager):
    create_customer("Ada")
    with CaptureQueriesContext(connection) as captured:
        client.get(URL, {"columns": "name"})
    said = " ".join(query["sql"] for query in captured)
    assert "list_last_order" not in said
    assert "weighted_score" not in said


def test_what_is_hidden_is_dots_in_a_column_too(client):
    client.force_login(create_user(Role.VIEWER))
    busy()
    page = client.get(URL, {"columns": "name,phone,birth_date,annual_income"}).content.decode()
    assert "••• •••" in page
    for hidden in ("+49 30 1", "May 1990", "50,000"):
        assert hidden not in page


def test_columns_are_chosen_ordered_and_given_widths_without_scripts(client, manager):
    create_customer("Ada")
    form = {"state": "sort=-name", "order": ["name", "city", "score"], "show": ["city", "score"], "width-city": "9999"}
    moved = client.post("/customers/columns/", {**form, "do": "up:score"})
    assert [choice.column.key for choice in moved.context["choices"]][:3] == ["name", "score", "city"]
    applied = client.post("/customers/columns/", {**form, "do": "apply"})
    assert parse_qs(urlsplit(applied.url).query) == {"sort": ["-name"], "columns": ["name,city:800,score"]}
    page = client.get(applied.url).content.decode()
    assert '<col data-key="city" width="800">' in page
    again = client.post("/customers/columns/", {**form, "state": "columns=name,city:800", "do": "default"})
    assert parse_qs(urlsplit(again.url).query) == {"view": ["all"]}


@pytest.mark.parametrize("text", ["nonsense", "city:abc", "city:-5", ",,,", "name:1,name:2", "custom.gone", "x" * 3000])
def test_any_columns_show_a_list(client, manager, text):
    create_customer("Ada")
    assert "Ada" in client.get(URL, {"columns": text}).content.decode()


def test_those_who_stand_in_groups_can_be_ticked(client, manager):
    ada, bob = create_customer("Ada", lifecycle="lead"), create_customer("Bob", lifecycle="former")
    page = client.get(URL, {"by": "stage"}).content.decode()
    assert f'name="shown" value="{ada.pk}.{bob.pk}"' in page
    for customer in (ada, bob):
        assert f'form="bulk" name="customer" value="{customer.pk}"' in page
    client.force_login(create_user(Role.VIEWER))
    assert 'form="bulk"' not in client.get(URL, {"by": "stage"}).content.decode()
