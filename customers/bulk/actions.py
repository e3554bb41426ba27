"""Asking for a change of many customers, and for taking one back."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from customers.bulk.selection import Selection
from customers.models import BulkChange
from jobs.actions import enqueue
from jobs.models import Job

CHANGE, UNDO = "bulk_change", "bulk_undo"


class CannotBeTakenBack(Exception):
    """The words are for the page."""


def request_change(*, selection: Selection, target: str, value: Any, by: User) -> BulkChange:
    with transaction.atomic():
        change = BulkChange.objects.create(by=by, target=target, value=value, selection=selection.as_json())
        change.job = enqueue(kind=CHANGE, params={"change": change.pk}, requested_by=by)
        change.save(update_fields=["job"])
    return change


def request_undo(*, change: BulkChange) -> Job:
    """The job that takes it back; asked twice, the same one. Raises CannotBeTakenBack."""
    with transaction.atomic():
        row = (
            BulkChange.objects.select_for_update(of=("self",)).select_related("job", "by", "undo_job").get(pk=change.pk)
        )
        if row.undo_job is not None:
            return row.undo_job
        if why_not := why_not_taken_back(row):
            raise CannotBeTakenBack(why_not)
        # A job that was broken off and is started again finds nothing more to do.
        row.batches.all().delete()
        row.undo_asked_at = timezone.now()
        row.undo_job = enqueue(kind=UNDO, params={"change": row.pk}, requested_by=row.by)
        row.save(update_fields=["undo_asked_at", "undo_job"])
    return row.undo_job


def why_not_taken_back(change: BulkChange) -> str:
    """In words; "" where it can be."""
    if change.job is not None and change.job.is_live:
        return _("It is still being made. Cancel it first, or wait.")
    if not change.is_fresh:
        return _("A change can be taken back for a day, and that is over.")
    if change.undo_asked_at is not None:
        return _("It has been taken back already.")
    if not change.changed:
        return _("Nothing was changed.")
    if change.by.sight.edits == "none":
        return _("Your role does not allow this. Ask an admin of your organisation.")
    return ""
