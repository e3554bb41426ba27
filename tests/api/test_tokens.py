"""Who comes in with which token, and what a token leaves behind."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import IntegrityError
from django.utils import timezone

from api.models import Scope, Token, digest_of
from tests.api.conftest import Api, issue
from tests.factories import create_customer, create_user

pytestmark = pytest.mark.django_db


def test_a_token_opens_what_its_person_sees():
    create_customer("Ada")
    answer = Api(create_user("manager")).get("customers").json()
    assert [row["name"] for row in answer["results"]] == ["Ada"]


def test_the_secret_is_nowhere_in_the_database():
    secret = issue(create_user())
    row = Token.objects.values().get()
    assert secret not in str(row)
    assert row["digest"] == digest_of(secret)
    assert secret.startswith(row["beginning"])


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer x y", "Basic YTpi", "Bearer mcrm_unknown"])
def test_without_a_valid_token_there_is_a_401(client, header):
    response = client.get("/api/v1/customers", headers={"Authorization": header} if header is not None else {})
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="api"'
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.json()["type"] == "urn:meridian:problem:not-authenticated"


def test_an_expired_a_revoked_and_a_disabled_persons_token_are_refused_alike():
    api = Api(create_user("admin"))
    answers = []
    now = timezone.now()
    for change in ({"expires_at": now - dt.timedelta(seconds=1)}, {"revoked_at": now}):
        Token.objects.update(**{"expires_at": now + dt.timedelta(days=1), "revoked_at": None, **change})
        answers.append(api.get("customers"))
    Token.objects.update(revoked_at=None)
    assert api.get("customers").status_code == 200
    type(api.user).objects.update(is_active=False)
    answers.append(api.get("customers"))
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.content for answer in answers}) == 1


def test_a_scope_that_is_missing_is_a_403():
    customer = create_customer()
    reader = Api(create_user("admin"), Scope.READ)
    assert reader.get("customers").status_code == 200
    answer = reader.call("DELETE", f"customers/{customer.pk}", **{"If-Match": "*"})
    assert answer.status_code == 403
    assert "write" in answer.json()["detail"]
    assert Api(create_user("admin"), Scope.WRITE).get("customers").status_code == 403


def test_a_use_is_noted_once_a_minute(django_assert_num_queries):
    api = Api(create_user("admin"))
    api.get("customers")
    first = Token.objects.get().last_used_at
    assert first is not None
    api.get("customers")
    assert Token.objects.get().last_used_at == first
    Token.objects.update(last_used_at=first - dt.timedelta(minutes=2))
    api.get("customers")
    noted = Token.objects.get().last_used_at
    assert noted is not None
    assert noted > first - dt.timedelta(minutes=1)


def test_no_token_lives_longer_than_a_year():
    expires_at = timezone.now() + dt.timedelta(days=400)
    with pytest.raises(IntegrityError):
        Token.issue(user=create_user(), name="for ever", scopes=["read"], expires_at=expires_at)


def test_calls_are_counted_and_too_many_refused(settings):
    settings.API_CALLS_A_MINUTE = 3
    api = Api(create_user("admin"))
    answers = [api.get("customers") for _call in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[0].headers["RateLimit-Policy"] == '"minute";q=3;w=60'
    assert answers[2].headers["RateLimit"].startswith('"minute";r=0;t=')
    assert int(answers[3].headers["Retry-After"]) >= 1
    assert Api(create_user("admin")).get("customers").status_code == 200


def test_a_cache_that_is_away_stops_nobody(settings):
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1/0"}
    }
    assert Api(create_user("admin")).get("customers").status_code == 200
