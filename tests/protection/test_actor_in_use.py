"""Requests, jobs and imports say who acts, and nobody is named in another's place."""

from __future__ import annotations

from contextlib import suppress

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Team
from customers.models import Customer
from imports.importing import Request
from jobs import kinds
from jobs.actions import enqueue
from jobs.execution import run_job
from protection.audit import acting
from protection.audit.actor import send_with_actor
from protection.audit.models import Change
from tests.factories import create_customer, create_team, create_user


def only_change(**wanted):
    return Change.objects.get(**wanted)


@pytest.mark.django_db
def test_a_page_s_write_is_put_down_to_whoever_is_logged_in(client):
    ada = create_customer("Ada")
    user = create_user("admin")
    client.force_login(user)
    client.post(reverse("customers:archive", args=[ada.pk]), {"archived": "yes"})
    change = only_change(table_name="customers_customer", action="update")
    assert (change.actor_id, change.origin, list(change.changes)) == (user.pk, "web", ["archived_at"])


@pytest.mark.django_db
def test_the_administration_is_told_apart(client):
    user = create_user("admin")
    client.force_login(user)
    response = client.post(reverse("admin:accounts_team_add"), {"name": "North"})
    assert response.status_code == 302
    change = only_change(table_name="accounts_team")
    assert (change.actor_id, change.origin) == (user.pk, "admin")


@pytest.mark.django_db
def test_reading_costs_no_more_queries_than_without(client, django_assert_num_queries):
    client.force_login(create_user())
    page = reverse("customers:list")
    client.get(page)
    connection.execute_wrappers.remove(send_with_actor)
    with CaptureQueriesContext(connection) as plain:
        client.get(page)
    connection.execute_wrappers.insert(0, send_with_actor)
    with django_assert_num_queries(len(plain)):
        client.get(page)


@pytest.fixture
def pool():
    """The connection as the web server has it: each request takes one from a pool and gives it back."""
    options, age = connection.settings_dict["OPTIONS"], connection.settings_dict["CONN_MAX_AGE"]
    connection.close()
    connection.settings_dict.update(OPTIONS={**options, "pool": {"min_size": 1, "max_size": 1}}, CONN_MAX_AGE=0)
    yield
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]
    connection.settings_dict.update(OPTIONS=options, CONN_MAX_AGE=age)


@pytest.mark.django_db(transaction=True)
def test_a_connection_of_the_pool_carries_nobody_to_the_next_request(pool):
    user = create_user()
    with suppress(IntegrityError), acting(user=user, origin="web"):
        create_team("North")
        backend = connection.connection.info.backend_pid
        with transaction.atomic():
            create_team("lost with its transaction")
            create_team("north")
    connection.close()

    create_team("South")
    assert connection.connection.info.backend_pid == backend
    connection.close()

    with acting(origin="job"):
        create_team("West")
    changes = Change.objects.filter(table_name="accounts_team").order_by("id")
    assert [(change.changes["name"][1], change.actor_id, change.origin) for change in changes] == [
        ("North", user.pk, "web"),
        ("South", None, ""),
        ("West", None, "job"),
    ]


@pytest.fixture
def renaming():
    """A kind of job that writes."""
    Team.objects.create(name="North")

    def rename(context):
        return {"n": Team.objects.update(name="South")}

    kind = kinds.JobKind("renaming", "renaming", "maintenance", rename)
    kinds.register(kind)
    yield kind.name
    del kinds._kinds[kind.name]


@pytest.mark.django_db(transaction=True)
def test_a_job_writes_in_the_name_of_whoever_asked_for_it(renaming):
    user = create_user("admin")
    job = enqueue(kind=renaming, params={}, requested_by=user)
    with acting(origin="command", detail="recompute"):
        assert run_job(job.pk).result == {"n": 1}
    change = Change.objects.get(table_name="accounts_team", action="update")
    assert (change.actor_id, change.origin, change.detail) == (user.pk, "job", f"renaming {job.pk}")


@pytest.mark.django_db(transaction=True)
def test_a_file_is_imported_by_whoever_asked_for_it(tmp_path):
    file = tmp_path / "people.csv"
    file.write_text("Customer ID,Name,Email\nC1,Ada Lovelace,ada@example.org\n")
    user = create_user("admin")
    job = run_job(enqueue(kind="import", params=Request(str(file), "customers").as_params(), requested_by=user).pk)
    assert job.status == "done", job.error
    ada = Customer.objects.get(name="Ada Lovelace")
    told = Change.objects.filter(customer_id=ada.pk, actor=user, origin="import", action="insert")
    assert {"customers_customer", "customers_emailaddress"} <= set(told.values_list("table_name", flat=True))
