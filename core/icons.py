"""Lucide's icons as inline SVG, drawn once per process."""

from __future__ import annotations

import re
from functools import cache

from django.utils.html import format_html
from django.utils.safestring import SafeString
from lucide.templatetags.lucide import lucide

# How every icon is drawn stands once in base.css; said in each of a page's hundred it would be a tenth of its bytes.
_SAID_IN_STYLES = re.compile(r' (?:fill|stroke|stroke-width|stroke-linecap|stroke-linejoin)="[^"]*"')
_LINE_ENDS = re.compile(r"\s*\n\s*")


@cache
def icon_svg(name: str, *, size: int = 16, label: str = "") -> SafeString:
    """An icon in the text's colour. Without a label it is an ornament, silent for screen readers."""
    drawn = lucide(name, size=size, **{"class": "icon", "aria-hidden": "true"})
    opening, shapes = drawn.split(">", 1)
    svg = f"{_SAID_IN_STYLES.sub('', opening)}>{_LINE_ENDS.sub('', shapes)}"
    if not label:
        return SafeString(svg)  # nosec B703  # the library drew it, out of its own shapes
    return format_html('{}<span class="sr-only">{}</span>', SafeString(svg), label)  # nosec B703  # as above
