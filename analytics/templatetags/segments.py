"""Tags for segments."""

from django import template

from analytics import segments
from core.templatetags.ui import badge

register = template.Library()


@register.simple_tag
def segment_badge(code: str) -> str:
    words = segments.words(code)
    return badge(words.label, words.tone)
