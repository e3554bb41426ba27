"""The job that sends reports by e-mail."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from core.templatetags.ui import number
from core.text import isolated
from jobs import kinds
from reports.subscriptions import sending

SEND_REPORTS = "send-reports"


def register() -> None:
    """Called once, by `ReportsConfig.ready`."""
    kinds.register(
        kinds.JobKind(
            name=SEND_REPORTS,
            label=gettext_lazy("Reports by e-mail"),
            queue=kinds.MAILS,
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
        *_by_another_clock(result.get(sending.UNKNOWN_ZONES, [])),
    ]


def _by_another_clock(people: Sequence[int]) -> Iterator[kinds.Fact]:
    """Whom an admin can tell to choose another time zone."""
    for user in User.objects.filter(pk__in=people):
        words = _("By the organisation's clock, since this server knows no time zone “%(zone)s”")
        yield words % {"zone": user.time_zone}, isolated(f"{user.name} <{user.email}>")
