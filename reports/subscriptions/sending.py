"""Sending what is due, each mail once.

The row says for which moment it was last sent. It is written in the transaction of the job's fence in which the mail is
handed over, as the last thing before the commit: an attempt that is killed before has sent nothing and written nothing,
and no two attempts, or two jobs, are in there at once. Between the mail server's yes and the commit lies nothing but
the commit; for a process killed just there, the mail of the next attempt has the same Message-ID.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from accounts.mails import send
from analytics.snapshot import FilesMissing
from jobs.context import JobContext
from protection.exports import note_export
from reports.models import Subscription
from reports.semantics.answers import NothingToAsk
from reports.subscriptions.mails import Letter, letter_for
from reports.subscriptions.moments import Due, due, tries_of, with_subjects
from reports.subscriptions.subjects import is_available, subject_of

logger = logging.getLogger(__name__)

SENT, REFUSED, PAUSED, NO_FACTS = "sent", "refused", "paused", "no_facts"
# Of people, by their number, whose clock is not known here: they were sent theirs by the organisation's.
UNKNOWN_ZONES = "unknown_zones"


class Refused(Exception):
    """The mail server does not take it."""


def send_due(context: JobContext) -> Mapping[str, Any]:
    counts = Counter({SENT: 0, REFUSED: 0, PAUSED: 0, NO_FACTS: 0})
    owed = list(due(timezone.now()))
    unknown_zones = {each.subscription.user_id for each in owed if each.subscription.user.has_unknown_zone}
    for number, each in enumerate(owed):
        context.progress(number, len(owed))
        begun = _begin(context, each)
        if begun is not None:
            counts[_deliver(context, begun)] += 1
    return {**counts, **({UNKNOWN_ZONES: sorted(unknown_zones)} if unknown_zones else {})}


def is_needed(params: Mapping[str, Any]) -> bool:
    return any(True for _ in due(timezone.now()))


def _begin(context: JobContext, owed: Due) -> Due | None:
    """The same as it is now, unless it is owed no more. The try is noted before the work: one report that kills its
    worker keeps no other from being sent."""
    now, tries = timezone.now(), tries_of(owed.subscription, owed.moment) + 1
    with context.fenced():
        is_mine = _still_owed(owed).update(tried_at=now, tries=tries)
        context.save_checkpoint({"tried": [owed.subscription.pk, now.isoformat()]})
    # Whoever has been disabled, or given another role, since the job began.
    return Due(with_subjects().get(pk=owed.subscription.pk), owed.moment) if is_mine else None


def _deliver(context: JobContext, owed: Due) -> str:
    subscription = owed.subscription
    if not is_available(subject_of(subscription), subscription.user):
        with context.fenced():
            _still_owed(owed).update(paused=Subscription.Paused.OUT_OF_REACH)
        return PAUSED
    try:
        letter = letter_for(subscription, owed.moment)
        return _hand_over(context, owed, letter)
    except (NothingToAsk, FilesMissing):
        logger.warning("Subscription %s: there are no facts at the moment", subscription.pk)
        return NO_FACTS
    except Refused:
        return REFUSED


def _hand_over(context: JobContext, owed: Due, letter: Letter) -> str:
    paused = Subscription.Paused.UNANSWERABLE if letter.ends else ""
    with context.fenced():
        if not _still_owed(owed).update(sent_for=owed.moment, paused=paused):
            return PAUSED  # by its person, meanwhile
        for card in letter.attached:
            rows = len(card.rows)
            note_export(owed.subscription.user, rows=rows, file_format="csv", chart=card.file_name, by="mail")
        if not send(letter.mail):
            raise Refused
    return PAUSED if letter.ends else SENT


def _still_owed(owed: Due) -> Any:
    """The row, if nobody has changed or sent it since it was found due."""
    found = owed.subscription
    return Subscription.objects.active().filter(pk=found.pk, changed_at=found.changed_at, sent_for=found.sent_for)
