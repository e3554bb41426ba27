"""What a page shows of a value that may be hidden from its reader."""

from __future__ import annotations

from typing import Any

from django import template
from django.template import Context
from django.utils.html import format_html

from accounts.models import User
from protection import masking

register = template.Library()


@register.simple_tag(takes_context=True)
def shown(context: Context, value: Any, confidential: str) -> str:
    """The value, or dots where that kind of it (`accounts.models.Confidential`) is hidden from the reader."""
    text = masking.shown(context["request"].user.sight, confidential, value)
    return "" if text in (None, "") else format_html("<bdi>{}</bdi>", text)


@register.filter
def shown_to(text: str, user: User) -> str:
    """What somebody wrote freely, as this reader may see it."""
    return masking.text_shown(user.sight, text)
