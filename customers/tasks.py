"""What Celery calls. Arguments that a later or earlier version sends are passed over."""

from __future__ import annotations

from typing import Any

from celery import shared_task

from customers.kept_days import settle_kept_days
from customers.todo.reminders import remind


@shared_task(name="customers.tasks.tick")  # type: ignore[untyped-decorator]
def tick(**kwargs: Any) -> None:
    """Every minute: reminders whose time has come, and days that are to be looked at again."""
    remind()
    settle_kept_days()
