"""Reminders whose time has come, each told once."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.db.models.functions import Now

from customers.models import Task
from customers.todo.notices import TASK_REMINDER
from notifications.telling import Message, tell_each

AT_ONCE = 1000


def remind() -> int:
    """Tell the owners of tasks; how many tasks. What is left over comes with the next tick.

    The mark and the notification are one transaction, and a tick that comes meanwhile passes over what this one holds.
    """
    with transaction.atomic():
        waiting = Task.objects.still_open().filter(remind_at__lte=Now(), reminded_at=None, customer__deleted_at=None)
        due: Iterable[Task] = waiting.order_by("remind_at").select_for_update(skip_locked=True, of=("self",))[:AT_ONCE]
        tasks = list(due)
        Task.objects.filter(pk__in=[task.pk for task in tasks]).update(reminded_at=Now())
        tell_each([_message(task) for task in tasks], kind=TASK_REMINDER)
    return len(tasks)


def _message(task: Task) -> Message:
    """A task that is put off is reminded of again."""
    key = f"{task.pk}.{task.remind_at:%Y%m%d%H%M%S}"
    return Message(task.owner_id, {"task": task.pk}, task.customer_id, key)
