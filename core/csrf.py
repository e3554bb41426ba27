"""When a form's token is not (or no longer) the browser's: most often somebody logged in again in another tab."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render

# What is never written into a page, even one made for whoever has just typed it.
SECRET = re.compile(r"password|secret|^code$", re.IGNORECASE)


def failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Django's CSRF_FAILURE_VIEW. Nothing was done. What a page of ours sent is offered to be sent again by a press of
    the person; a script of ours gets the new token. A page of somebody else's gets neither."""
    ours = is_from_here(request) and request.user.is_authenticated
    if request.headers.get("HX-Request"):
        return HttpResponse(status=403, headers={"X-New-CSRF-Token": get_token(request)} if ours else {})
    fields = [
        (name, value) for name, values in request.POST.lists() for value in values if name != "csrfmiddlewaretoken"
    ]
    can_be_sent_again = (
        ours and fields and not request.FILES and not any(SECRET.search(name) for name, _value in fields)
    )
    response = render(request, "403_csrf.html", {"fields": fields if can_be_sent_again else []}, status=403)
    response.headers["Cache-Control"] = "no-store"
    return response


def is_from_here(request: HttpRequest) -> bool:
    """By the Origin, which no page of another site can forge; a browser sends it with every POST."""
    return urlsplit(request.headers.get("Origin", "")).netloc == request.get_host()
