"""The job that sends reports by e-mail."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.templatetags.ui import number
from jobs import kinds
from reports.subscriptions import sending

SEND_REPORTS = "send-reports"


def register() -> None:
    """Called once, by `ReportsConfig.ready`."""
    kinds.register(
        kinds.JobKind(
            name=SEND_REPORTS,
            label=gettext_lazy("Reports by e-mail"),
            queue=kinds.RUNS,  # an answer over all facts takes seconds, in which the reaper must not wait
            run=sending.send_due,
            schedulable=True,
            describe_result=in_words,
            is_needed=sending.is_needed,
        )
    )


def in_words(result: Mapping[str, Any]) -> list[kinds.Fact]:
    return [
        (_("Sent"), number(result["sent"])),
        (_("Refused by the mail server"), number(result["refused"])),
        (_("Paused, since they cannot be answered or are not shared any more"), number(result["paused"])),
        (_("Waiting for facts"), number(result["no_facts"])),
    ]
