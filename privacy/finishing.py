"""The end of an erasure: no snapshot older than it is left, and no result that was computed from one.

A snapshot cannot be changed, and runs may be reading it. So a new one is asked for, and what came before is removed
when nothing uses it any more; until then the request stays open. A maintenance job tries every hour.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from analytics import erasure as analytics
from customers.merging.following import merged_with
from privacy.models import ErasureRequest

JOB_KIND = "finish_erasures"


def finish(request: ErasureRequest) -> bool:
    """Whether the last trace is gone; where it is not, what is needed for that is asked for."""
    assert request.settled_at is not None  # noqa: S101  # `erasing.settle` comes first
    if not analytics.forget_snapshots_before(request.settled_at):
        analytics.ask_for_a_new_snapshot(since=request.settled_at)
        return False
    with transaction.atomic():
        # A run that was computing while the person was erased has published their scores once more.
        analytics.delete_results([request.customer_id, *merged_with(request.customer_id)])
        ErasureRequest.objects.filter(pk=request.pk, status=ErasureRequest.Status.FINISHING).update(
            status=ErasureRequest.Status.DONE, done_at=Now()
        )
    return True


def describe_result(result: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(_("Finished"), str(result["finished"])), (_("Still open"), str(result["open"]))]
