"""When a task is overdue and when its owner is reminded, from a day and perhaps a time of whoever planned it."""

from __future__ import annotations

import datetime as dt

from core.dates import in_zone
from customers.models import Task

Reminder = Task.Reminder
# Of a task that is due on a day without a time, the reminder counts from here.
MORNING = dt.time(9)
BEFORE: dict[str, dt.timedelta] = {
    Reminder.DUE: dt.timedelta(),
    Reminder.QUARTER: dt.timedelta(minutes=15),
    Reminder.HOUR: dt.timedelta(hours=1),
    Reminder.DAY: dt.timedelta(days=1),
}


def due_at(date: dt.date, time: dt.time | None, zone: dt.tzinfo) -> dt.datetime:
    """The time itself, or the end of the day."""
    if time is not None:
        return _instant(date, time, zone)
    return _instant(date + dt.timedelta(days=1), dt.time(), zone)


def remind_at(date: dt.date, time: dt.time | None, reminder: str, zone: dt.tzinfo) -> dt.datetime | None:
    before = BEFORE.get(reminder)
    return None if before is None else _instant(date, time or MORNING, zone) - before


def schedule(task: Task, *, date: dt.date, time: dt.time | None, zone: dt.tzinfo) -> None:
    """Puts the task on that day, unsaved; a reminder that is still to come is given again."""
    task.due_date, task.due_time = date, time
    task.due_at = due_at(date, time, zone)
    moment = remind_at(date, time, task.reminder, zone)
    if moment != task.remind_at:
        task.remind_at, task.reminded_at = moment, None


def _instant(date: dt.date, time: dt.time, zone: dt.tzinfo) -> dt.datetime:
    return in_zone(dt.datetime.combine(date, time), zone)
