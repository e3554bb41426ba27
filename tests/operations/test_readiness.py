"""/readyz: ready, and each way not to be."""

from __future__ import annotations

import json

import pytest
from django.db import connection

pytestmark = pytest.mark.django_db


def test_it_is_ready_when_everything_answers(client):
    response = client.get("/readyz")
    assert response.status_code == 200
    assert response.json() == {"database": "ok", "migrations": "ok", "redis": "ok", "erasures": "ok"}


def test_a_missing_migration_makes_it_unready(client):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'sessions'")
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["migrations"] == "1 not applied: run manage.py migrate"


def test_erasures_that_a_restored_database_does_not_know_make_it_unready(client, settings, tmp_path):
    settings.TOMBSTONE_FILE = tmp_path / "erased.jsonl"
    told = {"customer_id": 7, "customer_created_at": None, "erased_at": "2026-06-01T12:00:00+00:00"}
    settings.TOMBSTONE_FILE.write_text(json.dumps({**told, "digests": [], "key": ""}))
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["erasures"] == "1 not repeated: run manage.py replay_erasures"


def test_a_broker_that_is_gone_makes_it_unready(client, settings):
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:9/0"}
    }
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["redis"] == "does not answer"
