"""Custom fields as columns of the customer list and of its exports."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from urllib.parse import urlencode

import pytest

from accounts.models import AccessRule, Role
from accounts.visibility import EVERYTHING
from core import walking
from customers import plain_cells
from customers.cells import Reader
from customers.custom_columns import columns
from customers.custom_fields import clean
from customers.listing import listing
from customers.models import Customer
from tests.customers.custom import create_field, create_one_of_each
from tests.customers.shop.test_orders import VALUES
from tests.factories import create_customer, create_user

pytestmark = pytest.mark.django_db
EVERY = "custom.my_text,custom.my_number,custom.my_money,custom.my_date,custom.my_choice,custom.my_multi_choice"
EVERY += ",custom.my_yes_no,custom.my_link,custom.my_sealed"


@pytest.fixture
def manager(client):
    client.force_login(create_user(Role.MANAGER))
    return client


def listed(client, **query: str) -> list[str]:
    return [row.name for row in client.get("/customers/", query).context["listing"].page.rows]


def test_each_kind_is_shown_in_words_and_exported_as_a_value(manager):
    create_one_of_each()
    ada = create_customer("Ada", custom={**VALUES, **clean("customer", {"my_sealed": "A-1"}, partial=True)})
    create_customer("Bea")
    page = manager.get("/customers/", {"columns": EVERY}).content.decode()
    for text in ("Express, please", "12.5", "€99.00", "1 Mar 2026", "Gold, 铜", "yes", 'href="https://example.org/a"'):
        assert text in page, text
    assert "A-1" not in page
    row = Customer.objects.filter(pk=ada.pk)
    for column in columns():
        row = column.annotate(row)
    reader = Reader.now(currency="EUR", sight=EVERYTHING)
    assert plain_cells.values(columns(), row.get(), reader) == [
        "Gold",
        dt.date(2026, 3, 1),
        "https://example.org/a",
        Decimal(99),
        "Gold, 铜",
        Decimal("12.5"),
        "••••••",
        "Express, please",
        "yes",
    ]


def test_what_is_hidden_is_dots_where_there_is_a_value_and_sorts_nothing(manager):
    AccessRule.objects.create(role=Role.MANAGER, sees="all", edits="all", masked=["income"])
    create_field("worth", "number", confidential="income", is_indexed=True)
    for name, worth in (("Ada", "7"), ("Bea", "999.25"), ("Cleo", "8")):
        create_customer(name, custom={"worth": worth})
    create_customer("Dora")
    response = manager.get("/customers/", {"columns": "custom.worth", "sort": "-custom.worth"})
    assert "999.25" not in response.content.decode()
    assert response.content.decode().count("••••••") == 3
    assert listed(manager, columns="custom.worth", sort="-custom.worth") == ["Ada", "Bea", "Cleo", "Dora"]


@pytest.mark.parametrize(
    ("kind", "low", "high"),
    [
        ("number", "9", "10"),
        ("money", "-1", "2"),
        ("date", "1999-01-01", "2001-01-01"),
        ("text", "École", "Zoë"),
        ("link", "https://a.example", "https://B.example"),
    ],
)
def test_what_has_an_index_is_sorted_by_its_value(manager, monkeypatch, kind, low, high):
    monkeypatch.setattr(listing, "PAGE_SIZE", 2)
    create_field("rank", kind, is_indexed=True)
    for name, rank in (("Ada", high), ("Bea", low)):
        create_customer(name, custom={"rank": rank})
    create_customer("Aaron")
    assert walked(manager, "custom.rank") == ["Bea", "Ada", "Aaron"]
    assert walked(manager, "-custom.rank") == ["Ada", "Bea", "Aaron"]


def walked(client, sort: str, **asked: str) -> list[str]:
    """All customers, page after page."""
    found, query = [], "?" + urlencode({"columns": "custom.rank", "sort": sort, **asked})
    while query:
        page = client.get(f"/customers/{query}").context["listing"]
        found += [row.name for row in page.page.rows]
        query = page.next_url
    return found


def test_a_choice_with_an_index_is_sorted_in_the_order_of_the_choices(manager, monkeypatch):
    monkeypatch.setattr(listing, "PAGE_SIZE", 2)
    tiers = [{"key": key, "label": key.title()} for key in ("silver", "gold", "bronze")]
    create_field("rank", "choice", is_indexed=True, choices=tiers)
    for name, tier in (("Ada", "bronze"), ("Bea", "silver"), ("Cleo", "bronze"), ("Dora", "silver"), ("Eve", "silver")):
        create_customer(name, custom={"rank": tier})
    create_customer("Aaron")
    assert walked(manager, "custom.rank") == ["Bea", "Dora", "Eve", "Ada", "Cleo", "Aaron"]
    assert walked(manager, "-custom.rank") == ["Aaron", "Cleo", "Ada", "Eve", "Dora", "Bea"]
    by_letter = {"filter": json.dumps({"field": "name", "op": "contains", "value": "e"})}
    monkeypatch.setattr(walking, "NEAR_IF_KNOWN", 1)
    for few, most_of_all in ((-1, 0), (-1, 10), (100, 10)):
        monkeypatch.setattr(walking, "FEW", few)
        monkeypatch.setattr(walking, "MOST_OF_ALL", most_of_all)
        assert walked(manager, "custom.rank", **by_letter) == ["Bea", "Eve", "Cleo"]
        assert walked(manager, "-custom.rank", **by_letter) == ["Cleo", "Eve", "Bea"]


def test_without_an_index_nothing_is_sorted(manager):
    create_field("rank", "number")
    for name, rank in (("Ada", "9"), ("Bea", "1")):
        create_customer(name, custom={"rank": rank})
    assert listed(manager, columns="custom.rank", sort="custom.rank") == ["Ada", "Bea"]


def test_the_columns_cost_no_query_per_row(manager, django_assert_max_num_queries):
    create_one_of_each()
    counts = []
    for rows in (3, 27):
        for _number in range(rows):
            create_customer(custom=VALUES)
        with django_assert_max_num_queries(20) as queries:
            manager.get("/customers/", {"columns": EVERY})
        counts.append(len(queries))
    assert counts[0] == counts[1]
