from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

from django.contrib.auth import get_user, middleware
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, resolve_url
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.second_factor import lacks_second_factor
from accounts.sessions import note_activity, user_read_with
from core.addresses import own_address
from core.models import OrganisationSettings


class AuthenticationMiddleware(middleware.AuthenticationMiddleware):
    """Who asks is read with their session, by one query; Django's own way is for the rest."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        request.user = SimpleLazyObject(lambda: user_read_with(request.session) or get_user(request))  # type: ignore[assignment]


class LoginRequiredMiddleware(middleware.LoginRequiredMiddleware):
    """Every view needs a login unless it says otherwise. After it one is back on the page one was on: for a fragment,
    or a form that was sent, that is the page that held it, where what was typed is put back (`drafts.js`)."""

    def handle_no_permission(  # type: ignore[override]  # the parent only ever redirects
        self, request: HttpRequest, view_func: Callable[..., HttpResponseBase]
    ) -> HttpResponseBase:
        if request.headers.get("HX-Request"):
            page = own_address(request, request.headers.get("HX-Current-URL", "")) or reverse("reports:home")
            return HttpResponse(status=204, headers={"HX-Redirect": login_leading_to(page)})
        if request.method == "POST" and (page := own_address(request, request.headers.get("Referer", ""))):
            return redirect(login_leading_to(page))
        return super().handle_no_permission(request, view_func)


def login_leading_to(page: str) -> str:
    return f"{resolve_url('accounts:login')}?{urlencode({'next': page})}"


class PreferencesMiddleware:
    """Shows a page in the person's language and time zone; before login the cookie's or the browser's language."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        user = request.user if isinstance(request.user, User) else None
        request.organisation = OrganisationSettings.current()  # type: ignore[attr-defined]
        language = (user and user.language) or translation.get_language_from_request(request)
        zone = user.zone if user else request.organisation.zone  # type: ignore[attr-defined]
        request.LANGUAGE_CODE = language
        with translation.override(language), timezone.override(zone):
            if user:
                note_activity(request.session)
            response = self.get_response(request)
            response.headers.setdefault("Content-Language", language)
            return response


class SecondFactorMiddleware:
    """Whose role must have a second factor does nothing here before it is set up. Pages lead there; the rest is 403."""

    SET_UP = "mfa_activate_totp"
    ALLOWED = frozenset(
        {
            SET_UP,
            "account_reauthenticate",
            "mfa_reauthenticate",
            "accounts:logout",
            "accounts:language",
            "accounts:theme",
        }
    )

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *view: object) -> HttpResponseBase | None:
        place = request.resolver_match.view_name if request.resolver_match else ""
        if place in self.ALLOWED or not isinstance(request.user, User) or not lacks_second_factor(request.user):
            return None
        if request.headers.get("HX-Request"):
            return HttpResponse(status=204, headers={"HX-Redirect": reverse(self.SET_UP)})
        if request.method in {"GET", "HEAD"} and request.accepts("text/html"):
            return redirect(self.SET_UP)
        raise PermissionDenied(_("Your role must log in with a second factor. Set it up first."))
