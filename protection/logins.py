"""Who logs in, in vain too, and out: noted in the log of accesses."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from accounts.adapter import AccountAdapter
from accounts.models import User
from protection.audit import log_access


class LoggedAdapter(AccountAdapter):
    def login(self, request: HttpRequest, user: User) -> None:
        super().login(request, user)
        log_access("login", user=user, ip=self.get_client_ip(request))

    def logout(self, request: HttpRequest) -> None:
        if isinstance(request.user, User):
            log_access("logout", user=request.user)
        super().logout(request)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Names the account that was tried; an address that is none's is not kept. Takes as long for both."""
        tried = User.objects.filter(email=credentials.get("email", "")).first()
        log_access("login_failed", obj=tried, model=User, ip=self.get_client_ip(request))
