"""Customers by the thousand: known by their numbers, each with an outcome of its own, in few statements."""

from __future__ import annotations

from typing import Any

import pytest

from customers.models import Customer, CustomerExternalId
from protection import suppression
from tests.api.conftest import Api
from tests.factories import create_customer, create_team, create_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin():
    return Api(create_user("admin"))


def record(number: Any, **members: Any) -> dict[str, Any]:
    return {"external_id": {"source": "shop", "value": str(number)}, **members}


def send(api: Api, *records: Any) -> dict[str, Any]:
    response = api.post("customers/bulk", {"records": list(records)})
    assert response.status_code == 200, response.content
    return response.json()


def statuses(answer: dict[str, Any]) -> list[str]:
    return [result["status"] for result in answer["results"]]


def test_each_record_says_what_became_of_it(admin):
    send(admin, record(1, name="Ada"), record(2, name="Grace"))
    answer = send(
        admin,
        record(1, name="Ada"),
        record(2, name="Grace Hopper", emails=[{"email": "grace@example.org"}]),
        record(3, name="Alan"),
        record(4),
        record(5, name="Kay", birth_date="soon"),
        "no record",
        {"name": "no number"},
    )
    assert statuses(answer) == ["unchanged", "updated", "created", "failed", "failed", "failed", "failed"]
    assert (answer["created"], answer["updated"], answer["unchanged"], answer["failed"]) == (1, 1, 1, 4)
    assert [result["version"] for result in answer["results"][:3]] == [1, 2, 1]
    assert answer["results"][4]["errors"][0]["pointer"] == "/birth_date"
    assert answer["results"][6]["errors"][0]["pointer"] == "/external_id"
    assert sorted(Customer.objects.values_list("name", flat=True)) == ["Ada", "Alan", "Grace Hopper"]


def test_the_same_batch_again_changes_nothing(admin):
    batch = [record(n, name=f"Customer {n}", tags=["shop"], phones=[{"number": f"+4930{n:07}"}]) for n in range(20)]
    assert send(admin, *batch)["created"] == 20
    assert send(admin, *batch)["unchanged"] == 20
    assert CustomerExternalId.objects.count() == 20
    assert set(Customer.objects.values_list("version", flat=True)) == {1}


def test_two_records_about_one_customer(admin):
    answer = send(admin, record(1, name="Ada"), record(1, name="Grace"))
    assert statuses(answer) == ["created", "failed"]
    also = [{"source": "shop", "value": "1b"}, {"source": "shop", "value": "1"}]
    assert statuses(send(admin, record(1, external_ids=also))) == ["updated"]
    assert statuses(send(admin, record("1b"), record(1))) == ["unchanged", "failed"]


def test_a_stranger_and_a_reader_learn_only_what_they_may():
    north, south = create_team(), create_team()
    theirs = create_customer("Theirs", team=south)
    CustomerExternalId.objects.create(customer=theirs, source="shop", value="1")
    answer = send(Api(create_user("sales", team=north)), record(1, name="Mine now"), record(2, name="Ada"))
    assert statuses(answer) == ["failed", "created"]
    assert answer["results"][0]["id"] is None
    theirs.refresh_from_db()
    assert theirs.name == "Theirs"


def test_somebody_who_was_erased_is_refused_alone(admin):
    suppression.suppress([suppression.external_id("shop", "1")])
    assert statuses(send(admin, record(1, name="Ada"), record(2, name="Grace"))) == ["failed", "created"]


@pytest.mark.parametrize("number", [5, 50])
def test_a_batch_takes_the_same_few_statements_whatever_its_length(admin, number, django_assert_max_num_queries):
    batch = [record(n, name=f"Customer {n}", emails=[{"email": f"c{n}@example.org"}]) for n in range(number)]
    send(admin, *batch)
    changed = [
        {**each, "name": f"{each['name']} B", "emails": [{"email": f"new-{n}@example.org"}]}
        for n, each in enumerate(batch)
    ]
    with django_assert_max_num_queries(35):
        assert send(admin, *changed)["updated"] == number


@pytest.mark.parametrize("body", [{}, {"records": []}, {"records": [{}] * 1001}, [], "x", {"records": {}}])
def test_what_is_no_batch_is_refused(admin, body):
    assert admin.post("customers/bulk", body).status_code == 400
