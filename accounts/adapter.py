"""How the product differs from what django-allauth does by itself. Only admins make accounts, `User.email` alone is the
login (allauth's own table of addresses stays empty), and what a page says is said in our words."""

from __future__ import annotations

import time
from typing import Any

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from django.contrib import messages
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Role, User
from accounts.sessions import note_client, seconds_since_login

# The messages of allauth that are worth a word here, by the name of its template.
SPOKEN: dict[str, Promise] = {
    "account/messages/password_changed.txt": _("Your password is changed. Your other sessions are ended."),
    "mfa/messages/totp_activated.txt": _("From now on a code of your authenticator app is asked for at each login."),
    "mfa/messages/totp_deactivated.txt": _("The second factor is taken away. Your password alone lets you in again."),
    "mfa/messages/recovery_codes_generated.txt": _(
        "There are new recovery codes. If you had others, they are worth nothing now."
    ),
}


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth comes without types
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        # One answer for an unknown address, a wrong password and somebody disabled.
        "email_password_mismatch": _("The e-mail address or the password is wrong."),
        "too_many_login_attempts": _("Too many attempts have failed. Wait five minutes and try again."),
        "enter_current_password": _("This is not your current password."),
        "incorrect_password": _("This is not your password."),
        "rate_limited": _("Too many attempts. Wait a minute and try again."),
        "invalid_password_reset": _("The link has been used, or is too old."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def is_ajax(self, request: HttpRequest) -> bool:
        """Forms are answered by pages, whatever a program asks for: the API is another place."""
        return False

    def login(self, request: HttpRequest, user: User) -> None:
        super().login(request, user)
        note_client(request, ip=self.get_client_ip(request))

    def reauthenticate(self, user: User, password: str) -> bool:
        found = self.authenticate(context.request, email=user.email, password=password)
        return found is not None and found.pk == user.pk

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Somebody who has just logged in is not asked again."""
        required: bool = super().is_reauthentication_required(app=app, **kwargs)
        return required and seconds_since_login(context.request.session, time.time()) > (
            app_settings.REAUTHENTICATION_TIMEOUT
        )

    def forget_failures(self, request: HttpRequest, user: User) -> None:
        """Whoever has just set a new password may log in with it at once."""
        self._delete_login_attempts_cached_email(request, email=user.email)

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Those who sell begin with their day, the others with the dashboard."""
        if isinstance(request.user, User) and request.user.role == Role.SALES:
            return reverse("todo:my_day")
        return str(super().get_login_redirect_url(request))

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("accounts:profile")

    def add_message(
        self,
        request: HttpRequest,
        level: int,
        message_template: str | None = None,
        message_context: dict[str, Any] | None = None,
        extra_tags: str = "",
        message: str | None = None,
    ) -> None:
        words = message or SPOKEN.get(message_template or "")
        if words:
            messages.add_message(request, level, str(words), extra_tags=extra_tags)
