"""What is kept for a time only goes when it is over, and nothing else does."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from customers import consent
from customers.models import Customer, FileContent, Task
from imports.models import Import, RowProblem
from jobs.actions import enqueue
from jobs.execution import run_job
from jobs.models import Schedule
from notifications.models import Notification
from privacy.models import ErasureRequest, RetentionRule
from privacy.retention import FIRST_RULES, rules
from protection.audit import erasing, log_access
from protection.audit.models import AccessLog, Change
from tests.factories import create_customer, create_event, create_file, create_order, create_task, create_user

pytestmark = pytest.mark.django_db(transaction=True)


def days_ago(days: int) -> dt.datetime:
    return timezone.now() - dt.timedelta(days=days)


def keep(kind: str, days: int) -> None:
    RetentionRule.objects.update_or_create(kind=kind, defaults={"days": days, "is_active": True})


def apply() -> dict[str, int]:
    job = run_job(enqueue(kind="apply_retention", params={}).pk)
    assert job.status == "done", job.error
    return job.result


def aged(name: str, *, days: int, **fields: Any) -> Customer:
    customer = create_customer(name, **fields)
    Customer.objects.filter(pk=customer.pk).update(updated_at=days_ago(days))
    return customer


def test_each_kind_has_a_rule_and_it_is_applied_every_night():
    assert {rule.kind for rule in rules()} == set(RetentionRule.Kind.values) == set(FIRST_RULES)
    # The migration's schedules are gone in a test that empties the tables; what they name must exist.
    Schedule.objects.create(kind="apply_retention", at_time=dt.time(2))
    assert set(apply()) == {
        "row_problems",
        "deleted_customers",
        "audit_trail",
        "read_notifications",
        "deleted_interactions",
        "deleted_tasks",
        "packages",
        "exports",
        "views",
    }


def test_refused_rows_go_with_their_time():
    old, young = (Import.objects.create(kind="orders", file_name="a.csv", source="shop") for _ in range(2))
    Import.objects.filter(pk=old.pk).update(created_at=days_ago(91))
    for file_import in (old, young):
        RowProblem.objects.create(file_import=file_import, row_number=1, reason="missing")
    assert apply()["row_problems"] == 1
    assert RowProblem.objects.get().file_import == young


def test_deleted_customers_are_erased_after_a_time_and_only_once():
    gone = aged("Gone", days=200, deleted_at=days_ago(91))
    aged("Just deleted", days=200, deleted_at=days_ago(89))
    aged("Living", days=200)
    assert apply()["deleted_customers"] == 1
    request = ErasureRequest.objects.get()
    assert (request.customer, request.ground, request.keeps_out) == (gone, "retention", False)
    assert apply()["deleted_customers"] == 0
    run_job(request.job_id or 0)
    assert apply()["deleted_customers"] == 0
    assert set(Customer.objects.values_list("name", flat=True)) == {
        f"Erased customer {gone.pk}",
        "Just deleted",
        "Living",
    }


def test_leads_that_nothing_has_come_of_are_erased():
    keep("inactive_leads", 100)
    lost = aged("Lost", days=101, lifecycle="lead")
    aged("Customer", days=101, lifecycle="customer")
    aged("Fresh", days=99, lifecycle="lead")
    buyer = aged("Buyer", days=101, lifecycle="lead")
    create_order(buyer, on=dt.date(2020, 1, 1))
    visitor = aged("Visitor", days=101, lifecycle="lead")
    create_event(visitor, on=timezone.localdate())
    consent.record_decision(customer=aged("Decided", days=101), purpose="email", is_given=True)
    assert apply()["inactive_leads"] == 1
    assert ErasureRequest.objects.get().customer == lost


def test_the_log_of_accesses_can_be_kept_for_a_time():
    keep("access_log", 30)
    old, young = log_access("export"), log_access("export")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL crm.erasing = 'on'")
        AccessLog.objects.filter(pk=old.pk).update(at=days_ago(31))
    assert apply()["access_log"] == 1
    assert AccessLog.objects.get() == young


def test_the_audit_trail_is_kept_for_three_years_unless_told_otherwise():
    ada = create_customer("Ada")
    with erasing():
        Change.objects.filter(customer_id=ada.pk).update(at=days_ago(1096))
    Customer.objects.filter(pk=ada.pk).update(source="fair")
    apply()
    assert [change.action for change in Change.objects.filter(customer_id=ada.pk)] == ["update"]


def test_a_rule_that_is_off_takes_nothing():
    RetentionRule.objects.create(kind="deleted_customers", days=1, is_active=False)
    aged("Gone", days=200, deleted_at=days_ago(91))
    assert "deleted_customers" not in apply()
    assert not ErasureRequest.objects.exists()


def test_what_is_read_and_what_was_deleted_goes_after_ninety_days_with_all_that_hangs_on_it():
    ada, lena = create_customer("Ada"), create_user()
    for days in (91, 89, None):
        at = days_ago(days) if days else None
        note = create_file(ada, f"{days}.pdf", deleted_at=at).interaction
        note.mentions.add(lena)
        create_task(ada, str(days), deleted_at=at)
        Notification.objects.create(recipient=lena, kind="mentioned", read_at=at)
    counts = apply()
    assert [counts[kind] for kind in ("read_notifications", "deleted_interactions", "deleted_tasks")] == [1, 1, 1]
    assert sorted(FileContent.objects.values_list("file__name", flat=True)) == ["89.pdf", "None.pdf"]
    assert Notification.objects.count() == Task.objects.count() == 2
