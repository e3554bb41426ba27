"""What is to be done for a customer, by whom and until when."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from customers.interaction_querysets import TaskQuerySet
from customers.models.customer import Customer


class Task(models.Model):
    """Due on a day, or at a time of it. `due_at` is the instant after which it is overdue, `remind_at` when its owner
    is told, both on the clock of whom it was planned by (`customers.todo.times`). Open as long as `done_at` is empty.
    """

    class Priority(models.IntegerChoices):
        HIGH = 1, _("High")
        NORMAL = 2, _("Normal")
        LOW = 3, _("Low")

    class Reminder(models.TextChoices):
        NONE = "none", _("No reminder")
        DUE = "due", _("When it is due")
        QUARTER = "15min", _("15 minutes before")
        HOUR = "hour", _("An hour before")
        DAY = "day", _("A day before")

    # Without an index of its own: that by customer and due time begins with the column.
    customer = models.ForeignKey(
        Customer, verbose_name=_("customer"), on_delete=models.CASCADE, related_name="tasks", db_index=False
    )
    title = models.CharField(_("what is to be done"), max_length=200)
    text = models.TextField(_("details"), blank=True, max_length=20_000)
    owner = models.ForeignKey(
        User, verbose_name=_("owner"), null=True, on_delete=models.SET_NULL, related_name="tasks", db_index=False
    )
    author = models.ForeignKey(
        User, verbose_name=_("by"), null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    priority = models.PositiveSmallIntegerField(_("priority"), choices=Priority, default=Priority.NORMAL)
    due_date = models.DateField(_("due"))
    due_time = models.TimeField(_("time"), null=True, blank=True)
    due_at = models.DateTimeField(_("overdue after"), editable=False)
    reminder = models.CharField(_("reminder"), max_length=5, choices=Reminder, default=Reminder.DUE)
    remind_at = models.DateTimeField(_("reminds at"), null=True, blank=True, editable=False)
    reminded_at = models.DateTimeField(_("reminded"), null=True, blank=True, editable=False)
    done_at = models.DateTimeField(_("done"), null=True, blank=True)
    done_by = models.ForeignKey(
        User, verbose_name=_("done by"), null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(_("written"), db_default=Now())
    deleted_at = models.DateTimeField(_("deleted"), null=True, blank=True)
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)

    objects: ClassVar[Any] = TaskQuerySet.as_manager()

    class Meta:
        verbose_name = _("task")
        verbose_name_plural = _("tasks")
        constraints = [
            models.CheckConstraint(condition=~Q(title=""), name="task_has_title"),
            models.CheckConstraint(condition=Q(priority__in=[1, 2, 3]), name="task_priority_known"),
            models.CheckConstraint(
                condition=Q(reminder__in=["none", "due", "15min", "hour", "day"]), name="task_reminder_known"
            ),
            models.CheckConstraint(
                condition=Q(due_date__gte=dt.date(2000, 1, 1), due_date__lt=dt.date(2200, 1, 1)),
                name="task_due_plausible",
            ),
        ]
        indexes = [
            models.Index(
                fields=["owner", "due_at", "id"], name="task_open_of_one", condition=Q(done_at=None, deleted_at=None)
            ),
            models.Index(fields=["due_at", "id"], name="task_open", condition=Q(done_at=None, deleted_at=None)),
            models.Index(
                fields=["done_at", "id"], name="task_done", condition=Q(done_at__isnull=False, deleted_at=None)
            ),
            models.Index(
                fields=["owner", "done_at", "id"],
                name="task_done_of_one",
                condition=Q(done_at__isnull=False, deleted_at=None),
            ),
            models.Index(fields=["customer", "due_at"], name="task_of_customer"),
            models.Index(
                fields=["remind_at"],
                name="task_to_remind",
                condition=Q(reminded_at=None, done_at=None, deleted_at=None, remind_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"

    @property
    def is_open(self) -> bool:
        return self.done_at is None
