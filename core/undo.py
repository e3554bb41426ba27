"""Messages that offer to take back what they tell of.

The message is a toast with a small form in it: on the next page where the answer is a redirect, at once where it is a
fragment (`core.fragment_messages`). What the form posts is an ordinary address with ordinary rights.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.contrib import messages
from django.contrib.messages.storage.base import Message
from django.http import HttpRequest

from core.addresses import page_before

__all__ = ["Undo", "page_before", "success_with_undo", "undo_of"]


@dataclass(frozen=True)
class Undo:
    """What the button posts. `target` (a CSS selector) names what a fragment's answer replaces, where that is shown."""

    url: str
    fields: Mapping[str, str] = field(default_factory=dict)
    target: str = ""


def success_with_undo(
    request: HttpRequest, text: str, *, url: str, fields: Mapping[str, object] | None = None, target: str = ""
) -> None:
    """Says that something is done, with a button that posts `fields` to `url` to take it back.

    The form also sends `next`, the page it was pressed on: answer a plain POST with `redirect(page_before(request))`.
    """
    sent = {name: str(value) for name, value in (fields or {}).items()}
    # A stored message keeps a text, its level and its tags, nothing else.
    messages.success(request, text, extra_tags=json.dumps({"url": url, "fields": sent, "target": target}))


def undo_of(message: Message) -> Undo | None:
    tags = message.extra_tags or ""
    return Undo(**json.loads(tags)) if tags.startswith("{") else None
