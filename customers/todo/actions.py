"""Planning what is to be done, doing it, putting it off."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from accounts.models import User
from customers.models import Customer, Task
from customers.todo import notices
from customers.todo.forms import TaskForm
from customers.todo.times import schedule


class StaleTask(Exception):
    """Somebody else saved it after this form was opened; `current` is what they left."""

    def __init__(self, current: Task) -> None:
        super().__init__(f"task {current.pk} is at version {current.version} by now")
        self.current = current


def add_task(*, form: TaskForm, customer: Customer, by: User, zone: dt.tzinfo) -> Task:
    """Saves a checked form as a new task and tells its owner, where that is somebody else."""
    task = form.instance
    task.customer, task.author = customer, by
    schedule(task, date=form.cleaned_data["due_date"], time=form.cleaned_data["due_time"], zone=zone)
    with transaction.atomic():
        form.save()
        notices.tell_owner(task, by=by)
        notices.tell_mentioned(task, form.mentioned, by=by)
    return task


def edit_task(*, form: TaskForm, by: User, zone: dt.tzinfo) -> Task:
    """Saves a checked form over the task it was opened on. Raises StaleTask."""
    task, opened_version = form.instance, form.cleaned_data["version"] or 0
    with transaction.atomic():
        before = Task.objects.select_for_update().get(pk=task.pk)
        if before.version != opened_version or before.deleted_at is not None:
            raise StaleTask(before)
        schedule(task, date=form.cleaned_data["due_date"], time=form.cleaned_data["due_time"], zone=zone)
        task.version = opened_version + 1
        form.save()
        if task.owner_id != before.owner_id:
            notices.tell_owner(task, by=by)
        notices.tell_mentioned(task, form.mentioned, by=by)
    return task


def complete_task(*, task: Task, by: User) -> None:
    """Done once: a second press changes neither when nor by whom."""
    Task.objects.filter(pk=task.pk, done_at=None).update(done_at=Now(), done_by=by, version=F("version") + 1)


def reopen_task(*, task: Task) -> None:
    Task.objects.filter(pk=task.pk).update(done_at=None, done_by=None, version=F("version") + 1)


def reschedule_task(*, task: Task, date: dt.date, time: dt.time | None, zone: dt.tzinfo) -> None:
    with transaction.atomic():
        row = Task.objects.select_for_update().get(pk=task.pk)
        schedule(row, date=date, time=time, zone=zone)
        row.version += 1
        row.save(update_fields=["due_date", "due_time", "due_at", "remind_at", "reminded_at", "version"])


def delete_task(*, task: Task) -> None:
    """Marks it; it can be brought back until the retention rule takes it."""
    Task.objects.filter(pk=task.pk, deleted_at=None).update(deleted_at=Now(), version=F("version") + 1)


def restore_task(*, task: Task) -> None:
    Task.objects.filter(pk=task.pk).update(deleted_at=None, version=F("version") + 1)
