"""An authenticator app and recovery codes: set up, asked for, taken away."""

from __future__ import annotations

from typing import Any

from allauth.mfa.base import views as base_views
from allauth.mfa.recovery_codes import views as code_views
from allauth.mfa.totp import views as totp_views
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect

from accounts.models import User
from accounts.second_factor import has_second_factor
from accounts.sessions import end_sessions


class SetUpView(totp_views.ActivateTOTPView):  # type: ignore[misc]  # allauth comes without types
    template_name = "accounts/second_factor_set_up.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        secret = context["form"].secret
        return {**context, "secret_in_groups": " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))}

    def form_valid(self, form: Any) -> HttpResponse:
        """Sessions that began without the second factor end."""
        response: HttpResponse = super().form_valid(form)
        end_sessions(form.user, except_key=self.request.session.session_key)
        return response


class OnlyWithSecondFactor:
    """Without one there is nothing to see: the page that tells how to get one comes instead."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if isinstance(request.user, User) and not has_second_factor(request.user):
            return redirect("mfa_index")
        response: HttpResponseBase = super().dispatch(request, *args, **kwargs)  # type: ignore[misc]
        return response


class TakeAwayView(OnlyWithSecondFactor, totp_views.DeactivateTOTPView):  # type: ignore[misc]
    template_name = "accounts/second_factor_take_away.html"


class RecoveryCodesView(OnlyWithSecondFactor, code_views.ViewRecoveryCodesView):  # type: ignore[misc]
    template_name = "accounts/recovery_codes.html"


class NewRecoveryCodesView(OnlyWithSecondFactor, code_views.GenerateRecoveryCodesView):  # type: ignore[misc]
    template_name = "accounts/recovery_codes_new.html"


overview = base_views.IndexView.as_view(template_name="accounts/second_factor.html")
code = base_views.AuthenticateView.as_view(template_name="accounts/second_factor_code.html")
reauthenticate = base_views.ReauthenticateView.as_view(template_name="accounts/reauthenticate.html")
set_up = SetUpView.as_view()
take_away = TakeAwayView.as_view()
recovery_codes = RecoveryCodesView.as_view()
new_recovery_codes = NewRecoveryCodesView.as_view()
