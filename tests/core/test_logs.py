"""Log lines: their ids, and what they must not hold."""

from __future__ import annotations

import json
import logging

import pytest
from django.db import IntegrityError

from core.logs import JsonFormatter, LineFormatter, bound, scrubbed
from tests.factories import create_user


def record(message, *arguments, **more):
    return logging.LogRecord("crm.test", logging.WARNING, "file.py", 1, message, arguments, more.get("exc_info"))


def test_a_line_is_json_with_the_ids_it_belongs_to():
    with bound(request_id="abc12345"), bound(job_id=7):
        line = json.loads(JsonFormatter().format(record("Job %s waits", 7)))
    assert line["message"] == "Job 7 waits"
    assert (line["request_id"], line["job_id"], line["level"]) == ("abc12345", 7, "WARNING")
    assert "request_id" not in json.loads(JsonFormatter().format(record("later")))


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("refused ada.lovelace@example.org today", "refused [e-mail] today"),
        ("called +49 (30) 123 456-78 back", "called [number] back"),
        ("token=abcdef stays", "token=[left out] stays"),
        ("PASSWORD: hunter2", "PASSWORD: [left out]"),
        ("took 1234 ms in job 1234567", "took 1234 ms in job 1234567"),
    ],
)
def test_personal_data_is_left_out(written, kept):
    assert scrubbed(written) == kept


@pytest.mark.django_db
@pytest.mark.parametrize("formatter", [JsonFormatter(), LineFormatter("{message}", style="{")])
def test_the_row_that_broke_a_constraint_is_not_quoted(formatter):
    create_user(email="canary@example.org")
    try:
        create_user(email="canary@example.org")
    except IntegrityError as error:
        line = formatter.format(record("failed", exc_info=(type(error), error, error.__traceback__)))
    assert "IntegrityError" in line
    assert "canary" not in line


@pytest.mark.django_db
def test_each_answer_carries_its_request_id_and_logs_one_line(client, caplog):
    with caplog.at_level("INFO", logger="crm.requests"):
        response = client.get("/accounts/login/?next=/secret", headers={"x-request-id": "from-a-proxy-1"})
    assert response.headers["X-Request-ID"] == "from-a-proxy-1"
    (line,) = [each for each in caplog.records if each.name == "crm.requests"]
    assert (line.fields["route"], line.fields["status"]) == ("accounts:login", 200)
    assert "secret" not in json.dumps(line.fields)


@pytest.mark.django_db
@pytest.mark.parametrize("brought", ["short", "x" * 100, "new\tline-of-a-log", ""])
def test_an_id_that_could_forge_a_line_is_replaced(client, brought):
    assert client.get("/healthz", headers={"x-request-id": brought}).headers["X-Request-ID"] != brought
