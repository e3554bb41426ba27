"""What an admin may change of a custom field, and the job that makes its index."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from accounts.visibility import EVERYTHING
from customers.custom_fields import clean
from customers.custom_indexes import KIND, MAX_INDEXED, synchronise
from customers.filters import apply, parse
from customers.listing import CustomerListing
from customers.models import Customer, CustomField, Order
from customers.shop.lists import OrderFilter
from jobs import leases
from jobs.context import JobContext
from jobs.errors import JobError
from jobs.heartbeat import Heartbeat
from jobs.models import Job
from tests.customers.custom import create_field, create_one_of_each
from tests.factories import create_customer, create_user

NOON = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
URL = "/admin/customers/customfield/"
NEW = {
    "applies_to": "customer",
    "key": "tier",
    "label": "Tier",
    "kind": "choice",
    "choices": "Gold\nold: Silver",
    "position": "0",
}


@pytest.fixture
def admin(client, db):
    client.force_login(create_user("admin"))
    return client


def errors(response) -> set[str]:
    return set(response.context["adminform"].form.errors)


def test_an_admin_makes_a_field_and_its_index_is_asked_for(admin):
    assert admin.post(f"{URL}add/", {**NEW, "is_indexed": "on"}).status_code == 302
    made = CustomField.objects.get()
    assert made.choices == [{"key": "gold", "label": "Gold"}, {"key": "old", "label": "Silver"}]
    assert [job.kind for job in Job.objects.all()] == [KIND]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"key": "Tier"}, "key"),
        ({"key": "tier\n"}, None),
        ({"key": "1st"}, "key"),
        ({"choices": ""}, "choices"),
        ({"choices": "a: A\na: B"}, "choices"),
        ({"choices": "铜"}, "choices"),
        ({"kind": "text"}, "choices"),
        ({"confidential": "sensitive"}, "confidential"),
    ],
)
def test_it_refuses_a_field_that_cannot_be(admin, wrong, field):
    response = admin.post(f"{URL}add/", {**NEW, **wrong})
    if field is None:  # stripped by the form
        assert CustomField.objects.get().key == "tier"
    else:
        assert field in errors(response)
        assert not CustomField.objects.exists()


def test_key_and_kind_stay_once_there_are_values(admin):
    tier = create_field("tier", "choice")
    create_customer("Ada", custom=clean("customer", {"tier": "gold"}))
    changed = {**NEW, "key": "level", "applies_to": "order", "label": "Level", "choices": "gold: Or"}
    assert "kind" in errors(admin.post(f"{URL}{tier.pk}/change/", {**changed, "kind": "text"}))
    assert admin.post(f"{URL}{tier.pk}/change/", changed).status_code == 302
    tier.refresh_from_db()
    assert (tier.key, tier.kind, tier.applies_to, tier.label) == ("tier", "choice", "customer", "Level")
    assert "choices" in errors(admin.post(f"{URL}{tier.pk}/change/", {**changed, "choices": "silver: Silver"}))
    assert "confidential" in errors(admin.post(f"{URL}{tier.pk}/change/", {**changed, "confidential": "sensitive"}))
    assert admin.post(f"{URL}{tier.pk}/delete/", {"post": "yes"}).status_code == 403


def test_no_more_indexes_than_writing_can_bear(admin):
    for number in range(MAX_INDEXED):
        create_field(f"f{number}", is_indexed=True)
    assert "is_indexed" in errors(admin.post(f"{URL}add/", {**NEW, "is_indexed": "on"}))


# --- indexes ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def run_job(transactional_db):
    def run() -> dict[str, int]:
        job = leases.claim(Job.objects.create(kind=KIND, params_hash=f"{Job.objects.count()}").pk)
        assert job is not None
        return dict(synchronise(JobContext(job, Heartbeat(job))))

    yield run
    CustomField.objects.all().delete()
    run()


def indexes() -> dict[str, bool]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, indisvalid FROM pg_index JOIN pg_class ON oid = indexrelid"
            " WHERE relname ~ '^custom_field_[0-9]'"
        )
        return dict(cursor.fetchall())


def plan(field: str, op: str, value: object) -> str:
    found = apply(Customer.objects.live(), parse({"field": field, "op": op, "value": value}), sight=EVERYTHING)
    return str(found.order_by().values("pk").explain())


def test_the_job_makes_what_is_missing_and_drops_what_is_not_wanted(run_job):
    fields = create_one_of_each(is_indexed=True)
    assert run_job() == {"made": 9, "dropped": 0}
    assert run_job() == {"made": 0, "dropped": 0}
    CustomField.objects.exclude(pk=fields["date"].pk).update(is_indexed=False)
    with connection.cursor() as cursor:
        # As a making leaves it that was killed half-way.
        cursor.execute(
            "UPDATE pg_index SET indisvalid = false WHERE indexrelid = %s::regclass",
            [f"custom_field_{fields['date'].pk}"],
        )
    assert run_job() == {"made": 1, "dropped": 9}
    assert indexes() == {f"custom_field_{fields['date'].pk}": True}


def test_orders_and_products_have_indexes_of_their_own(run_job):
    of_order, of_product = (
        create_field("size", "number", applies_to=each, is_indexed=True) for each in ("order", "product")
    )
    assert run_job() == {"made": 2, "dropped": 0}
    Order.objects.bulk_create(
        Order(external_id=str(number), ordered_at=NOON, ordered_date=NOON.date(), total_minor=1, total_base_minor=1)
        for number in range(2000)
    )
    asked = OrderFilter(QueryDict("custom-size-from=12"), sight=EVERYTHING)
    assert asked.is_valid()
    assert f"custom_field_{of_order.pk}" in asked.narrow(Order.objects.all()).explain()
    assert f"custom_field_{of_product.pk}" in indexes()


@pytest.mark.django_db(transaction=True)
def test_filters_find_by_the_index_of_each_kind(run_job):
    fields = create_one_of_each(is_indexed=True)
    create_customer("Ada", custom=clean("customer", {"my_text": "x" * 500, "my_sealed": "A1"}))
    Customer.objects.bulk_create(Customer(name=f"Nobody {number}") for number in range(2000))
    run_job()
    for kind, op, value in [
        ("text", "is", "Zoë"),
        ("text", "starts_with", "Zo"),
        ("link", "is", "https://example.org"),
        ("number", "between", [1, 2]),
        ("money", ">=", "2.5"),
        ("date", "<", "2026-01-01"),
        ("choice", "is", "gold"),
        ("multi_choice", "has", "gold"),
        ("yes_no", "is", True),
        ("sealed", "is", "a1"),
    ]:
        said = plan(f"custom.my_{kind}", op, value)
        assert f"custom_field_{fields[kind].pk}" in said, (kind, op, said)


@pytest.mark.django_db(transaction=True)
def test_texts_are_sorted_by_the_index_from_any_place_on(run_job):
    field = create_field("code", "text", is_indexed=True)
    Customer.objects.bulk_create(
        Customer(name=f"Nobody {number}", custom={"code": f"C{number % 50}"}) for number in range(2000)
    )
    run_job()
    cursor = ""
    for _page in range(2):
        page = CustomerListing({"sort": "custom.code", "cursor": cursor}, sight=EVERYTHING)
        with CaptureQueriesContext(connection) as captured:
            cursor = page.page.next_cursor
        (said,) = (
            explained(query["sql"]) for query in captured if "ORDER BY" in query["sql"] and "LIMIT 51" in query["sql"]
        )
        assert f"custom_field_{field.pk}_sorted" in said, said
        assert "Sort" not in said, said


def explained(statement: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {statement}")
        return "\n".join(line for (line,) in cursor.fetchall())


def test_two_jobs_do_not_make_the_same_indexes(run_job):
    create_field("size", "number", is_indexed=True)
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [0x637573746F6D])
        with pytest.raises(JobError):
            run_job()
    finally:
        other.close()
