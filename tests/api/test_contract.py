"""Schemathesis calls each operation as its description says, and as it says not: nothing breaks, and every answer is as
described.

There are 100 examples of each operation, some as described, some not. What several of them send alike (many differ only
in the `Authorization`, which is a role's here) is sent once. Every example is made by an admin, and by each other role
where roles can be told apart: wherever the admin is answered. What is refused to somebody who may do everything is
wrong in itself; of those the other roles make about each fourth, and so of all does somebody without a token, who is
turned away before anything is read. Each call that may write is rolled back.

With MERIDIAN_API_COVERAGE=1 everybody makes all of them, and each part of each description is gone through in turn as
well, which is Schemathesis' coverage phase: some hundred calls an operation, minutes in all. MERIDIAN_API_EXAMPLES sets
the number.
"""

from __future__ import annotations

import datetime as dt
import os
import zlib
from contextlib import nullcontext
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.utils import timezone
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core import NOT_SET
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from schemathesis.transport.prepare import get_exclude_headers

from analytics.models import CurrentRun, Run
from api.models import Token
from api.schema import description
from customers.models import CustomField
from jobs.models import Job
from reports.models import Dashboard
from surveys.models import Invitation, Questionnaire
from tests.api.conftest import issue
from tests.factories import create_customer, create_event, create_order, create_product, create_team, create_user
from tests.permissions.cast import undone

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
ROLES = ("admin", "viewer", "sales", "manager")
# A hash of the operation seeds each of them, so that a run in CI can be repeated.
STEADY: dict[str, Any] = {
    "derandomize": True,
    "deadline": None,
    "database": None,
    "suppress_health_check": list(HealthCheck),
}
MANY = int(os.environ.get("MERIDIAN_API_EXAMPLES", "100"))
IS_THOROUGH = os.environ.get("MERIDIAN_API_COVERAGE") == "1"
# So few of the examples, and one of each operation without any part, are sent without a valid token too.
BY_NOBODY_EACH = 1 if IS_THOROUGH else 4
# What examples have sent, once everybody was answered as described: sent again, it would be answered the same.
ANSWERED: set[str] = set()

KNOWN_CHART = "segments"
# Ids of records that are there, by what a path or a body calls them.
KNOWN: dict[str, int] = {}
KIND_OF_PATH = {"customers": "customer", "products": "product", "orders": "order", "jobs": "job"}
KIND_OF_PATH |= {"questionnaires": "questionnaire", "invitations": "invitation", "dashboards": "dashboard"}


def map_path_parameters(context: Any, path_parameters: Any) -> Any:
    """Every other id is one that is there, or no call would get past the 404."""
    kind = KIND_OF_PATH.get(context.operation.path.split("/")[3])
    if isinstance(path_parameters, dict) and len(str(path_parameters.get("key", ""))) % 2:
        path_parameters["key"] = KNOWN_CHART
    number = path_parameters.get("id") if isinstance(path_parameters, dict) else None
    if kind and isinstance(number, int) and number % 2 == 0:
        path_parameters["id"] = KNOWN[kind]
    return path_parameters


def map_headers(context: Any, headers: Any) -> Any:
    """Half of the changes name a version that is right."""
    if headers and isinstance(headers.get("If-Match"), str) and len(headers["If-Match"]) % 2:
        headers["If-Match"] = "*"
    return headers


def map_body(context: Any, body: Any) -> Any:
    if isinstance(body, dict):
        for name in KNOWN.keys() & body.keys():
            if isinstance(body[name], int) and body[name] % 2 == 0:
                body[name] = KNOWN[name]
    return body


def with_short_lists(description: dict[str, Any]) -> dict[str, Any]:
    """Lists in what is sent of two at most: longer ones are dear to make, and show no more."""
    schemas = description["components"]["schemas"]
    for part in [schema for name, schema in schemas.items() if name.endswith("Request")]:
        shorten(part)
    return description


def shorten(part: Any) -> None:
    if isinstance(part, dict):
        if part.get("type") == "array":
            part["maxItems"] = min(2, part.get("maxItems", 2))
        for inner in part.values():
            shorten(inner)


def described(**phases: Any) -> Any:
    """The API as it describes itself, called without a server between."""
    config = schemathesis.Config.from_dict({"phases": phases})
    schema = schemathesis.openapi.from_dict(with_short_lists(description()), config=config)
    schema.app = get_wsgi_application()
    for change in (map_path_parameters, map_headers, map_body):
        schema.hook(change)
    return schema


API = described(coverage={"enabled": IS_THOROUGH})


@pytest.fixture(autouse=True)
def _connection_stays():
    """A call is made as a web server makes it, and those close connections between requests."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def team(settings):
    settings.API_CALLS_A_MINUTE = 10**9
    return create_team()


@pytest.fixture(autouse=True)
def _records(team) -> None:
    day = dt.date(2026, 6, 1)
    customer = create_customer("Ada", team=team, email="ada@example.org", birth_date=dt.date(1985, 12, 10))
    product = create_product(source="shop", sku="T-1")
    questionnaire = Questionnaire.objects.create(title="How was it?", status="open")
    question = questionnaire.questions.create(position=1, text="Happy?", kind="scale", lowest=1, highest=5)
    create_event(customer, on=day, product=product)
    CustomField.objects.create(key="visits", label="Visits", kind="number")
    run = Run.objects.create(analysis="rfm", as_of=day, status="published", finished_at=dt.datetime.now(dt.UTC))
    CurrentRun.objects.create(analysis="rfm", run=run, published_at=dt.datetime.now(dt.UTC))
    KNOWN.update(
        customer=customer.pk,
        product=product.pk,
        order=create_order(customer, products=[product]).pk,
        job=Job.objects.create(kind="recompute", params_hash="a").pk,
        questionnaire=questionnaire.pk,
        question=question.pk,
        dashboard=Dashboard.objects.create(name="Sales", sharing="everybody").pk,
        invitation=Invitation.objects.create(questionnaire=questionnaire, customer=customer).pk,
    )


@pytest.fixture
def secrets_of_roles(team) -> dict[str, str]:
    secrets = {role: issue(create_user(role, team=team)) for role in ROLES}
    # Or each of the calls, being rolled back, would be the first with its token, and note that.
    Token.objects.update(last_used_at=timezone.now() + dt.timedelta(days=1))
    return secrets


@API.parametrize()
@settings(max_examples=MANY, **STEADY)
def test_every_role_is_answered_as_described(case, secrets_of_roles):
    sent = what_is_sent(case)
    if sent in ANSWERED:
        return
    for role, secret in secrets_of_roles.items():
        call(case, role, secret)
    if zlib.crc32(sent.encode()) % BY_NOBODY_EACH == 0 or not any(parts_of(case)):
        call(case, "nobody", "mcrm_unknown")
    ANSWERED.add(sent)


def what_is_sent(case: Any) -> str:
    """But for the token, which is a role's."""
    headers = {name: value for name, value in (case.headers or {}).items() if name != "Authorization"}
    return repr((case.operation.label, case.media_type, get_exclude_headers(case), headers, *parts_of(case)))


def parts_of(case: Any) -> list[Any]:
    return [None if part is NOT_SET else part for part in (case.path_parameters, case.query, case.body)]


def call(case: Any, role: str, secret: str) -> Any:
    with nullcontext() if case.method == "GET" else undone():
        try:
            return case.call_and_validate(headers={"Authorization": f"Bearer {secret}"}, checks=CHECKS)
        except AssertionError as wrong:
            wrong.add_note(f"asked by: {role}")
            raise
