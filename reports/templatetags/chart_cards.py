"""A chart of the catalog on the page of another app: `{% chart_card "group-map" %}`, as its reader may see it. One that
is computed from facts is fetched when the page is there."""

from __future__ import annotations

from typing import Any

from django import template

from reports.cards import WaitingCard, card
from reports.catalog import BY_KEY
from reports.frames import Published
from reports.words import ReaderWords

register = template.Library()


@register.inclusion_tag("reports/_any_card.html", takes_context=True)
def chart_card(context: dict[str, Any], key: str) -> dict[str, Any]:
    """The page also needs the stylesheet and the scripts of charts; see docs/adding-a-report.md."""
    request, chart = context["request"], BY_KEY[key]
    if chart.waits(None):
        return {"card": WaitingCard(chart, ""), "request": request}
    words = ReaderWords.of_reader(str(request.organisation.currency))
    return {"card": card(chart, Published.now(request.user.sight), words), "request": request}
