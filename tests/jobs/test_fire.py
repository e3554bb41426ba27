"""Jobs under fire, on servers of their own: whatever is killed, wiped or restarted, each job is done, and once.

What the fence is worth shows `test_fence.py`, where the same stall publishes twice without it, and
`run.py bench kills`, which counts both.
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.embedded import ensure_services, remove_services
from tests import databases

pytestmark = [pytest.mark.slow]

ROOT = Path(__file__).resolve().parents[2]
QUICK = {"FIRE_QUICK": "1", "CRM_JOB_LEASE_SECONDS": "2", "CRM_JOB_HEARTBEAT_SECONDS": "0.3"}
KILLS = 50


@pytest.fixture(scope="module")
def installation(migrated_database) -> Iterator[dict[str, str]]:
    """The environment of an installation whose servers may be taken away: those of the session serve other tests."""
    folder = Path(tempfile.gettempdir()) / f"meridian-tests-{secrets.token_hex(6)}"
    with ensure_services(folder) as services:
        environment = {
            **os.environ, **QUICK, "DATABASE_URL": str(services.database_url), "REDIS_URL": str(services.redis_url),
            "FIRE_SERVICES": str(folder), "CRM_SNAPSHOT_DIR": str(folder / "snapshots"),
        }  # fmt: skip
        databases.fill_on_other_server(environment["DATABASE_URL"])
        yield environment
    remove_services(folder)


@pytest.fixture
def under_fire(installation):
    def run(scenario: str, *options: str) -> dict[str, Any]:
        command = [sys.executable, "-m", "tests.jobs.fire", scenario, *options]
        done = subprocess.run(command, cwd=ROOT, env=installation, capture_output=True, text=True, timeout=600)
        print(done.stderr, done.stdout)  # noqa: T201  # shown where the test fails
        assert done.returncode == 0
        report: dict[str, Any] = json.loads(done.stdout)
        return report

    return run


def test_fifty_kills_lose_nothing_double_nothing_and_publish_nothing_by_half(under_fire):
    seed = secrets.randbelow(10**6)
    report = under_fire("kills", "--kills", str(KILLS), "--seed", str(seed))
    assert report["kills"] == KILLS
    assert report["kills_with_a_job"] > 10, "most of them hit nothing: the jobs are too short, or the workers never up"
    assert (report["doubled"], report["lost"], report["half_published"]) == (0, 0, 0)
    assert report["done"] == report["jobs"] > 10
    assert report["jobs_of_the_slot"] == report["slots"] >= 1, "two beats made one job a slot"


def test_a_server_that_goes_away_takes_no_job_with_it(under_fire):
    for taken_away, report in under_fire("servers").items():
        assert report["done"] == report["jobs"] >= 10, taken_away
        assert (report["doubled"], report["lost"], report["half_published"]) == (0, 0, 0), taken_away
