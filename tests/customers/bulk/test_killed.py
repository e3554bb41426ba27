"""Real processes, killed in the middle of a change and of taking it back: nothing twice, nothing by half."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import transaction
from django.test import Client

from customers.models import BulkBatch, BulkBefore, BulkChange, Customer
from jobs import leases
from protection.audit.models import Change
from tests.customers.bulk.changing import URL, ask, run
from tests.factories import create_customer, create_user
from tests.jobs.processes import process, until

pytestmark = pytest.mark.django_db(transaction=True)


def killed_at(customer: Customer, job_id: int | None, arrived: Callable[[], bool]) -> None:
    """Run the job in a process of its own, which waits for that customer in the middle of its work, and kill it."""
    with transaction.atomic():
        Customer.objects.select_for_update().get(pk=customer.pk)
        with process("tests.customers.bulk.run_in_tens", str(job_id)) as victim:
            until(arrived, seconds=60)
            victim.kill()
            victim.wait()
    until(lambda: leases.return_lost() == 1)


def test_a_change_and_its_undo_go_on_where_they_were_killed(client: Client) -> None:
    client.force_login(create_user("manager"))
    customers = [create_customer(source=f"shop {number}") for number in range(30)]
    change = ask(client, "source", value="fair")
    killed_at(customers[14], change.job_id, lambda: BulkChange.objects.get().changed == 10)
    assert Customer.objects.filter(source="fair").count() == BulkBefore.objects.count() == 10

    assert run(change.job_id).result == {"changed": 30, "unchanged": 0, "left_out": 0}
    assert set(Customer.objects.values_list("source", "version")) == {("fair", 2)}
    assert Change.objects.filter(table_name="customers_customer", action="update").count() == 30
    assert not BulkBatch.objects.exists()

    client.post(f"{URL}{change.pk}/undo/")
    change.refresh_from_db()
    killed_at(customers[14], change.undo_job_id, lambda: BulkChange.objects.get().restored == 10)
    assert run(change.undo_job_id).result == {"restored": 30, "kept": 0}
    assert {each.source for each in Customer.objects.all()} == {f"shop {number}" for number in range(30)}
    assert set(Customer.objects.values_list("version", flat=True)) == {3}
