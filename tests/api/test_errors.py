"""What is no success is a problem in JSON, whoever finds it; and a request that is sent twice is carried out once."""

from __future__ import annotations

import pytest
from django.db import connection

from api.views.customers import Customers
from customers.custom_fields import reveal
from customers.models import Customer, CustomField, Product
from tests.api.conftest import Api
from tests.factories import create_customer, create_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin():
    return Api(create_user("admin"))


def kind(response) -> str:
    assert response.headers["Content-Type"] == "application/problem+json", response.content
    problem = response.json()
    assert problem["status"] == response.status_code
    assert set(problem) >= {"type", "title", "status", "detail"}
    return problem["type"].removeprefix("urn:meridian:problem:")


def test_every_address_below_the_api_answers_with_problems(admin, client):
    assert kind(admin.get("no/such/thing")) == "not-found"
    assert kind(admin.post("no-such-thing", {})) == "not-found"
    assert kind(admin.get("customers/")) == "not-found"
    assert kind(admin.get("customers/%0A")) == "not-found"
    assert kind(admin.get(f"customers/{10**30}")) == "not-found"
    assert kind(client.get("/api/v1/no-such-thing")) == "not-authenticated"


@pytest.mark.parametrize("method", ["PUT", "OPTIONS", "TRACE", "DELETE"])
def test_other_methods(admin, method):
    refused = admin.call(method, "customers")
    assert kind(refused) == "method-not-allowed"
    assert refused.headers["Allow"] == "GET, POST, HEAD"


def test_other_representations(admin):
    assert kind(admin.get("customers", Accept="text/html")) == "not-acceptable"
    assert kind(admin.post("customers", "name=Ada", **{"Content-Type": "text/plain"})) == "unsupported-media-type"
    for form in ("application/x-www-form-urlencoded", "multipart/form-data"):
        headers = {"Content-Type": form, "Idempotency-Key": "a"}
        assert kind(admin.post("customers", "name=Ada", **headers)) == "unsupported-media-type"


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "null",
        "[]",
        '"Ada"',
        b"\xff\xfe",
        '{"name": "A\\u0000da"}',
        '{"name": "A\\ud800da"}',
        '{"name": "A\\u202eda"}',
        '{"name": NaN}',
        '{"name": "Ada", "annual_income": ' + "9" * 500 + "}",
        "[" * 100_000,
        '{"custom": ' + '{"a":' * 50 + "1" + "}" * 50 + ', "name": "Ada"}',
    ],
    ids=lambda body: repr(body)[:30],
)
def test_what_cannot_be_read_is_refused(admin, body):
    refused = admin.post("customers", body)
    assert (refused.status_code, kind(refused)) == (400, "invalid-request")
    assert not Customer.objects.exists()


def test_a_body_that_is_too_large(admin):
    assert kind(admin.post("customers", b" " * (6 * 1024 * 1024))) == "too-large"


def test_what_nobody_foresaw_is_a_problem_too_and_gives_nothing_away(admin, monkeypatch):
    def fail(self, request):
        raise RuntimeError("the password is swordfish")

    monkeypatch.setattr(Customers, "get", fail)
    broken = admin.get("customers")
    assert (broken.status_code, kind(broken)) == (500, "internal-error")
    assert "swordfish" not in broken.content.decode()


def test_answers_are_kept_by_no_cache(admin):
    assert admin.get("customers").headers["Cache-Control"] == "no-store"
    assert "Authorization" in admin.get("customers").headers["Vary"]


# --- once -------------------------------------------------------------------------------------------------------------


def test_the_same_request_with_the_same_key_is_carried_out_once(admin):
    first, second = (admin.post("customers", {"name": "Ada"}, Idempotency_Key="order-1") for _time in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert (first.headers["ETag"], first.headers["Location"]) == (second.headers["ETag"], second.headers["Location"])
    assert second.headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first.headers
    assert Customer.objects.count() == 1
    admin.post("customers", {"name": "Ada"}, Idempotency_Key="order-2")
    assert Customer.objects.count() == 2


def test_a_key_belongs_to_its_request_and_its_token(admin):
    admin.post("customers", {"name": "Ada"}, Idempotency_Key="1")
    assert kind(admin.post("customers", {"name": "Grace"}, Idempotency_Key="1")) == "key-reused"
    assert kind(admin.post("customers", {"name": "Ada"}, Idempotency_Key="x" * 201)) == "invalid-request"
    other = Api(create_user("admin")).post("customers", {"name": "Ada"}, Idempotency_Key="1")
    assert (other.status_code, Customer.objects.count()) == (201, 2)


def test_what_was_refused_can_be_sent_again(admin):
    assert admin.post("customers", {"name": ""}, Idempotency_Key="1").status_code == 400
    assert admin.post("customers", {"name": "Ada"}, Idempotency_Key="1").status_code == 201


def test_a_batch_with_a_key_is_taken_in_once(admin):
    batch = [{"external_id": "1", "kind": "visit", "occurred_at": "2026-06-01T12:00:00Z"}]
    answers = [admin.post("events/batch", batch, Idempotency_Key="b").json() for _time in range(2)]
    assert [answer["created"] for answer in answers] == [1, 1]


def test_two_changes_of_one_customer_take_turns(admin):
    """The version is compared under a lock: the statement that reads it waits for whoever is changing it."""
    customer = create_customer("Ada")
    with connection.execute_wrapper(lambda execute, sql, *rest: statements.append(sql) or execute(sql, *rest)):
        statements: list[str] = []
        admin.patch(f"customers/{customer.pk}", {"name": "Grace"}, If_Match='"1"')
    reading = next(sql for sql in statements if 'FROM "customers_customer"' in sql)
    assert reading.endswith("FOR UPDATE")


def test_a_member_that_is_misspelt_is_refused_and_what_was_read_can_be_sent_back(admin):
    api = admin
    refused = api.post("products", {"sku": "A1", "name": "Tea", "price": "2.50"})
    assert (refused.status_code, pointers(refused)) == (400, ["/price"])
    assert not Product.objects.exists()
    line = {"description": "Tea", "quantity": "1", "unit_price": "2", "discuont": "1"}
    order = {"external_id": "7", "ordered_at": "2026-06-01T12:00:00Z", "lines": [line]}
    assert pointers(api.post("orders", order)) == ["/lines/0/discuont"]
    two = api.post("customers/bulk", {"records": [customer(1, nmae="x"), customer(2)]}).json()
    assert [each["status"] for each in two["results"]] == ["failed", "created"]
    assert two["results"][0]["errors"][0]["pointer"] == "/nmae"

    CustomField.objects.create(key="iban", label="IBAN", kind="text", confidential="sensitive")
    path = f"customers/{two['results'][1]['id']}"
    api.patch(path, {"tax_number": "DE 4711", "custom": {"iban": "DE02"}}, If_Match="*")
    read = api.get(path)
    sent = api.call("PUT", path, {**read.json(), "source": "fair"}, If_Match=read["ETag"])
    assert (sent.status_code, sent.json()["source"]) == (200, "fair")
    kept = Customer.objects.get(pk=read.json()["id"])
    assert (kept.tax_number.reveal(), kept.identity_number) == ("DE 4711", None)
    assert reveal(CustomField.objects.get(), kept.custom["iban"]) == "DE02"


def pointers(response):
    return [each["pointer"] for each in response.json()["errors"]]


def customer(number, **more):
    return {"external_id": {"source": "erp", "value": f"E{number}"}, "name": f"C {number}", **more}
