"""Lucide's icons as inline SVG, drawn once per process."""

from __future__ import annotations

from functools import cache

from django.utils.html import format_html
from django.utils.safestring import SafeString
from lucide.templatetags.lucide import lucide


@cache
def icon_svg(name: str, *, size: int = 16, label: str = "") -> SafeString:
    """An icon in the text's colour. Without a label it is an ornament, silent for screen readers."""
    svg = lucide(name, size=size, **{"class": "icon", "aria-hidden": "true", "focusable": "false"})
    if not label:
        return SafeString(svg)  # nosec B703  # the library drew it, out of its own shapes
    return format_html('{}<span class="sr-only">{}</span>', svg, label)
