"""Where a person came from, as a form tells it, and where they are led from a mail."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme


def for_mail(path: str, *, origin: str = "") -> str:
    """A page of ours as a mail names it: at the site's address, or else at `origin`; "" without both."""
    begins = settings.SITE_ADDRESS or origin
    return f"{begins}{path}" if begins and path else ""


def origin_of(request: HttpRequest) -> str:
    return f"{request.scheme}://{request.get_host()}"


def page_before(request: HttpRequest, *, otherwise: str = "/") -> str:
    """The address in the form's `next` if it is one of ours."""
    return own_address(request, request.POST.get("next", "")) or otherwise


def own_address(request: HttpRequest, address: str) -> str:
    """The path and query of an address of ours; "" of any other."""
    if not url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure()):
        return ""
    parts = urlsplit(address)
    if parts.path and not parts.path.startswith("/"):
        return ""  # by Django the name of a view
    return f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
