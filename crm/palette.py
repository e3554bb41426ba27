"""The places of the navigation, as the palette finds them."""

from __future__ import annotations

from collections.abc import Iterator

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from core.palette import Hit, Source, matches, registry
from crm.navigation import links_by_group


def pages(request: HttpRequest, text: str) -> Iterator[Hit]:
    for _label, links in links_by_group(request):
        for link in links:
            if matches(text, str(link.label)):
                yield Hit(link.label, link.url, link.icon)


def register() -> None:
    """Called once, by `crm.urls`."""
    registry.add(Source("pages", _("Pages"), pages, most=20))
