"""Real processes beside the test: they work on the test's database and can be stopped, continued and killed."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from celery import current_app
from django.conf import settings
from django.db import connection

from jobs.kinds import QUEUES

ROOT = Path(__file__).resolve().parents[2]
SHORT_LEASE = {"CRM_JOB_LEASE_SECONDS": "1", "CRM_JOB_HEARTBEAT_SECONDS": "0.2"}


def environment() -> dict[str, str]:
    """That of a process that works on the test's database and broker."""
    parts = urlsplit(settings.DATABASE_URL)
    database_url = urlunsplit(parts._replace(path=f"/{connection.settings_dict['NAME']}"))
    return {**os.environ, "DATABASE_URL": database_url, "REDIS_URL": settings.REDIS_URL}


@contextmanager
def process(*command: str, **env: str) -> Iterator[subprocess.Popen[bytes]]:
    child = subprocess.Popen(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        env={**environment(), **SHORT_LEASE, **env},
    )
    try:
        yield child
    finally:
        child.kill()
        child.wait()


def until(happened: Callable[[], object], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def empty_queues() -> None:
    with current_app.connection_for_write() as link:
        for queue in QUEUES:
            link.default_channel.client.delete(queue)
