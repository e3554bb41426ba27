from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponseBase

from accounts.models import User
from protection.audit.actor import acting, identify
from protection.audit.models import Origin

ORIGIN_OF_APP = {"admin": Origin.ADMIN, "api": Origin.API}


class ActorMiddleware:
    """What a request writes is put down to whoever is logged in. After the middleware that knows who that is."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        user = request.user if isinstance(request.user, User) else None
        with acting(user=user, origin=Origin.WEB):
            return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        match = request.resolver_match
        if match is not None and match.app_names:
            identify(origin=ORIGIN_OF_APP.get(match.app_names[0], ""))
