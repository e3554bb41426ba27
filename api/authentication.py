"""`Authorization: Bearer mcrm_…`."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, SessionAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from accounts.models import User
from api.models import Token, digest_of
from protection.audit.actor import identify

SCHEME = "Bearer"
USE_NOTED_EVERY = dt.timedelta(minutes=1)


class TokenAuthentication(BaseAuthentication):
    """The user of the token; `request.auth` is the token."""

    def authenticate(self, request: Request) -> tuple[User, Token] | None:
        scheme, *rest = get_authorization_header(request).decode("latin-1").split() or [""]
        if scheme.lower() != SCHEME.lower():
            return None
        token = self._token(rest[0]) if len(rest) == 1 else None
        if token is None:
            # Unknown, expired, revoked, or of somebody disabled: whoever only tries learns no difference.
            raise AuthenticationFailed(_("The token is not valid, or not any more."))
        note_use(token)
        identify(user=token.user, detail=f"token {token.pk}")
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return f'{SCHEME} realm="api"'

    def _token(self, secret: str) -> Token | None:
        return Token.objects.usable().select_related("user").filter(digest=digest_of(secret)).first()


class SessionReading(SessionAuthentication):
    """Whoever is logged in may read what describes the API: the page of the documentation asks for it."""

    def authenticate(self, request: Request) -> Any:
        return super().authenticate(request) if request.method in {"GET", "HEAD"} else None

    def authenticate_header(self, request: Request) -> str:
        return f'{SCHEME} realm="api"'


def note_use(token: Token) -> None:
    """Once a minute at most: a row written with each call would be the busiest of the database."""
    if token.last_used_at is not None and token.last_used_at > timezone.now() - USE_NOTED_EVERY:
        return
    Token.objects.filter(pk=token.pk).filter(
        Q(last_used_at=None) | Q(last_used_at__lte=Now() - USE_NOTED_EVERY)
    ).update(last_used_at=Now())


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = TokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "A token made on the page “API tokens”."}
