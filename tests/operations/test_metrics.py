"""What a monitoring program reads, and who may not."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from jobs import beat
from jobs.models import Job
from tests.factories import create_user

pytestmark = pytest.mark.django_db

TOKEN = "a-token-of-the-monitoring"


@pytest.fixture
def scrape(client, settings):
    settings.METRICS_TOKEN = TOKEN
    return lambda: client.get("/metrics", headers={"authorization": f"Bearer {TOKEN}"})


@pytest.mark.parametrize("header", ["", "Bearer ", "Bearer wrong", TOKEN[:-1]])
def test_without_the_token_there_is_no_such_page(client, settings, header):
    settings.METRICS_TOKEN = TOKEN
    client.force_login(create_user("admin"))
    assert client.get("/metrics", headers={"authorization": header}).status_code == 404


def test_without_a_token_in_the_settings_nobody_gets_in(client, settings):
    settings.METRICS_TOKEN = ""
    assert client.get("/metrics", headers={"authorization": "Bearer "}).status_code == 404


def test_it_tells_of_waiting_jobs_lost_leases_and_the_beat(scrape):
    hour_ago = timezone.now() - dt.timedelta(hours=1)
    Job.objects.create(kind="recompute", params_hash="a", queued_at=hour_ago)
    Job.objects.create(kind="import", params_hash="b", status="running", lease_until=hour_ago)
    beat.note_tick()
    lines = dict(line.rsplit(" ", 1) for line in scrape().text.splitlines() if not line.startswith("#"))
    assert lines['crm_jobs{kind="recompute",status="queued"}'] == "1.0"
    assert 3600 <= float(lines['crm_queue_age_seconds{kind="recompute"}']) < 3700
    assert lines['crm_leases_expired{kind="import"}'] == "1.0"
    assert float(lines["crm_beat_age_seconds"]) < 60


def test_answers_are_timed_by_route_and_not_by_address(scrape, client):
    client.force_login(create_user("manager"))
    client.get("/customers/?q=secret-name")
    text = scrape().text
    assert 'crm_response_seconds_count{method="GET",route="customers:list",status="200"}' in text
    assert "secret-name" not in text
