"""What is kept for a time only: rules that a job applies every night."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.filters import saved
from customers.models import Consent, Customer, Event, Interaction, Order, Task
from imports.exporting import actions as exporting
from imports.models import RowProblem
from jobs.context import JobContext
from notifications.models import Notification
from privacy import packages
from privacy.erasing import Ground, request_erasure
from privacy.models import ErasureRequest, RetentionRule, Tombstone
from privacy.trail import forgetting
from protection.audit.models import AccessLog, Change
from surveys.models import Invitation

JOB_KIND = "apply_retention"
# Each is a job of its own; what is left over comes the next night.
MOST_ERASURES = 500
MOST_WITH_PARTS = 10_000
Kind = RetentionRule.Kind

# What holds until an admin decides otherwise: days, and whether the rule is active.
FIRST_RULES: dict[str, tuple[int, bool]] = {
    Kind.ROW_PROBLEMS: (90, True),
    Kind.DELETED_CUSTOMERS: (90, True),
    Kind.INACTIVE_LEADS: (730, False),
    Kind.ACCESS_LOG: (1095, False),
    Kind.AUDIT_TRAIL: (1095, True),
    Kind.READ_NOTIFICATIONS: (90, True),
    Kind.DELETED_INTERACTIONS: (90, True),
    Kind.DELETED_TASKS: (90, True),
}


def rules() -> list[RetentionRule]:
    """The rule of each kind; what no admin has changed comes from `FIRST_RULES`, unsaved."""
    saved = {rule.kind: rule for rule in RetentionRule.objects.select_related("changed_by")}
    return [
        saved.get(kind) or RetentionRule(kind=kind, days=days, is_active=is_active)
        for kind, (days, is_active) in FIRST_RULES.items()
    ]


def run(context: JobContext) -> Mapping[str, Any]:
    active = [rule for rule in rules() if rule.is_active]
    counts: dict[str, int] = {}
    for number, rule in enumerate(active):
        context.progress(number, len(active), str(rule))
        with context.fenced(), forgetting():
            counts[rule.kind] = APPLY[rule.kind](timezone.now() - dt.timedelta(days=rule.days))
    counts["packages"], counts["exports"], counts["views"] = packages.purge(), exporting.purge(), saved.purge()
    return counts


def due(rule: RetentionRule) -> int:
    """How many the rule would take now."""
    return int(COUNT[rule.kind](timezone.now() - dt.timedelta(days=rule.days)).count())


def _row_problems(before: dt.datetime) -> Any:
    return RowProblem.objects.filter(file_import__created_at__lt=before)


def _deleted_customers(before: dt.datetime) -> Any:
    buried = Tombstone.objects.filter(customer_id=OuterRef("pk"))
    return _not_asked_for(Customer.objects.filter(~Exists(buried), deleted_at__lt=before, merged_into=None))


def _inactive_leads(before: dt.datetime) -> Any:
    """Leads of whom nothing was written and nothing heard since; somebody who ever bought is none."""
    bought = Order.objects.filter(customer=OuterRef("pk"))
    heard = Event.objects.filter(customer=OuterRef("pk"), occurred_at__gte=before)
    decided = Consent.objects.filter(customer=OuterRef("pk"), decided_at__gte=before)
    answered = Invitation.objects.filter(customer=OuterRef("pk"), answered_at__gte=before)
    leads = Customer.objects.filter(lifecycle=Customer.Lifecycle.LEAD, deleted_at=None, updated_at__lt=before)
    return _not_asked_for(leads.filter(~Exists(bought), ~Exists(heard), ~Exists(decided), ~Exists(answered)))


def _not_asked_for(customers: Any) -> Any:
    asked = ErasureRequest.objects.filter(customer=OuterRef("pk"), status=ErasureRequest.Status.REQUESTED)
    return customers.filter(~Exists(asked))


def _access_log(before: dt.datetime) -> Any:
    return AccessLog.objects.filter(at__lt=before)


def _audit_trail(before: dt.datetime) -> Any:
    return Change.objects.filter(at__lt=before)


def _read_notifications(before: dt.datetime) -> Any:
    return Notification.objects.filter(read_at__lt=before)


def _deleted_interactions(before: dt.datetime) -> Any:
    return Interaction.objects.filter(deleted_at__lt=before)


def _deleted_tasks(before: dt.datetime) -> Any:
    return Task.objects.filter(deleted_at__lt=before)


def _delete_with_parts(rows: Callable[[dt.datetime], Any]) -> Callable[[dt.datetime], int]:
    """What hangs on the rows goes with them; what is left over, the next night."""

    def delete(before: dt.datetime) -> int:
        found = list(rows(before).values_list("pk", flat=True)[:MOST_WITH_PARTS])
        rows(before).filter(pk__in=found).delete()
        return len(found)

    return delete


def _delete(rows: Callable[[dt.datetime], Any]) -> Callable[[dt.datetime], int]:
    return lambda before: rows(before)._raw_delete("default")


def _erase(customers: Callable[[dt.datetime], Any]) -> Callable[[dt.datetime], int]:
    def ask(before: dt.datetime) -> int:
        found = list(customers(before).order_by("pk")[:MOST_ERASURES])
        for customer in found:
            # Nobody asked for it: who comes again is welcome.
            request_erasure(customer=customer, ground=Ground.RETENTION, keeps_out=False)
        return len(found)

    return ask


COUNT: dict[str, Callable[[dt.datetime], Any]] = {
    Kind.ROW_PROBLEMS: _row_problems,
    Kind.DELETED_CUSTOMERS: _deleted_customers,
    Kind.INACTIVE_LEADS: _inactive_leads,
    Kind.ACCESS_LOG: _access_log,
    Kind.AUDIT_TRAIL: _audit_trail,
    Kind.READ_NOTIFICATIONS: _read_notifications,
    Kind.DELETED_INTERACTIONS: _deleted_interactions,
    Kind.DELETED_TASKS: _deleted_tasks,
}
APPLY: dict[str, Callable[[dt.datetime], int]] = {
    Kind.ROW_PROBLEMS: _delete(_row_problems),
    Kind.DELETED_CUSTOMERS: _erase(_deleted_customers),
    Kind.INACTIVE_LEADS: _erase(_inactive_leads),
    Kind.ACCESS_LOG: _delete(_access_log),
    Kind.AUDIT_TRAIL: _delete(_audit_trail),
    Kind.READ_NOTIFICATIONS: _delete(_read_notifications),
    Kind.DELETED_INTERACTIONS: _delete_with_parts(_deleted_interactions),
    Kind.DELETED_TASKS: _delete_with_parts(_deleted_tasks),
}


def describe_result(result: Mapping[str, Any]) -> list[tuple[Any, str]]:
    labels = {**dict(Kind.choices), "packages": _("Data packages"), "exports": _("Exports")}
    return [(labels.get(name, name), str(count)) for name, count in result.items()]
