"""Orders and products by the thousand, and changes of a part of one: known by their numbers, guarded by their ETag."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from accounts.models import AccessRule
from core.models import ExchangeRate
from customers.models import Category, CustomerExternalId, Order, OrderLine, Product
from tests.api.conftest import Api
from tests.customers.custom import create_field
from tests.factories import create_customer, create_order, create_product, create_refund, create_team, create_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin():
    return Api(create_user("admin"))


def order(number: Any, **members: Any) -> dict[str, Any]:
    line = {"description": "Tea", "quantity": "2", "unit_price": "5"}
    sent = {"source": "shop", "external_id": str(number), "ordered_at": "2026-06-01T12:00:00Z", "lines": [line]}
    return {**sent, **members}


def product(number: Any, **members: Any) -> dict[str, Any]:
    return {"source": "shop", "sku": f"T-{number}", "name": f"Tea {number}", **members}


def send(api: Api, what: str, *records: Any) -> list[dict[str, Any]]:
    response = api.post(f"{what}/bulk", {"records": list(records)})
    assert response.status_code == 200, response.content
    answer: dict[str, Any] = response.json()
    told = [each["status"] for each in answer["results"]]
    assert {status: told.count(status) for status in ("created", "updated", "unchanged", "failed")} == {
        status: number for status, number in answer.items() if status != "results"
    }
    results: list[dict[str, Any]] = answer["results"]
    return results


def statuses(results: list[dict[str, Any]]) -> list[str]:
    return [result["status"] for result in results]


def test_each_order_says_what_became_of_it(admin):
    ada = create_customer()
    CustomerExternalId.objects.create(customer=ada, source="shop", value="A")
    create_product(source="shop", sku="T-1")
    create_refund(order=create_order(ada, source="shop"), on=dt.date(2026, 6, 1), source="shop", external_id="R1")
    first = [order(n, customer_external_id={"source": "shop", "value": "A"}) for n in (1, 2, 3)]
    assert statuses(send(admin, "orders", *first)) == ["created"] * 3
    kept = OrderLine.objects.filter(order__external_id="2").get().pk
    results = send(
        admin,
        "orders",
        first[0],
        order(2, lines=[{"sku": "T-1", "quantity": 1, "unit_price": "3"}, *first[1]["lines"]]),
        order(3, channel="fair"),
        order(4, currency="USD"),
        order(5, lines=[{"sku": "none", "quantity": 1, "unit_price": 1}]),
        order(3),
        order("R1"),
        "no order",
    )
    assert statuses(results) == ["unchanged", "updated", "updated", *["failed"] * 5]
    wrong = [(error["pointer"], result["id"]) for result in results[3:] for error in result["errors"]]
    assert wrong == [("/currency", None), ("/lines/0/sku", None), ("", None), ("", None), ("", None)]
    second = Order.objects.get(external_id="2")
    assert (second.customer, second.total_minor) == (ada, 13_00)
    assert list(second.lines.values_list("position", "amount")) == [(1, Decimal(3)), (2, Decimal(10))]
    assert second.lines.get(position=2).pk == kept
    assert set(Order.objects.filter(source="shop").values_list("external_id", flat=True)) >= {"1", "2", "3"}
    assert not Order.objects.filter(external_id__in=["4", "5", "R1"]).exists()


def test_orders_of_strangers_are_neither_told_of_nor_touched():
    north, south = create_team(), create_team()
    ours, theirs = create_customer(team=north), create_customer(team=south)
    known = create_order(theirs, source="shop", external_id="1")
    sales = Api(create_user("sales", team=north))
    results = send(
        sales, "orders", order(1, customer=ours.pk), order(2, customer=theirs.pk), order(3, customer=ours.pk)
    )
    assert statuses(results) == ["failed", "failed", "created"]
    known.refresh_from_db()
    assert known.customer == theirs


def test_each_product_says_what_became_of_it_and_categories_are_made_once(admin):
    sorted_in = {"category": ["Drinks", "Hot"]}
    first = [product(1, **sorted_in), product(2, **sorted_in), product(3, category=["Drinks"])]
    assert statuses(send(admin, "products", *first)) == ["created"] * 3
    assert sorted(Category.objects.values_list("name", "parent__name")) == [("Drinks", None), ("Hot", "Drinks")]
    results = send(
        admin,
        "products",
        first[0],
        {"source": "shop", "sku": "T-2", "unit_price": "3.5", "category": []},
        product(3, category=["Hot"]),
        {"sku": "T-4"},
        product(1, name="Again"),
    )
    assert statuses(results) == ["unchanged", "updated", "updated", "failed", "failed"]
    assert results[3]["errors"][0]["pointer"] == "/name"
    changed = Product.objects.get(sku="T-2")
    assert (changed.name, changed.unit_price, changed.category) == ("Tea 2", Decimal("3.5"), None)
    assert Product.objects.get(sku="T-3").category == Category.objects.get(name="Hot", parent=None)


@pytest.mark.parametrize("what", ["orders", "products"])
def test_a_batch_takes_the_same_few_statements_whatever_its_length(admin, what, django_assert_max_num_queries):
    ada = create_customer()
    CustomerExternalId.objects.create(customer=ada, source="shop", value="A")
    ExchangeRate.objects.create(currency="USD", rate_date=dt.date(2026, 6, 1), rate=Decimal("0.9"))
    create_product(source="shop", sku="S")

    def batch(size: int, **members: Any) -> list[dict[str, Any]]:
        if what == "products":
            return [product(n, category=["Drinks", f"Sort {n}"], **members) for n in range(size)]
        named = {"customer_external_id": {"source": "shop", "value": "A"}, "currency": "USD"}
        line = {"sku": "S", "quantity": 1, "unit_price": members.get("unit_price", 1)}
        return [order(n, lines=[line], **named) for n in range(size)]

    taken = []
    for size in (3, 30):
        send(admin, what, *batch(size))
        with django_assert_max_num_queries(40) as asked:
            assert set(statuses(send(admin, what, *batch(size, unit_price=size)))) == {"updated"}
        taken.append(len(asked))
    assert taken[0] == taken[1]


def test_a_change_of_an_order_names_the_version_it_was_made_from(admin):
    ada = create_customer()
    made = admin.post("orders", order(1, customer=ada.pk, channel="web")).json()
    read = admin.get(f"orders/{made['id']}")
    changed = admin.patch(f"orders/{made['id']}", {"channel": "fair"}, If_Match=read.headers["ETag"])
    assert changed.status_code == 200, changed.content
    expected = {**read.json(), "channel": "fair", "updated_at": changed.json()["updated_at"]}
    assert changed.json() == expected
    late = admin.patch(f"orders/{made['id']}", {"channel": "late"}, If_Match=read.headers["ETag"])
    assert late.status_code == 409
    assert changed.headers["ETag"].startswith(late.headers["ETag"].removesuffix('"'))
    assert admin.get(f"orders/{made['id']}", If_None_Match=changed.headers["ETag"]).status_code == 304
    assert admin.patch(f"orders/{made['id']}", {"channel": "late"}).status_code == 428
    ExchangeRate.objects.create(currency="USD", rate_date=dt.date(2026, 6, 1), rate=Decimal("0.9"))
    converted = admin.patch(f"orders/{made['id']}", {"currency": "USD"}, If_Match="*").json()
    assert (converted["total"], converted["total_in_own"], len(converted["lines"])) == ("10.00", "9.00", 1)
    lines = [{"description": "Cup", "quantity": 1, "unit_price": "4"}]
    replaced = admin.patch(f"orders/{made['id']}", {"lines": lines}, If_Match="*").json()
    assert (replaced["total"], replaced["currency"], replaced["customer"]) == ("4.00", "USD", ada.pk)
    refused = admin.patch(f"orders/{made['id']}", {"lines": [{**lines[0], "quantity": -1}]}, If_Match="*")
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "/lines")
    assert Order.objects.get().total_minor == 4_00


def test_a_change_of_a_product_names_the_version_it_was_made_from(admin):
    made = admin.post("products", product(1, unit_price="3"))
    address, tag = f"products/{made.json()['id']}", made.headers["ETag"]
    assert admin.get(address, If_None_Match=tag).status_code == 304
    assert admin.patch(address, {"is_in_stock": False}, If_Match=tag).json()["unit_price"] == "3.000000"
    assert admin.patch(address, {"is_in_stock": True}, If_Match=tag).status_code == 409
    assert admin.patch(address, {"sku": "X", "name": ""}, If_Match="*").status_code == 400
    assert Product.objects.get().is_in_stock is False


@pytest.mark.parametrize("what", ["orders", "products"])
def test_a_value_that_is_hidden_from_the_writer_is_not_written_over(what):
    create_field("margin", "number", applies_to=what.removesuffix("s"), confidential="income")
    record = order(1) if what == "orders" else product(1)
    Api(create_user("admin")).post(what, {**record, "custom": {"margin": "7"}})
    AccessRule.objects.create(role="sales", sees="all", edits="all", masked=["income"])
    sales = Api(create_user("sales"))
    refused = sales.post(what, {**record, "custom": {"margin": "1"}})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (403, "/custom/margin")
    model: Any = Order if what == "orders" else Product
    assert model.objects.get().custom == {"margin": "7"}


LISTS = ("customers", "products", "orders", "events", "interactions", "tasks", "questionnaires", "invitations", "jobs")


@pytest.mark.parametrize("what", LISTS)
def test_every_list_shows_the_members_that_are_asked_for(admin, what):
    create_order(create_customer(), products=[create_product()])
    answer = admin.get(f"{what}?fields=id")
    assert answer.status_code == 200, answer.content
    assert all(row.keys() == {"id"} for row in answer.json()["results"])
    assert admin.get(f"{what}?fields=id,secret").status_code == 400
