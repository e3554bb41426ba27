"""Putting right what messages and dead workers left behind. Runs every few seconds; two at once are harmless."""

from __future__ import annotations

from jobs import leases
from jobs.messages import send
from jobs.models import Job


def reap() -> None:
    leases.return_expired()
    for job in Job.objects.unheard().order_by("id"):
        if not send(job):
            break  # the broker is away: it will be for the others too
