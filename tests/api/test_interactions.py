"""Interactions and tasks over the API, by the rules of the page."""

from __future__ import annotations

import pytest

from customers.models import Interaction, Task
from notifications.models import Notification
from tests.api.conftest import Api
from tests.factories import create_customer, create_interaction, create_team, create_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def seller():
    return create_user(team=create_team("North"))


@pytest.fixture
def api(seller):
    return Api(seller)


def test_what_is_written_is_listed_and_tells_who_is_named(api, seller):
    ada = create_customer("Ada", owner=seller)
    tomas = create_user("manager", name="Tomás Reyes")
    call = {"customer": ada.pk, "kind": "call", "direction": "out", "outcome": "reached", "text": "@Tomás Reyes please"}
    made = api.post("interactions", call)
    assert made.status_code == 201, made.json()
    assert made.json()["is_contact"] is True
    task = {"customer": ada.pk, "title": "Send it", "due_date": "2026-12-01", "owner": tomas.pk}
    assert api.post("tasks", task).status_code == 201
    assert [row["id"] for row in api.get(f"interactions?customer={ada.pk}").json()["results"]] == [made.json()["id"]]
    assert api.get("tasks?is_done=false").json()["results"][0]["owner"] == tomas.pk
    assert set(Notification.objects.values_list("recipient", "kind")) == {
        (tomas.pk, "mentioned"),
        (tomas.pk, "task_assigned"),
    }


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"kind": "note"}, "/text"),
        ({"kind": "call", "direction": "out"}, "/outcome"),
        ({"kind": "note", "text": "ask @Yuki Mori"}, "/text"),
        (
            {"kind": "call", "direction": "out", "outcome": "reached", "happened_at": "2199-01-01T00:00:00Z"},
            "/happened_at",
        ),
    ],
)
def test_what_the_page_refuses_is_refused_with_its_place(api, seller, body, pointer):
    create_user(team=create_team("South"), name="Yuki Mori")
    answer = api.post("interactions", {"customer": create_customer("Ada", owner=seller).pk, **body})
    assert answer.status_code == 400
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert not Interaction.objects.exists()


def test_a_customer_of_others_is_not_there(api, seller):
    theirs = create_customer("Cleo", owner=create_user(team=create_team("South")))
    create_interaction(theirs)
    assert api.get("interactions").json()["results"] == []
    assert api.post("tasks", {"customer": theirs.pk, "title": "x", "due_date": "2026-12-01"}).status_code == 400
    assert not Task.objects.exists()
