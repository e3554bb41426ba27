"""A chart of the catalog on the page of another app: `{% chart_card "group-map" %}`, as its reader may see it."""

from __future__ import annotations

from typing import Any

from django import template

from reports.cards import card
from reports.catalog import BY_KEY
from reports.frames import Published
from reports.words import ReaderWords

register = template.Library()


@register.inclusion_tag("reports/_card.html", takes_context=True)
def chart_card(context: dict[str, Any], key: str) -> dict[str, Any]:
    """The page also needs the stylesheet and the scripts of charts; see docs/adding-a-report.md."""
    request = context["request"]
    words = ReaderWords.of_reader(str(request.organisation.currency))
    return {"card": card(BY_KEY[key], Published.now(request.user.sight), words), "request": request}
