"""Telling somebody that a task is theirs now, that they are mentioned in one, or that one is due."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from core.text import isolated
from customers.models import Task
from notifications.kinds import NotificationKind, Words, register
from notifications.models import Notification
from notifications.telling import tell
from protection.masking import text_shown

TASK_ASSIGNED, TASK_MENTIONED, TASK_REMINDER = "task_assigned", "task_mentioned", "task_reminder"


def register_kinds() -> None:
    """Called once, by `CustomersConfig.ready`."""
    register(NotificationKind(TASK_ASSIGNED, gettext_lazy("New task"), "clipboard-list", _words(_assigned)))
    register(NotificationKind(TASK_MENTIONED, gettext_lazy("Mentioned"), "at-sign", _words(_mentioned)))
    register(NotificationKind(TASK_REMINDER, gettext_lazy("Reminder"), "alarm-clock", _words(_due)))


def tell_owner(task: Task, *, by: User) -> None:
    params = {"task": task.pk, "by": by.pk}
    tell([task.owner_id], kind=TASK_ASSIGNED, params=params, customer=task.customer_id, but_not=by.pk)


def tell_mentioned(task: Task, users: Sequence[User], *, by: User) -> None:
    """Once a task, however often it is saved."""
    tell(
        [user.pk for user in users],
        kind=TASK_MENTIONED,
        params={"task": task.pk, "by": by.pk},
        customer=task.customer_id,
        key=str(task.pk),
        but_not=by.pk,
    )


Say = Callable[[dict[str, str]], str]


def _words(say: Say) -> Callable[[Sequence[Notification], User], Mapping[int, Words]]:
    def words(notifications: Sequence[Notification], reader: User) -> Mapping[int, Words]:
        tasks = Task.objects.visible_to(reader.sight).select_related("customer")
        found = tasks.in_bulk([each.params["task"] for each in notifications])
        people = User.objects.in_bulk([each.params["by"] for each in notifications if "by" in each.params])
        said = {}
        for each in notifications:
            task, by = found.get(each.params["task"]), people.get(each.params.get("by"))
            if task is not None:
                names = {
                    "by": by.name if by else "–",
                    "task": isolated(text_shown(reader.sight, task.title)),
                    "customer": isolated(task.customer.name),
                }
                said[each.pk] = Words(say(names), reverse("todo:edit", args=[task.pk]))
        return said

    return words


def _assigned(names: dict[str, str]) -> str:
    return _("%(by)s gives you a task: “%(task)s” (%(customer)s).") % names


def _mentioned(names: dict[str, str]) -> str:
    return _("%(by)s mentions you in the task “%(task)s” (%(customer)s).") % names


def _due(names: dict[str, str]) -> str:
    return _("Your task “%(task)s” (%(customer)s) is due.") % names
