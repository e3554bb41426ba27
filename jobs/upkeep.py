"""What is cleared away every night."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import sessions
from core import idempotency
from core.templatetags.ui import number
from jobs import kinds
from jobs.context import JobContext

PURGE_KEYS = "purge-idempotency-keys"


def register() -> None:
    """Called once, by `JobsConfig.ready`."""
    kinds.register(
        kinds.JobKind(
            name=PURGE_KEYS,
            label=gettext_lazy("Clearing of sent forms and old sessions"),
            queue=kinds.MAINTENANCE,
            run=purge_keys,
            schedulable=True,
            describe_result=in_words,
        )
    )


def purge_keys(context: JobContext) -> Mapping[str, Any]:
    return {"purged": idempotency.purge(), "sessions": sessions.purge_expired()}


def in_words(result: Mapping[str, Any]) -> list[kinds.Fact]:
    return [
        (_("Keys of requests that are over"), number(result["purged"])),
        (_("Sessions that are over"), number(result.get("sessions", 0))),
    ]
