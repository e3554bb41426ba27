"""A real web server that is killed in the middle of a POST, and many clicks on one button at once."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from django.db import connection, transaction

from core.models import IdempotencyKey
from customers.models import Customer
from jobs import leases
from jobs.models import Job
from tests.factories import create_user
from tests.jobs.held import HOLD
from tests.jobs.processes import until
from tests.jobs.web import Browser, kill, web_server

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

HOLDING_TRIGGER = f"""
CREATE FUNCTION hold_effect() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN PERFORM pg_advisory_xact_lock({HOLD}); RETURN NULL; END';
CREATE TRIGGER hold_effect AFTER INSERT ON customers_customer FOR EACH STATEMENT EXECUTE FUNCTION hold_effect();
"""
NEW_CUSTOMER = {
    "kind": "person", "name": "Ada Lovelace", "lifecycle": "lead", "version": "1", "idempotency_key": "of-this-form",
    **{f"{part}-{name}_FORMS": "0" for part in ("emails", "phones", "addresses", "contact_people")
       for name in ("TOTAL", "INITIAL")},
}  # fmt: skip


@pytest.fixture
def socket_path(open_folder: Path) -> Path:
    return open_folder / "web.sock"


@contextmanager
def held() -> Iterator[None]:
    """Whoever comes to the hold stops there, until it is lifted."""
    with psycopg.connect(**connection.get_connection_params(), autocommit=True) as link:
        link.execute("SELECT pg_advisory_lock(%s)", [HOLD])
        yield
        link.execute("SELECT pg_advisory_unlock(%s)", [HOLD])


def somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted)")
        return bool(cursor.fetchone()[0])


def killed_in_mid_post(browser: Browser, server, **headers: str) -> None:
    """Send the form, and kill the server when it has come to the hold: no answer arrives."""
    failures: list[BaseException] = []

    def send() -> None:
        try:
            browser.post("/customers/new/", NEW_CUSTOMER, **headers)
        except (OSError, http.client.HTTPException) as error:
            failures.append(error)

    sender = threading.Thread(target=send)
    sender.start()
    until(somebody_waits, seconds=60)
    kill(server)
    sender.join(60)
    assert len(failures) == 1


@pytest.fixture
def holding_trigger(transactional_db) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute(HOLDING_TRIGGER)
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP FUNCTION hold_effect CASCADE")


def customers() -> int:
    return Customer.objects.filter(name="Ada Lovelace").count()


def test_killed_before_the_effect_is_committed_the_form_sent_again_does_it_once(socket_path, holding_trigger):
    browser = Browser.of(create_user("admin"), socket_path)
    with held(), web_server(socket_path) as server:
        killed_in_mid_post(browser, server)
        assert (customers(), IdempotencyKey.objects.count()) == (0, 0)
    with web_server(socket_path):
        answer = browser.post("/customers/new/", NEW_CUSTOMER)
        assert (answer.status, answer.getheader("Idempotency-Replayed")) == (302, None)
    assert (customers(), IdempotencyKey.objects.count()) == (1, 1)


def test_killed_between_effect_and_answer_the_form_sent_again_gets_the_answer(socket_path):
    browser = Browser.of(create_user("admin"), socket_path)
    with held(), web_server(socket_path, DJANGO_SETTINGS_MODULE="tests.jobs.held") as server:
        killed_in_mid_post(browser, server, **{"X-Hold": "yes"})
        assert (customers(), IdempotencyKey.objects.count()) == (1, 1)
    with web_server(socket_path):
        answer = browser.post("/customers/new/", NEW_CUSTOMER)
        assert (answer.status, answer.getheader("Idempotency-Replayed")) == (302, "true")
        assert answer.getheader("Location") == Customer.objects.get(name="Ada Lovelace").get_absolute_url()
        browser.post("/customers/new/", {**NEW_CUSTOMER, "name": "Grace Hopper", "idempotency_key": "of-another-form"})
    assert (customers(), Customer.objects.count()) == (1, 2)


def test_twenty_clicks_at_once_leave_one_job_waiting_beside_the_one_that_runs(socket_path):
    browser = Browser.of(create_user("admin"), socket_path)
    together = threading.Barrier(20)

    def click(number: int) -> str | None:
        together.wait()
        return browser.post("/analytics/recompute/", {"idempotency_key": f"page-{number // 2}"}).getheader("Location")

    def clicks() -> set[str | None]:
        with ThreadPoolExecutor(20) as twenty:
            return set(twenty.map(click, range(20)))

    with web_server(socket_path):
        first = clicks()
        running = Job.objects.get()
        assert first == {f"/jobs/{running.pk}/"}
        assert leases.claim(running.pk) is not None
        with transaction.atomic():
            IdempotencyKey.objects.all().delete()
        second = clicks()
    waiting = Job.objects.get(status="queued")
    assert second == {f"/jobs/{waiting.pk}/"}
    assert Job.objects.count() == 2
