"""What Celery calls. Arguments that a later or earlier version sends are passed over."""

from __future__ import annotations

from typing import Any

from celery import shared_task

from api.webhooks import delivering, outbox
from api.webhooks.job_kinds import WEBHOOKS
from jobs.actions import enqueue


@shared_task(name="api.tasks.tick")  # type: ignore[untyped-decorator]
def tick(**kwargs: Any) -> None:
    """Every minute: a job where there is something to tell, none where there is not."""
    if delivering.due().exists() or outbox.has_news():
        enqueue(kind=WEBHOOKS, params={})
