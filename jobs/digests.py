"""The daily e-mails with unread notifications: a job of each hour finds whose hour has come."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.mails import send
from core.templatetags.ui import number
from jobs import kinds
from jobs.context import JobContext
from notifications import digests

SEND_DIGESTS = "send_digests"


def register() -> None:
    """Called once, by `JobsConfig.ready`."""
    kinds.register(
        kinds.JobKind(
            name=SEND_DIGESTS,
            label=gettext_lazy("Daily e-mails with notifications"),
            queue=kinds.MAINTENANCE,
            run=send_digests,
            schedulable=True,
            describe_result=in_words,
        )
    )


def send_digests(context: JobContext) -> Mapping[str, Any]:
    """Each at most once a day: it is marked before it is sent, so a worker that dies in between loses one e-mail."""
    due = list(digests.due(timezone.now()))
    sent = failed = 0
    for done, (digest, day) in enumerate(due):
        context.progress(done, len(due))
        with context.fenced():
            is_mine = digests.mark_sent(digest, day)
        mail = digests.mail_for(digest.user) if is_mine else None
        if mail is not None:
            was_sent = send(mail)
            sent, failed = sent + was_sent, failed + (not was_sent)
    return {"sent": sent, "failed": failed}


def in_words(result: Mapping[str, Any]) -> list[kinds.Fact]:
    return [(_("Sent"), number(result["sent"])), (_("Refused by the mail server"), number(result["failed"]))]
