"""What changes of many customers leave behind goes after a day, with the time to take them back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.templatetags.ui import number
from customers.models import BulkBatch, BulkBefore, BulkChange
from customers.models.bulk import TAKEN_BACK_WITHIN
from jobs import kinds
from jobs.context import JobContext

PURGE = "bulk_purge"


def register() -> None:
    kinds.register(
        kinds.JobKind(
            name=PURGE,
            label=gettext_lazy("Clearing of values before changes"),
            queue=kinds.MAINTENANCE,
            run=run,
            schedulable=True,
            describe_result=in_words,
        )
    )


def run(context: JobContext) -> Mapping[str, Any]:
    return {"purged": purge()}


def purge() -> int:
    """How many values are gone. The changes themselves stay as long as their jobs, without saying whom they chose."""
    over = BulkChange.objects.filter(created_at__lte=timezone.now() - TAKEN_BACK_WITHIN)
    removed = BulkBefore.objects.filter(change__in=over)._raw_delete("default")
    BulkBatch.objects.filter(change__in=over)._raw_delete("default")
    over.exclude(selection={}).update(selection={})
    return int(removed)


def in_words(result: Mapping[str, Any]) -> list[kinds.Fact]:
    return [(_("Values that are gone"), number(result["purged"]))]
