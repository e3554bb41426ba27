from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.contrib.auth import middleware
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import resolve_url
from django.urls import reverse
from django.utils import timezone, translation

from accounts.models import User
from accounts.sessions import note_activity
from core.models import OrganisationSettings


class LoginRequiredMiddleware(middleware.LoginRequiredMiddleware):
    """Every view needs a login unless it says otherwise. A fragment request is sent to the login as a whole page."""

    def handle_no_permission(  # type: ignore[override]  # the parent only ever redirects
        self, request: HttpRequest, view_func: Callable[..., HttpResponseBase]
    ) -> HttpResponseBase:
        if request.headers.get("HX-Request"):
            login = f"{resolve_url('accounts:login')}?next={reverse('reports:home')}"
            return HttpResponse(status=204, headers={"HX-Redirect": login})
        return super().handle_no_permission(request, view_func)


class PreferencesMiddleware:
    """Shows a page in the person's language and time zone; before login the cookie's or the browser's language."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        user = request.user if isinstance(request.user, User) else None
        request.organisation = OrganisationSettings.current()  # type: ignore[attr-defined]
        language = (user and user.language) or translation.get_language_from_request(request)
        zone = (user and user.time_zone) or request.organisation.time_zone  # type: ignore[attr-defined]
        request.LANGUAGE_CODE = language
        with translation.override(language), timezone.override(ZoneInfo(zone)):
            if user:
                note_activity(request.session)
            response = self.get_response(request)
            response.headers.setdefault("Content-Language", language)
            return response
