"""The forms of django-allauth in our words and without its placeholders."""

from __future__ import annotations

from typing import Any, ClassVar

from allauth.account import forms as account_forms
from allauth.mfa.adapter import get_adapter as get_mfa_adapter
from allauth.mfa.base import forms as mfa_forms
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm as AllauthActivateForm
from django import forms
from django.core.cache import cache
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.mails import password_mail, send_in_background
from accounts.models import User

# A code is good for its half minute and for those beside it; it is refused a second time for as long as it could be.
CODE_SECONDS = 90


class Relabelled(forms.Form):
    """`labels` by field; a placeholder that repeats the label goes. The first field gets the cursor."""

    labels: ClassVar[dict[str, Promise]] = {}
    autocomplete: ClassVar[dict[str, str]] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.label = self.labels.get(name, field.label)  # type: ignore[assignment]
            field.widget.attrs.pop("placeholder", None)
            if name in self.autocomplete:
                field.widget.attrs["autocomplete"] = self.autocomplete[name]
        next(iter(self.fields.values())).widget.attrs["autofocus"] = True


class LoginForm(Relabelled, account_forms.LoginForm):  # type: ignore[misc]
    labels = {"login": _("E-mail"), "password": _("Password")}
    autocomplete = {"login": "username"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = ""


class ResetPasswordForm(Relabelled, account_forms.ResetPasswordForm):  # type: ignore[misc]
    labels = {"email": _("E-mail")}
    autocomplete = {"email": "username"}

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        """Does the same work whether there is such an account or not, so that the answer takes as long."""
        email: str = self.cleaned_data["email"]
        user: User | None = next(iter(self.users), None)
        mail = password_mail(request, user or User(pk=0, email=email), kind="password_reset")
        if user:
            send_in_background(mail)
        return email


class ResetPasswordKeyForm(Relabelled, account_forms.ResetPasswordKeyForm):  # type: ignore[misc]
    labels = {"password1": _("New password"), "password2": _("New password, once more")}


class ChangePasswordForm(Relabelled, account_forms.ChangePasswordForm):  # type: ignore[misc]
    labels = {
        "oldpassword": _("Current password"),
        "password1": _("New password"),
        "password2": _("New password, once more"),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["oldpassword"].help_text = ""


class ReauthenticateForm(Relabelled, account_forms.ReauthenticateForm):  # type: ignore[misc]
    labels = {"password": _("Password")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = ""


class CodeForm(Relabelled):
    labels = {"code": _("Code")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].widget.attrs |= {"inputmode": "numeric", "maxlength": 12}


class CodeOnceForm(CodeForm):
    """allauth remembers a code for half a minute only, and not at all the one that set the app up."""

    user: User
    authenticator: Authenticator

    def clean_code(self) -> str:
        code: str = super().clean_code()  # type: ignore[misc]
        if getattr(self, "authenticator", None) and self.authenticator.type != Authenticator.Type.TOTP:
            return code  # a recovery code is crossed out where it is kept
        spent = f"accounts:code:{self.user.pk}:{''.join(filter(str.isdigit, code))}"
        if not cache.add(spent, True, timeout=CODE_SECONDS):
            raise get_mfa_adapter().validation_error("incorrect_code")
        return code


class AuthenticateForm(CodeOnceForm, mfa_forms.AuthenticateForm):  # type: ignore[misc]
    pass


class ReauthenticateByCodeForm(CodeOnceForm, mfa_forms.ReauthenticateForm):  # type: ignore[misc]
    pass


class ActivateForm(CodeOnceForm, AllauthActivateForm):  # type: ignore[misc]
    pass
