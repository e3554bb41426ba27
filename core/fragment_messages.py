"""Messages of an answer that is a fragment: no page of its own shows them, so a header takes them to `toasts.js`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from django.contrib.messages import get_messages
from django.http import HttpRequest, HttpResponse
from django_htmx.http import trigger_client_event

from core.undo import undo_of

LEADS_TO_A_PAGE = ("Location", "HX-Location", "HX-Redirect", "HX-Refresh")


def messages_to_toasts(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware, inside of Django's for messages. Only messages of this very request: one that waits for the page
    somebody is being led to is not taken by a fragment that polls meanwhile."""

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        storage: Any = get_messages(request)
        is_shown_here = request.headers.get("HX-Request") and not any(header in response for header in LEADS_TO_A_PAGE)
        if is_shown_here and getattr(storage, "added_new", False):
            trigger_client_event(response, "toasts", {"messages": [as_data(message) for message in storage]})
        return response

    return answer


def as_data(message: Any) -> dict[str, Any]:
    undo = undo_of(message)
    return {"text": str(message), "tone": message.level_tag, "undo": asdict(undo) if undo else None}
