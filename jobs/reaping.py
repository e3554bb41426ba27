"""Putting right what messages and dead workers left behind. Runs every few seconds; two at once are harmless."""

from __future__ import annotations

from jobs import leases
from jobs.messages import drained_kinds, send
from jobs.models import Job


def reap() -> None:
    leases.return_lost()
    for job in Job.objects.unheard(drained=drained_kinds()).order_by("id"):
        if not send(job):
            break  # the broker is away: it will be for the others too
