"""The matrix of `tests.permissions.api_matrix`, run for each operation and each role."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, reverse

from accounts.models import Team
from api.models import Scope
from api.urls import v1
from customers.models import Customer
from jobs.models import Job
from reports.models import Dashboard
from surveys.models import Invitation, Questionnaire
from tests.api.conftest import issue
from tests.factories import create_customer, create_order, create_product, create_team, create_user
from tests.permissions.api_matrix import CALLS, READ, ROLES, Call
from tests.permissions.cast import fingerprint, merge_of
from tests.permissions.conftest import Stage

pytestmark = pytest.mark.django_db

METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE"}
ids = [call.id for call in CALLS]


@dataclass(frozen=True)
class Known:
    """Records of a customer of a team, by what a call names them; secrets by role, "stranger" being a salesperson of
    another team, and an admin's without a scope by that scope; all rows there are."""

    arguments: dict[str, Any]
    secrets: dict[str, str]
    without: dict[str, str]
    records: list[Any]


def survey(customer: Customer) -> dict[str, Any]:
    questionnaire = Questionnaire.objects.create(title="How was it?", status="open")
    question = questionnaire.questions.create(position=1, text="Happy?", kind="scale", lowest=1, highest=5)
    invitation = Invitation.objects.create(questionnaire=questionnaire, customer=customer)
    return {"questionnaire": questionnaire.pk, "question": question.pk, "invitation": invitation.pk}


@pytest.fixture(scope="module")
def known(stage: Stage) -> Iterator[Known]:
    with stage():
        team = create_team("North")
        people = {role: create_user(role, team=team) for role in ROLES}
        secrets = {role: issue(user) for role, user in people.items()}
        secrets["stranger"] = issue(create_user("sales", team=create_team("South")))
        others = {scope: [each for each in Scope.values if each != scope] for scope in Scope.values}
        without = {scope: issue(people["admin"], *scopes) for scope, scopes in others.items()}
        arguments = records_of(team)
        yield Known(arguments, secrets, without, records())


def records_of(team: Team) -> dict[str, Any]:
    customer, product = create_customer("Ada", team=team), create_product()
    return {
        "customer": customer.pk,
        "product": product.pk,
        "order": create_order(customer, products=[product]).pk,
        "job": Job.objects.create(kind="recompute", params_hash="a").pk,
        "analysis": "rfm",
        "double": create_customer("Ada", team=team).pk,
        "chart": "segments",
        "dashboard": Dashboard.objects.create(name="Theirs", sharing="team", team=team).pk,
        "merge": merge_of(create_customer("Bea", team=team)).pk,
        **survey(customer),
    }


def send(call: Call, arguments: dict[str, Any], secret: str, *, method: str = "") -> Any:
    url = reverse(f"api:v1:{call.name}", args=[arguments[arg] for arg in call.args])
    body = call.body(arguments) if callable(call.body) else call.body
    content = "" if body is None else json.dumps(body)
    headers = {**call.headers, **({"Authorization": f"Bearer {secret}"} if secret else {})}
    client = Client(raise_request_exception=False)
    return client.generic(method or call.method, url, content, content_type="application/json", headers=headers)


def records() -> list[Any]:
    """All rows but those that a call writes about itself."""
    by_the_way = {"api_token", "core_idempotencykey", "protection_accesslog"}
    return [row for row in fingerprint() if row[0] not in by_the_way]


def operations() -> set[str]:
    """The operations that the addresses lead to."""
    found = set()
    for pattern in v1:
        assert isinstance(pattern, URLPattern)
        view = pattern.callback.view_class  # type: ignore[attr-defined]
        found |= {f"{method} {pattern.name}" for method in METHODS if hasattr(view, method.lower())}
    return {operation for operation in found if not operation.endswith(" unknown")}


def test_every_operation_is_in_the_matrix():
    assert sorted(operations()) == sorted({call.id for call in CALLS})


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("call", CALLS, ids=ids)
def test_each_role_gets_what_the_matrix_says(call, role, known):
    response = send(call, known.arguments, known.secrets[role])
    assert response.status_code == call.allowed[ROLES.index(role)], response.content
    if response.status_code >= 400:
        assert response.headers["Content-Type"] == "application/problem+json"
        assert records() == known.records


@pytest.mark.parametrize("call", [call for call in CALLS if call.stranger], ids=lambda call: call.id)
def test_a_stranger_is_told_that_there_is_nothing(call, known):
    response = send(call, known.arguments, known.secrets["stranger"])
    assert response.status_code == call.stranger, response.content
    assert records() == known.records


@pytest.mark.parametrize("call", CALLS, ids=ids)
def test_nobody_comes_in_without_a_token(call, known):
    response = send(call, known.arguments, "")
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"].startswith("Bearer")
    assert records() == known.records


@pytest.mark.parametrize("call", CALLS, ids=ids)
def test_a_token_needs_the_scope(call, known):
    response = send(call, known.arguments, known.without[call.scope])
    assert response.status_code == 403
    assert records() == known.records


@pytest.mark.parametrize("call", CALLS, ids=ids)
def test_other_methods_are_refused(call, known):
    taken = {each.method for each in CALLS if each.name == call.name}
    for method in sorted(METHODS - taken):
        assert send(call, known.arguments, known.secrets["admin"], method=method).status_code == 405
    assert records() == known.records


def test_the_matrix_knows_the_scopes():
    assert {call.scope for call in CALLS} <= set(Scope.values)
    assert READ in Scope.values
