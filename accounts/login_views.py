"""The pages of django-allauth that the product has, each with our template. What is not listed in the URLs is not
there: no sign-up, no addresses to manage, no login by link."""

from __future__ import annotations

from typing import Any

from allauth.account import views as account_views
from allauth.account.adapter import get_adapter
from django.http import HttpRequest, HttpResponse

from accounts.models import User
from accounts.sessions import end_sessions


class PasswordChangeView(account_views.PasswordChangeView):  # type: ignore[misc]
    template_name = "accounts/password_change.html"

    def form_valid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)
        end_sessions(form.user, except_key=self.request.session.session_key)
        return response


class PasswordResetFromKeyView(account_views.PasswordResetFromKeyView):  # type: ignore[misc]
    template_name = "accounts/password_set.html"
    request: HttpRequest
    reset_user: User

    def form_valid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)
        end_sessions(self.reset_user)
        get_adapter(self.request).forget_failures(self.request, self.reset_user)
        return response


login = account_views.LoginView.as_view(template_name="accounts/login.html")
logout = account_views.LogoutView.as_view(http_method_names=["post", "options"])
reauthenticate = account_views.ReauthenticateView.as_view(template_name="accounts/reauthenticate.html")
password_change = PasswordChangeView.as_view()
password_reset = account_views.PasswordResetView.as_view(template_name="accounts/password_reset.html")
password_reset_sent = account_views.PasswordResetDoneView.as_view(template_name="accounts/password_reset_sent.html")
password_reset_from_key = PasswordResetFromKeyView.as_view()
password_is_set = account_views.PasswordResetFromKeyDoneView.as_view(template_name="accounts/password_is_set.html")
