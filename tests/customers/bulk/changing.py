"""How these tests make a change of many customers: by the page, then by the job itself."""

from __future__ import annotations

from typing import Any

from django.test import Client

from customers.models import BulkChange, Customer
from jobs.execution import run_job
from jobs.models import Job

URL = "/customers/bulk/"


def ask(client: Client, target: str, *customers: Customer, **data: Any) -> BulkChange:
    """As the form asks; without customers for all that match."""
    chosen = {"customer": [each.pk for each in customers]} if customers else {"all": "1"}
    response = client.post(URL, {"target": target, **chosen, **data})
    assert response.status_code == 302, response.content.decode()
    return BulkChange.objects.latest("pk")


def make(client: Client, target: str, *customers: Customer, **data: Any) -> BulkChange:
    return done(ask(client, target, *customers, **data))


def done(change: BulkChange) -> BulkChange:
    run(change.job_id)
    change.refresh_from_db()
    return change


def run(job_id: int | None) -> Job:
    assert job_id is not None
    job = run_job(job_id)
    assert job.status == "done", job.error
    return job


def take_back(client: Client, change: BulkChange) -> BulkChange:
    client.post(f"{URL}{change.pk}/undo/")
    change.refresh_from_db()
    run(change.undo_job_id)
    change.refresh_from_db()
    return change
