"""Events by the thousand: each taken in once, those that are not in order named by their place."""

from __future__ import annotations

import json
from typing import Any

import pytest

from customers.models import CustomerExternalId, Event
from tests.api.conftest import Api
from tests.factories import create_customer, create_product, create_team, create_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin():
    return Api(create_user("admin"))


def event(number: Any, **members: Any) -> dict[str, Any]:
    return {"external_id": str(number), "kind": "visit", "occurred_at": "2026-06-01T23:30:00+02:00", **members}


def send(api: Api, *events: Any) -> dict[str, Any]:
    response = api.post("events/batch", list(events))
    assert response.status_code == 200, response.content
    return response.json()


def test_a_batch_is_taken_in_once(admin):
    customer, product = create_customer(), create_product(source="web", sku="T-1")
    CustomerExternalId.objects.create(customer=customer, source="web", value="A-1")
    batch = [
        event(1, customer=customer.pk, product=product.pk),
        event(2, source="web", customer_external_id={"value": "A-1"}, sku="T-1", kind="rating", value=4.5),
        event(3, seconds=90, text="by\thand\\n\nand more", kind="review"),
        event(3),
    ]
    assert send(admin, *batch) == {"received": 4, "created": 3, "known": 1, "rejected": []}
    assert send(admin, *batch)["created"] == 0
    first, second, third = Event.objects.order_by("id")
    assert (first.customer, first.product) == (second.customer, second.product) == (customer, product)
    assert (str(second.value), second.source) == ("4.5000", "web")
    assert (third.text, third.seconds, third.customer) == ("by\thand\\n\nand more", 90, None)
    assert (str(third.occurred_at), str(third.occurred_date)) == ("2026-06-01 21:30:00+00:00", "2026-06-01")


def test_lines_of_json_are_a_batch_too(admin):
    lines = "\n".join([json.dumps(event(1)), "no json", "", json.dumps(event(2))])
    response = admin.post("events/batch", lines, **{"Content-Type": "application/x-ndjson"})
    assert response.json()["created"] == 2
    assert [each["index"] for each in response.json()["rejected"]] == [1]


@pytest.mark.parametrize(
    ("members", "pointer"),
    [
        ({"external_id": ""}, "/external_id"),
        ({"external_id": 7}, "/external_id"),
        ({"kind": "dance"}, "/kind"),
        ({"kind": ["visit"]}, "/kind"),
        ({"kind": "rating"}, "/value"),
        ({"occurred_at": "yesterday"}, "/occurred_at"),
        ({"occurred_at": 1}, "/occurred_at"),
        ({"occurred_at": "9999-12-31T23:59:59-23:00"}, "/occurred_at"),
        ({"customer": 0}, "/customer"),
        ({"customer": True}, "/customer"),
        ({"customer": 2**63}, "/customer"),
        ({"customer": 12345}, "/customer"),
        ({"customer_external_id": {"value": "nobody"}}, "/customer"),
        ({"customer_external_id": "nobody"}, "/customer_external_id"),
        ({"product": 12345}, "/product"),
        ({"sku": "none"}, "/product"),
        ({"value": "many"}, "/value"),
        ({"value": 1e300}, "/value"),
        ({"value": 99999999.99999}, "/value"),
        ({"seconds": -1}, "/seconds"),
        ({"seconds": 2**31}, "/seconds"),
        ({"text": "x" * 20_001}, "/text"),
        ({"colour": "red"}, "/colour"),
    ],
)
def test_what_is_not_in_order_is_rejected_alone(admin, members, pointer):
    answer = send(admin, {**event(1), **members}, event(2))
    assert (answer["created"], answer["rejected"][0]["index"]) == (1, 0)
    assert [error["pointer"] for error in answer["rejected"][0]["errors"]] == [pointer]


@pytest.mark.parametrize("body", [{}, [], None, "x", '[{"external_id": "\\u0000"}]', "[1", "[" * 1000, "[1e400, NaN]"])
def test_what_is_no_batch_is_refused(admin, body):
    assert admin.post("events/batch", body).status_code == 400


def test_a_body_that_is_too_large_is_refused(admin):
    assert admin.post("events/batch", b" " * (6 * 1024 * 1024)).status_code == 413
    assert admin.post("events/batch", b"x", **{"Content-Type": "text/csv"}).status_code == 415


def test_events_are_sent_for_customers_whom_one_may_edit():
    north, south = create_team(), create_team()
    ours, theirs = create_customer(team=north), create_customer(team=south)
    api = Api(create_user("sales", team=north))
    answer = send(api, event(1, customer=ours.pk), event(2, customer=theirs.pk), event(3))
    assert (answer["created"], [each["index"] for each in answer["rejected"]]) == (1, [1, 2])
    assert [row["customer"] for row in api.get("events").json()["results"]] == [ours.pk]
    assert send(Api(create_user("viewer")), event(4, customer=ours.pk))["created"] == 0


@pytest.mark.parametrize("number", [10, 200])
def test_a_batch_takes_the_same_statements_whatever_its_length(admin, number, django_assert_max_num_queries):
    with django_assert_max_num_queries(20):
        assert send(admin, *[event(n) for n in range(number)])["created"] == number


def test_events_are_listed_by_kind_and_day(admin):
    send(admin, event(1), event(2, kind="click", occurred_at="2026-07-01T00:00:00Z"))
    assert [row["external_id"] for row in admin.get("events?kind=click").json()["results"]] == ["2"]
    assert [row["external_id"] for row in admin.get("events?occurred_until=2026-06-30").json()["results"]] == ["1"]


def test_an_instant_of_an_odd_time_zone_is_kept(admin):
    send(admin, event(1, occurred_at="2026-06-01T00:00:00-16:30"))
    assert Event.objects.get().occurred_at.isoformat() == "2026-06-01T16:30:00+00:00"
