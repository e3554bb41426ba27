"""Orders, refunds and products: worked out by the rules of an import, whoever sends them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from core.models import ExchangeRate, OrganisationSettings
from customers.models import CustomerExternalId, Order, OrderLine, Product, Refund
from tests.api.conftest import Api
from tests.factories import create_customer, create_order, create_product, create_refund, create_team, create_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin():
    return Api(create_user("admin"))


def order(**members: Any) -> dict[str, Any]:
    line = {"description": "Tea", "quantity": "3", "unit_price": "9.995", "discount": "0.5"}
    defaults = {"source": "shop", "external_id": "1001", "ordered_at": "2026-06-01T12:00:00Z", "lines": [line]}
    return {**defaults, **members}


def test_an_order_is_worked_out_and_read_again(admin):
    customer, product = create_customer(), create_product(source="shop", sku="T-1")
    lines = [
        {"sku": "T-1", "quantity": "3", "unit_price": "9.995", "discount": "0.5", "cost": "12"},
        {"description": "Wrapping", "quantity": 1, "unit_price": "2", "amount": "1.5"},
    ]
    sent = admin.post("orders", order(customer=customer.pk, lines=lines, channel="web"))
    assert sent.status_code == 201, sent.content
    row = sent.json()
    assert (row["total"], row["total_in_own"], row["currency"]) == ("30.99", "30.99", "EUR")
    assert [(line["product"], line["amount"]) for line in row["lines"]] == [
        (product.pk, "29.485000"),
        (None, "1.500000"),
    ]
    assert admin.get(f"orders/{row['id']}").json() == row
    assert sent.headers["Location"] == f"/api/v1/orders/{row['id']}"


def test_an_order_that_comes_again_becomes_what_is_sent(admin):
    customer = create_customer()
    first = admin.post("orders", order(customer=customer.pk)).json()
    kept = OrderLine.objects.get().pk
    lines = [{"description": "Cup", "quantity": 1, "unit_price": "5"}, order()["lines"][0]]
    second = admin.post("orders", order(lines=lines))
    assert second.status_code == 200
    assert (second.json()["id"], second.json()["customer"]) == (first["id"], customer.pk)
    assert [line["description"] for line in second.json()["lines"]] == ["Cup", "Tea"]
    assert OrderLine.objects.get(description="Tea").pk == kept
    assert second.json()["total"] == "34.49"


def test_the_day_is_the_organisations_and_the_rate_the_days(admin):
    OrganisationSettings.objects.create(time_zone="Asia/Tokyo", currency="JPY")
    ExchangeRate.objects.create(currency="EUR", rate_date=dt.date(2026, 5, 28), rate=Decimal("160.5"))
    row = admin.post("orders", order(ordered_at="2026-05-31T22:00:00Z", currency="EUR")).json()
    assert row["ordered_date"] == "2026-06-01"
    assert (row["total"], row["total_in_own"]) == ("29.49", "4732")
    late = admin.post("orders", order(external_id="2", ordered_at="2026-06-05T22:00:00Z", currency="EUR"))
    assert late.status_code == 400
    assert late.json()["errors"][0]["pointer"] == "/currency"


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"lines": []}, "/lines"),
        ({"lines": [{"quantity": 1}]}, "/lines/0/unit_price"),
        ({"lines": [{"sku": "none", "quantity": 1, "unit_price": 1}]}, "/lines/0/sku"),
        ({"lines": [{"product": 999, "quantity": 1, "unit_price": 1}]}, "/lines/0/product"),
        ({"lines": [{"quantity": "999999999999", "unit_price": "999999999999"}]}, "/lines/0/amount"),
        ({"lines": [{"quantity": 1, "unit_price": "999999999999"}] * 150}, "/lines"),
        ({"lines": [{"quantity": -1, "unit_price": 1}]}, "/lines"),
        ({"lines": [{"quantity": "NaN", "unit_price": 1}]}, "/lines/0/quantity"),
        ({"customer": 999}, "/customer"),
        ({"customer_external_id": {"source": "shop", "value": "x"}}, "/customer_external_id"),
        ({"currency": "eur"}, "/currency"),
        ({"currency": "XQX"}, "/currency"),
        ({"ordered_at": "1850-01-01T00:00:00Z"}, "/ordered_at"),
        ({"external_id": ""}, "/external_id"),
        ({"custom": {"no-such": 1}}, "/custom/no-such"),
    ],
)
def test_what_cannot_be_is_said_with_its_place(admin, change, pointer):
    refused = admin.post("orders", order(**change))
    assert refused.status_code == 400, refused.content
    assert refused.json()["errors"][0]["pointer"] == pointer
    assert not Order.objects.exists()


def test_an_order_names_its_customer_by_their_number(admin):
    customer = create_customer()
    CustomerExternalId.objects.create(customer=customer, source="shop", value="A-1")
    row = admin.post("orders", order(customer_external_id={"source": "shop", "value": "A-1"})).json()
    assert row["customer"] == customer.pk


def test_orders_are_written_for_customers_whom_one_may_edit():
    north, south = create_team(), create_team()
    ours, theirs = create_customer(team=north), create_customer(team=south)
    api = Api(create_user("sales", team=north))
    assert api.post("orders", order(customer=theirs.pk)).status_code == 400
    assert api.post("orders", order()).status_code == 403
    assert api.post("orders", order(customer=ours.pk)).status_code == 201
    known = create_order(theirs, source="shop", external_id="77")
    assert api.post("orders", order(customer=ours.pk, external_id="77")).status_code == 409
    assert api.get(f"orders/{known.pk}").status_code == 404
    assert [row["customer"] for row in api.get("orders").json()["results"]] == [ours.pk]


def test_a_refund_belongs_to_its_order(admin):
    bought = create_order(create_customer(), source="shop", external_id="1")
    sent = {
        "external_id": "R1",
        "refunded_at": "2026-06-03T10:00:00Z",
        "lines": [{"quantity": 1, "unit_price": "20", "description": "Broken"}],
    }
    first = admin.post(f"orders/{bought.pk}/refunds", sent)
    assert first.status_code == 201, first.content
    assert (first.json()["total"], first.json()["customer"]) == ("20.00", bought.customer_id)
    assert admin.post(f"orders/{bought.pk}/refunds", sent).status_code == 200
    assert Refund.objects.count() == 1
    assert admin.get(f"orders/{bought.pk}").json()["refunds"][0]["external_id"] == "R1"
    other = create_order(create_customer(), source="shop")
    assert admin.post(f"orders/{other.pk}/refunds", sent).status_code == 409
    assert admin.post("orders", order(external_id="R1")).status_code == 409
    minus = {**sent, "external_id": "R2", "lines": [{"quantity": 1, "unit_price": "-20"}]}
    assert admin.post(f"orders/{bought.pk}/refunds", minus).status_code == 400


@pytest.mark.parametrize("number", [3, 30])
def test_a_list_makes_the_same_few_queries_whatever_its_length(admin, number, django_assert_max_num_queries):
    customer, product = create_customer(), create_product()
    for _each in range(number):
        create_refund(order=create_order(customer, products=[product]), on=dt.date(2026, 6, 2))
    admin.get("orders")
    with django_assert_max_num_queries(12):
        assert len(admin.get("orders").json()["results"]) == number


def test_orders_are_listed_by_day_and_number(admin):
    customer = create_customer()
    for day in (1, 2, 3):
        create_order(customer, on=dt.date(2026, 6, day), external_id=f"N{day}")
    found = admin.get("orders?ordered_from=2026-06-02&sort=-ordered_at&fields=external_id").json()["results"]
    assert found == [{"external_id": "N3"}, {"external_id": "N2"}]
    assert len(admin.get(f"orders?external_id=N1&customer={customer.pk}").json()["results"]) == 1


# --- products ---------------------------------------------------------------------------------------------------------


def test_a_product_is_made_and_changed_by_its_number(admin):
    sent = {"source": "shop", "sku": "T-1", "name": "Tea", "category": ["Drinks", "Hot"], "unit_price": "3.5"}
    first = admin.post("products", sent)
    assert first.status_code == 201, first.content
    assert (first.json()["category"], first.json()["unit_price"]) == (["Drinks", "Hot"], "3.500000")
    second = admin.post("products", {"source": "shop", "sku": "T-1", "is_active": False, "is_in_stock": False})
    assert second.status_code == 200
    told = second.json()
    assert (told["name"], told["is_active"], told["is_in_stock"]) == ("Tea", False, False)
    assert admin.get(f"products/{Product.objects.get().pk}").json() == second.json()
    assert admin.post("products", {"sku": "T-2"}).json()["errors"][0]["pointer"] == "/name"


def test_products_are_found_by_name_and_number(admin):
    create_product("Green tea", sku="T-1")
    create_product("Cup", sku="C-1", is_active=False)
    assert [row["name"] for row in admin.get("products?search=tea").json()["results"]] == ["Green tea"]
    assert [row["sku"] for row in admin.get("products?is_active=false").json()["results"]] == ["C-1"]
    assert [row["sku"] for row in admin.get("products?sku=T-1&sort=-name").json()["results"]] == ["T-1"]


@pytest.mark.parametrize("number", [3, 30])
def test_products_make_the_same_few_queries(admin, number, django_assert_max_num_queries):
    for _each in range(number):
        create_product()
    admin.get("products")
    with django_assert_max_num_queries(8):
        assert len(admin.get("products").json()["results"]) == number
