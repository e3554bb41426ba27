"""Telling webhooks, as a kind of job, which `api.tasks.tick` asks for whenever there is something to tell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy

from api.webhooks import delivering, outbox
from jobs import kinds
from jobs.context import JobContext

WEBHOOKS = "webhooks"


def register() -> None:
    """Called once, by `ApiConfig.ready`."""
    kinds.register(
        kinds.JobKind(
            name=WEBHOOKS,
            label=gettext_lazy("Webhooks"),
            queue=kinds.INTERACTIVE,
            run=tell_webhooks,
            schedulable=True,
        )
    )


def tell_webhooks(context: JobContext) -> Mapping[str, Any]:
    """Read the trail to its end and send what is due."""
    read = 0
    while (lines := outbox.read_trail()) > 0:
        read += lines
        context.progress(read, 0)
    sent = 0
    while (now := delivering.deliver_due(most=20)) > 0:
        sent += now
        context.progress(sent, 0)
    return {"lines": read, "sent": sent, "removed": delivering.purge()}
