"""A client that comes in with a token."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from accounts.models import User
from api.models import Scope, Token


def issue(user: User, *scopes: str) -> str:
    """The secret of a token for a day, with all scopes unless some are named."""
    expires_at = timezone.now() + dt.timedelta(days=1)
    return Token.issue(user=user, name="test", scopes=list(scopes or Scope.values), expires_at=expires_at)[1]


class Api:
    def __init__(self, user: User, *scopes: str) -> None:
        self.user, self._client = user, Client(raise_request_exception=False)
        self.headers = {"Authorization": f"Bearer {issue(user, *scopes)}"}

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        sent = {**self.headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
        content = body if isinstance(body, (str, bytes)) else "" if body is None else json.dumps(body)
        kind = sent.pop("Content-Type", "application/json")
        return self._client.generic(method, f"/api/v1/{path}", content, content_type=kind, headers=sent)

    def get(self, path: str, **headers: str) -> Any:
        return self.call("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.call("POST", path, body, **headers)

    def patch(self, path: str, body: Any, **headers: str) -> Any:
        return self.call("PATCH", path, body, **headers)


@pytest.fixture(autouse=True)
def _fresh_count_of_calls():
    cache.clear()
