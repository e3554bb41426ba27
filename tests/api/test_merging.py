"""Merges over the API, and the check for duplicates when a customer is created."""

from __future__ import annotations

import pytest

from customers.models import Customer, Merge
from tests.api.conftest import Api
from tests.factories import create_customer, create_team, create_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def api():
    return Api(create_user("manager"))


def test_records_are_merged_and_taken_apart(api):
    ada, double = create_customer("Ada", orders=1), create_customer("Ada Example", orders=2)
    body = {"absorb": [double.pk], "take": {"name": double.pk}, "versions": {str(ada.pk): 1, str(double.pk): 1}}
    merged = api.post(f"customers/{ada.pk}/merge", body)
    assert merged.status_code == 200, merged.json()
    told = merged.json()
    assert (told["survivor"], told["absorbed"], told["undone_at"]) == (ada.pk, [double.pk], None)
    assert told["rows_moved"]["customers.order"] == 2
    assert api.get(f"customers/{ada.pk}").json()["name"] == "Ada Example"
    assert api.get(f"customers/{double.pk}").status_code == 404
    again = api.post(f"customers/{ada.pk}/merge", {"absorb": [double.pk]})
    assert again.status_code == 400, "it is no longer there"
    undone = api.post(f"merges/{told['id']}/undo")
    assert (undone.status_code, undone.json()["conflicts"]) == (200, [])
    assert api.get(f"customers/{double.pk}").json()["name"] == "Ada Example"


def test_what_cannot_be_merged_is_told(api):
    ada, firm = create_customer("Ada"), create_customer("Firm", kind="organisation")
    double = create_customer("Ada")
    for body, status, kind in [
        ({"absorb": [firm.pk]}, 409, "conflict"),
        ({"absorb": [double.pk], "versions": {str(ada.pk): 7, str(double.pk): 1}}, 409, "version-conflict"),
        ({"absorb": [double.pk], "take": {"deleted_at": double.pk}}, 409, "conflict"),
        ({"absorb": [10**9]}, 400, "invalid-request"),
        ({"absorb": [ada.pk]}, 409, "conflict"),
        ({"absorb": [double.pk], "versions": {"x": 1}}, 400, "invalid-request"),
    ]:
        answer = api.post(f"customers/{ada.pk}/merge", body)
        assert (answer.status_code, answer.json()["type"]) == (status, f"urn:meridian:problem:{kind}"), body
    assert not Merge.objects.exists()


def test_many_rows_are_moved_by_a_job(api, monkeypatch):
    monkeypatch.setattr("customers.merging.jobs.MOST_AT_ONCE", 0)
    ada, double = create_customer("Ada", orders=1), create_customer("Ada")
    answer = api.post(f"customers/{ada.pk}/merge", {"absorb": [double.pk]})
    assert (answer.status_code, answer.json()["kind"]) == (202, "merge_customers")


def test_creating_refuses_likely_duplicates_where_it_is_asked_to(api):
    ada = create_customer("Ada", email="ada@example.org", website="https://ada.example")
    create_customer("Secret", team=create_team("South"))
    body = {"name": "Ada L.", "emails": [{"email": "ADA@example.org"}], "website": "https://www.ada.example/"}
    refused = api.post("customers?duplicates=refuse", body)
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:meridian:problem:likely-duplicate")
    assert refused.json()["duplicates"] == [{"id": ada.pk, "score": 0.96, "reasons": ["email", "website"]}]
    assert api.post("customers", body).status_code == 201
    assert api.post("customers?duplicates=refuse", {"name": "Nobody"}).status_code == 201
    stranger = Api(create_user("sales", team=create_team("North")))
    assert stranger.post("customers?duplicates=refuse", {"name": "Secret"}).status_code == 201
    assert Customer.objects.get(name="Ada L.").website == "https://www.ada.example/"
