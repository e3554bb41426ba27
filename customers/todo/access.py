"""Whoever sees the customer sees the tasks; owner, author and managers change them."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from accounts.models import User
from customers.models import Task
from protection.masking import text_shown


def visible_task(user: User, pk: int, *, deleted: bool = False) -> Task:
    rows = Task.objects.select_related("customer", "owner")
    if deleted:
        rows = rows.filter(user.sight.visible("customer__"), customer__deleted_at=None)
    else:
        rows = rows.visible_to(user.sight)
    found: Task = get_object_or_404(rows, pk=pk)
    return found


def may_change(user: User, task: Task) -> bool:
    is_theirs = user.pk in {task.owner_id, task.author_id} or user.is_manager
    return is_theirs and user.sight.may_edit(task.customer)


def changeable_task(user: User, pk: int, *, deleted: bool = False) -> Task:
    task = visible_task(user, pk, deleted=deleted)
    if not may_change(user, task):
        raise PermissionDenied(_("Only the owner of a task, whoever wrote it, and managers may change it."))
    return task


def rewritable_task(user: User, pk: int) -> Task:
    """One whose words the person may replace: what is hidden from them in it would be lost."""
    task = changeable_task(user, pk)
    words = f"{task.title} {task.text}"
    if task.author_id != user.pk and text_shown(user.sight, words) != words:
        raise PermissionDenied(
            _("The text holds numbers or addresses that are hidden from you, so you cannot rewrite it.")
        )
    return task
