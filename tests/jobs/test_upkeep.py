from __future__ import annotations

import datetime as dt

import pytest
from django.db.models.functions import Now
from django.http import HttpResponse

from core.idempotency import perform_once
from core.models import IdempotencyKey
from jobs import kinds
from jobs.actions import enqueue
from jobs.execution import run_job
from jobs.upkeep import PURGE_KEYS

pytestmark = pytest.mark.django_db(transaction=True)


def test_keys_of_requests_are_kept_for_a_day():
    for key in ("old", "new"):
        perform_once(HttpResponse, scope="user:1", key=key, fingerprint="")
    IdempotencyKey.objects.filter(pk=IdempotencyKey.objects.earliest("pk").pk).update(
        created_at=Now() - dt.timedelta(hours=25)
    )
    job = run_job(enqueue(kind=PURGE_KEYS, params={}).pk)
    assert (job.status, job.result) == ("done", {"purged": 1, "sessions": 0})
    said = [("Keys of requests that are over", "1"), ("Sessions that are over", "0")]
    assert kinds.result_in_words(job.kind, job.result) == said
    assert "Idempotency-Replayed" in perform_once(HttpResponse, scope="user:1", key="new", fingerprint="")
