"""What may happen to an installation, done to one that is at work."""

from __future__ import annotations

import os
import time
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

import redis
from django.conf import settings
from django.db import connection

from core.embedded.locks import exclusive
from core.embedded.postgres import Postgres
from core.embedded.valkey import Valkey
from jobs.actions import enqueue
from jobs.models import Job
from tests.jobs.fire import work
from tests.jobs.fire.campaign import Campaign, Report
from tests.jobs.fire.fleet import Fleet

PATIENCE = 120.0


def kills(folder: Path, options: Namespace) -> Report:
    campaign = Campaign(folder=folder, seed=options.seed, stall=settings.JOB_LEASE_SECONDS + 1.5, pace=(0.2, 0.9))
    return campaign.run(options.kills, patience=PATIENCE)


def servers(folder: Path, options: Namespace) -> dict[str, work.Standing]:
    """One server after the other is taken from the same workers: none of them needs to be started again for it."""
    losses = {
        "broker wiped": lose_messages,
        "database restarted": restart_database,
        "broker restarted": restart_broker,
    }
    with Fleet(folder) as fleet:
        fleet.wait_until_up()
        return {name: at_work_while(lose) for name, lose in losses.items()}


def at_work_while(lose: Callable[[], None]) -> work.Standing:
    """In the middle of some jobs, with more of them waiting; and how they stand in the end."""
    work.start_afresh()
    asked(10)
    wait_until(lambda: Job.objects.filter(status="running", checkpoint__next__gt=3).count() >= 3)
    lose()
    wait_until(lambda: not Job.objects.live().exists())
    return work.Standing.of(work.FENCED.name)


def lose_messages() -> None:
    redis.Redis.from_url(settings.REDIS_URL).flushall()


def restart_database() -> None:
    connection.close()
    server = Postgres(services())
    with exclusive(services() / "services.lock"):
        server.stop(at_once=True)
        time.sleep(2)
        server.ensure()


def restart_broker() -> None:
    server = Valkey(services())
    with exclusive(services() / "services.lock"):
        server.stop()
        asked(6, first=100)
        time.sleep(2)
        server.ensure()


SCENARIOS: dict[str, Callable[[Path, Namespace], Report | dict[str, work.Standing]]] = {
    "kills": kills,
    "servers": servers,
}


def services() -> Path:
    return Path(os.environ["FIRE_SERVICES"])


def asked(number: int, *, first: int = 0) -> None:
    for job in range(first, first + number):
        enqueue(kind=work.FENCED.name, params={"steps": 20, "pause": 0.05, "number": job})


def wait_until(happened: Callable[[], bool]) -> None:
    """Or for as long as patience lasts: what is counted then says what did not."""
    deadline = time.monotonic() + PATIENCE
    while not happened() and time.monotonic() < deadline:
        time.sleep(0.1)
