"""The engine: within its limits, closed to others, and honest about a database that went away."""

from __future__ import annotations

import stat
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from django.db import OperationalError, connection

from analytics import engine
from analytics.actions import request_recomputation
from analytics.engine import open_engine
from analytics.models import Run
from analytics.pipeline import Steps
from jobs.execution import run_job
from tests.factories import create_customer, create_order

AN_OWN_ENTRANCE = {"host": "localhost", "port": 1, "user": "crm", "password": "s3cr'et pass", "dbname": "crm"}


def test_it_keeps_to_the_limits_of_the_settings(settings):
    settings.ANALYTICS_MEMORY, settings.ANALYTICS_THREADS = "123 MB", 1
    with open_engine() as opened:
        found = opened.rows("SELECT current_setting('memory_limit'), current_setting('threads')")
    assert found == [("117.3 MiB", 1)]


def test_its_folder_is_for_its_owner_only_and_left_empty(own_folder: Path):
    with open_engine() as opened:
        assert opened.rows("SELECT current_setting('TimeZone')") == [("UTC",)]
        assert len(list((own_folder / "spill").iterdir())) == 1
    assert stat.S_IMODE(own_folder.stat().st_mode) == 0o700
    assert list((own_folder / "spill").iterdir()) == []


def test_files_that_are_older_than_a_column_do_not_know_it(own_folder: Path):
    with open_engine(memory="100 MB") as opened:
        opened.write_file("SELECT 7 AS order_id", own_folder / "lines.parquet")
        columns = {"order_id": "BIGINT", "cost": "DECIMAL(24, 6)"}
        opened.define_files("lines", [own_folder / "lines.parquet"], columns, may_lack=True)
        assert opened.rows("SELECT order_id, cost, typeof(cost) FROM lines") == [(7, None, "DECIMAL(24,6)")]


def test_a_password_is_in_no_error(monkeypatch):
    monkeypatch.setattr(connection, "get_connection_params", lambda: AN_OWN_ENTRANCE)
    with open_engine() as opened, pytest.raises(OperationalError) as caught:
        opened.append_to_postgres("nowhere", ["x"], "SELECT 1")
    assert "port=1" in str(caught.value)
    assert "s3cr" not in str(caught.value)


@pytest.mark.django_db(transaction=True)
def test_what_it_appends_is_typed_by_the_table(transactional_db):
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE appended (day date, small smallint, amounts float[], word varchar(9))")
    frame = pd.DataFrame({"day": [pd.Timestamp("2026-01-31"), pd.NaT], "amount": [0.5, 2.5]})
    try:
        with open_engine() as opened:
            rows = opened.append_to_postgres(
                "appended", ["day", "small", "amounts", "word"], "SELECT day, 7, [amount], 'x' FROM frame", frame=frame
            )
        with connection.cursor() as cursor:
            cursor.execute("SELECT day::text, small, amounts, word FROM appended ORDER BY day NULLS LAST")
            assert cursor.fetchall() == [("2026-01-31", 7, [0.5], "x"), (None, 7, [2.5], "x")]
        assert rows == 2
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE appended")


@pytest.mark.django_db(transaction=True)
def test_a_snapshot_only_reads():
    with (
        open_engine() as opened,
        opened.postgres_snapshot(),
        pytest.raises(duckdb.Error, match="read-only"),
    ):
        opened.execute("INSERT INTO pg.public.accounts_team (name) VALUES ('x')")


@pytest.mark.django_db(transaction=True)
def test_a_job_whose_database_connection_is_cut_goes_back_to_the_queue(monkeypatch):
    """As after a restart of the server; the next attempt does it."""
    create_order(create_customer())
    reading = Steps.reading

    def cut(steps: Steps, table: str) -> None:
        reading(steps, table)
        if table == "events":
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND state = 'idle in transaction'"
                )

    job = request_recomputation(analyses=["daily"])
    with monkeypatch.context() as broken:
        broken.setattr(Steps, "reading", cut)
        assert run_job(job.pk).status == "queued"
    assert run_job(job.pk).status == "done"
    assert Run.objects.get().status == "published"
    assert engine.facts_folder().exists()
