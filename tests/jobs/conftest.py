from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection

from jobs import kinds, shutdown
from tests.jobs.sample_kinds import CREATE_EFFECTS, KINDS


@pytest.fixture(autouse=True)
def sample_kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    for kind in KINDS:
        monkeypatch.setitem(kinds._kinds, kind.name, kind)


@pytest.fixture(autouse=True)
def quick_pulse(settings) -> None:
    settings.JOB_HEARTBEAT_SECONDS = 0.05


@pytest.fixture
def effects(transactional_db) -> Iterator[None]:
    """The table that the sample kinds write to."""
    with connection.cursor() as cursor:
        cursor.execute(CREATE_EFFECTS)
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE job_effects")


@pytest.fixture
def told_to_stop() -> Iterator[None]:
    yield
    shutdown._told[0] = 0


@pytest.fixture
def no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    from celery import current_app

    monkeypatch.setattr(current_app.conf, "broker_write_url", "redis+socket:///nowhere/valkey.sock")
