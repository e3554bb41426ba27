"""What is removed in time, and what is not."""

from __future__ import annotations

import datetime as dt
import os
import time
from pathlib import Path
from typing import Any

import pandas as pd
import psycopg
import pytest
from django.db import connection
from django.utils import timezone

from analytics import collection, publishing
from analytics.collection import collect
from analytics.models import DailyFigure, Run, SnapshotManifest
from analytics.results import TABLES, Computed
from analytics.snapshot import is_complete, take_snapshot
from analytics.snapshot_columns import columns_path
from jobs.models import Job
from tests.factories import create_customer, create_order, create_user

pytestmark = pytest.mark.django_db(transaction=True)

AS_OF = dt.date(2026, 6, 30)


def finish() -> None:
    Job.objects.update(status="done", lease_until=None, finished_at=timezone.now())


@pytest.fixture
def published(context, monkeypatch):
    """Publishes a run of the daily figures with one day; two runs are kept."""
    monkeypatch.setattr(collection, "KEPT_RUNS", 2)

    def publish(manifest: SnapshotManifest | None = None, learned: dict[str, Any] | None = None) -> Run:
        attempt = context()
        run = Run.objects.create(analysis="daily", job_id=attempt.job_id, as_of=AS_OF, manifest=manifest)
        day = pd.DataFrame({name: [1] for name in TABLES["daily"].columns}).assign(day=pd.Timestamp(AS_OF))
        publishing.publish(attempt, run, Computed(day, learned=learned or {}), checkpoint={})
        finish()
        return run

    return publish


def partitions() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(r"SELECT relname FROM pg_class WHERE relname ~ '^analytics_daily_r\d+$' ORDER BY oid")
        return [name for (name,) in cursor.fetchall()]


def statuses() -> list[str]:
    return list(Run.objects.order_by("pk").values_list("status", flat=True))


def test_what_was_learned_is_kept_as_long_as_nights_apply_it(published):
    old, new = (published(learned={"weights": [0.1, 1 / 3]}) for _run in range(2))
    Run.objects.filter(pk=old.pk).update(started_at=timezone.now() - collection.LEARNED_LASTS)
    collect()
    old, new = (Run.objects.get(pk=run.pk) for run in (old, new))
    assert (old.learned, new.learned) == (None, {"weights": [0.1, 1 / 3]})


def test_only_the_newest_runs_keep_their_rows(published):
    runs = [published() for _run in range(4)]
    collect()
    assert statuses() == ["collected", "collected", "published", "published"]
    assert partitions() == [f"analytics_daily_r{run.pk}" for run in runs[2:]]
    assert DailyFigure.objects.count() == 2


def test_the_run_that_is_shown_keeps_its_rows_however_old(published):
    oldest = published()
    for _run in range(3):
        published()
    publishing.roll_back(analysis="daily", run=oldest, by=create_user("admin"))
    collect()
    assert statuses() == ["published", "collected", "published", "published"]
    assert publishing.result_frame(oldest, ["orders"])["orders"].tolist() == [1]


def test_a_reader_in_the_middle_of_old_rows_is_not_waited_for(published, monkeypatch):
    """The collection gives up for now, and the next one finishes it."""
    for _run in range(3):
        published()
    monkeypatch.setattr(collection, "LOCK_TIMEOUT", "100ms")
    with psycopg.connect(**connection.get_connection_params()) as reader:
        reader.execute("SELECT count(*) FROM analytics_daily")
        collect()
        assert statuses() == ["collected", "published", "published"]
        assert DailyFigure.objects.count() <= 3
    collect()
    assert len(partitions()) == 2
    assert DailyFigure.objects.count() == 2


def test_leavings_of_dead_attempts_are_dropped_and_those_of_live_ones_are_not(context):
    live = context()
    alive = Run.objects.create(analysis="daily", job_id=live.job_id, as_of=AS_OF)
    dead = Run.objects.create(analysis="daily", as_of=AS_OF)
    with connection.cursor() as cursor:
        for run in (alive, dead):
            cursor.execute(f"CREATE TABLE analytics_daily_r{run.pk} (LIKE analytics_daily)")
    collect()
    assert partitions() == [f"analytics_daily_r{alive.pk}"]
    dead.refresh_from_db()
    assert (dead.status, dead.error) == ("failed", "The attempt was broken off.")


def test_old_snapshots_go_and_those_behind_what_is_shown_stay(context, published, monkeypatch, own_folder: Path):
    monkeypatch.setattr(collection, "KEPT_SNAPSHOTS", 1)
    manifests = []
    for number in range(5):
        create_order(create_customer(), on=dt.date(2026, number + 1, 5))
        manifests.append(take_snapshot(context(), step=lambda table: None))
        finish()
        if number in {1, 2}:
            published(manifests[-1])
    collect()
    assert [SnapshotManifest.objects.get(pk=made.pk).status for made in manifests] == [
        "collected",
        "ready",
        "ready",
        "collected",
        "ready",
    ]
    kept = list(SnapshotManifest.objects.filter(status="ready"))
    assert all(is_complete(manifest) for manifest in kept)
    # A month that a later snapshot took over stays, whoever wrote it.
    assert kept[-1].files["orders"]["2026-01"] == manifests[0].files["orders"]["2026-01"]
    assert not (own_folder / manifests[0].files["customer_dim"][""][0]).exists()
    assert columns_path(own_folder / kept[-1].files["orders"]["2026-01"][0]).exists()


def test_files_of_dead_attempts_are_removed_and_those_of_live_ones_are_not(context, own_folder: Path):
    live = context()
    for folder in ("orders", f"building/j{live.job_id}a1", "building/j999a1", "spill/old", "spill/new"):
        (own_folder / folder).mkdir(parents=True)
    names = {
        f"orders/2026-01-j{live.job_id}a1.parquet": True,
        f"orders/2026-01-j{live.job_id}a2.parquet": False,
        "orders/2026-01-j999a1.parquet": False,
        "orders/2026-01-j999a1-1.parquet": False,
        f"orders/2026-01-j{live.job_id}a1.columns": True,
        "orders/2026-01-j999a1.columns": False,
    }
    for name in names:
        (own_folder / name).touch()
    os.utime(own_folder / "spill/old", (time.time() - 2 * 86_400,) * 2)
    collect()
    assert {name: (own_folder / name).exists() for name in names} == names
    folders = sorted(str(path.relative_to(own_folder)) for path in own_folder.glob("*/*") if path.is_dir())
    assert folders == [f"building/j{live.job_id}a1", "spill/new"]


def test_a_failing_part_is_logged_and_the_others_go_on(monkeypatch, caplog):
    def full() -> None:
        raise OSError("disk")

    monkeypatch.setattr(collection, "collect_runs", full)
    dead = Run.objects.create(analysis="daily", as_of=AS_OF)
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE analytics_daily_r{dead.pk} (LIKE analytics_daily)")
    collect()
    assert "broke off" in caplog.text
    assert partitions() == []
