"""Tasks on the customer's page: those that are open beside the timeline, those that are done on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy

from accounts.visibility import Sight
from customers.access import sight_of
from customers.extensions import Panel, Place, Registry, TimelineEntry, TimelineSource
from customers.interactions import quick_add
from customers.models import Customer, Task
from customers.timeline import before_place
from protection.masking import text_shown

OPEN_SHOWN = 20
CHANGED = "tasks-changed"  # said to the page, whose panel looks again


def rows(customer: Customer, sight: Sight) -> QuerySet[Task]:
    found: QuerySet[Task] = Task.objects.live().filter(customer=customer, done_at__isnull=False)
    return found


def entries(customer: Customer, sight: Sight, before: Place | None, limit: int) -> Sequence[TimelineEntry]:
    return [
        TimelineEntry(
            at=task.done_at,
            id=task.pk,
            kind="task",
            icon="square-check-big",
            title=text_shown(sight, task.title),
            body=text_shown(sight, task.text),
            actor=str(task.done_by or ""),
        )
        for task in before_place(rows(customer, sight), "done_at", before, limit).select_related("done_by")
    ]


def panel(request: HttpRequest, customer: Customer) -> Mapping[str, Any] | None:
    tasks = (
        Task.objects.still_open().filter(customer=customer).select_related("owner", "customer").order_by("due_at", "id")
    )
    found = list(tasks[:OPEN_SHOWN])
    may_edit = sight_of(request).may_edit(customer)
    if not found and not may_edit:
        return None
    return {
        "tasks": found,
        "may_edit": may_edit,
        "page_url": customer.get_absolute_url(),
        "changed": CHANGED,
        "add_url": quick_add.url_of(customer, quick_add.TASK),
        "now": timezone.now(),
    }


def register(registry: Registry) -> None:
    """Called once, by `CustomersConfig.ready`."""
    registry.add(
        Panel("quick_add", gettext_lazy("Add"), "interactions/_quick_add.html", quick_add.panel, area="timeline"),
        Panel("tasks", gettext_lazy("Tasks"), "todo/_panel.html", panel),
        TimelineSource("tasks", gettext_lazy("Tasks"), "square-check-big", entries, rows=rows, at="done_at"),
    )
