"""Tags and filters of every page, loaded as builtins: a template needs no {% load %} for them.

They find out who reads (language, time zone, clock) and leave the writing to `core.formatting`.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any

from django import template
from django.conf import settings
from django.contrib.messages.storage.base import Message
from django.forms import BaseForm, BaseFormSet, BoundField
from django.template import Context
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.html import conditional_escape, escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from core import formatting, text
from core.icons import icon_svg
from core.idempotency import FORM_FIELD
from core.undo import Undo, undo_of

register = template.Library()

TONES = frozenset({"good", "accent", "warn", "bad", "neutral"})


def active_locale() -> str:
    return formatting.locale_of(translation.get_language() or "en")


@register.simple_tag
def fixed(template_name: str, **said: Any) -> SafeString:
    """A part of a page that says the same to all who read its language: written once for each, and for what is `said`,
    which must be all that the template depends on."""
    write = _fixed.__wrapped__ if settings.DEBUG else _fixed
    return write(template_name, translation.get_language(), tuple(said.items()))


# Of the navigation alone there are as many as there are places, for each role and language.
@lru_cache(maxsize=500)
def _fixed(template_name: str, language: str | None, said: tuple[tuple[str, Any], ...]) -> SafeString:
    return render_to_string(template_name, dict(said))


# --- numbers ----------------------------------------------------------------------------------------------------------


@register.filter(is_safe=True)
def number(value: Any, digits: int | None = None) -> str:
    return formatting.number(value, locale=active_locale(), digits=digits)


@register.filter(is_safe=True)
def signed(value: Any, digits: int | None = None) -> str:
    return formatting.signed(value, locale=active_locale(), digits=digits)


@register.filter(is_safe=True)
def percent(value: Any, digits: int | None = None) -> str:
    return formatting.percent(value, locale=active_locale(), digits=digits)


@register.filter
def money(minor: Any, currency: str) -> str:
    return formatting.money(minor, currency, locale=active_locale())


@register.filter
def money_compact(minor: Any, currency: str) -> str:
    return formatting.money(minor, currency, locale=active_locale(), compact=True)


@register.filter
def duration(seconds: Any) -> str:
    return formatting.duration(seconds, locale=active_locale())


# --- days and instants ------------------------------------------------------------------------------------------------


@register.filter(expects_localtime=True)
def day(value: dt.date | None) -> str:
    return formatting.day(value, locale=active_locale(), zone=timezone.get_current_timezone())


@register.filter(expects_localtime=True)
def instant(value: dt.datetime | None) -> str:
    return formatting.instant(value, locale=active_locale(), zone=timezone.get_current_timezone())


@register.filter
def clock(value: dt.time | dt.datetime | None) -> str:
    return formatting.clock(value, locale=active_locale(), zone=timezone.get_current_timezone())


@register.filter("ago")
def ago_text(value: dt.date | None) -> str:
    zone = timezone.get_current_timezone()
    return formatting.ago(value, now=timezone.now(), locale=active_locale(), zone=zone)


@register.simple_tag
def ago(value: dt.date | None) -> str:
    """Relative words with the exact day or instant on hover."""
    if value is None:
        return formatting.MISSING
    exact = instant(value) if isinstance(value, dt.datetime) else day(value)
    return format_html('<time datetime="{}" title="{}">{}</time>', value.isoformat(), exact, ago_text(value))


# --- parts of a page --------------------------------------------------------------------------------------------------


@register.simple_tag
def icon(name: str, size: int = 16, label: str = "") -> SafeString:
    return icon_svg(str(name), size=size, label=str(label))


@register.simple_tag
def menu_items(choices: Iterable[Any]) -> SafeString:
    """The links of a menu, each by label, url and is_current. Of the sixty on a list a template takes as long to write
    as all of its rows take."""
    return SafeString("".join(map(_menu_item, choices)))  # nosec B703  # of constants and of what is escaped


def _menu_item(choice: Any) -> str:
    current, check = (' aria-current="true"', icon_svg("check", size=14)) if choice.is_current else ("", "")
    label = conditional_escape(choice.label)
    return f'<a class="menu-item" href="{escape(choice.url)}"{current}><bdi>{label}</bdi>{check}</a>'


@register.filter
def isolated(value: Any) -> str:
    return text.isolated(value)


@register.filter
def long_text(value: Any, write: Callable[[str], SafeString] = escape) -> SafeString:
    """What somebody wrote, with its lines; of a long one the beginning, which opens without scripts, too. It is escaped
    even where somebody says that it is safe; `write` makes HTML of the plain text in another way."""
    whole = str(value)
    start = text.beginning(whole)
    if start == whole:
        return format_html('<bdi class="pre-line">{}</bdi>', write(whole))
    return format_html(
        '<details class="long-text"><summary><bdi class="pre-line">{}…</bdi> <span class="when-closed">{}</span>'
        '<span class="when-open">{}</span></summary><bdi class="pre-line">{}</bdi></details>',
        write(start),
        _("Show all"),
        _("Show less"),
        write(whole),
    )


@register.filter
def initials(name: Any) -> str:
    return formatting.initials(str(name))


@register.simple_tag
def badge(text: Any, tone: str = "neutral") -> str:
    if tone not in TONES:
        raise template.TemplateSyntaxError(f"badge: no tone {tone!r}; there are {', '.join(sorted(TONES))}")
    return format_html('<span class="badge {}">{}</span>', tone, text)


@register.simple_tag
def meter(value: Any, tone: str = "accent", label: str = "") -> str:
    """A short bar for a share between 0 and 1. Without a label a number has to stand beside it."""
    if formatting.is_missing(value):
        return ""
    share = round(min(max(float(value), 0.0), 1.0) * 100, 1)
    bar = format_html('<rect width="{}" height="6" rx="3"></rect>', str(share))
    if not label:
        return format_html('<svg class="meter {}" viewBox="0 0 100 6" aria-hidden="true">{}</svg>', tone, bar)
    return format_html(
        '<svg class="meter {}" viewBox="0 0 100 6" role="meter" aria-label="{}" aria-valuemin="0" aria-valuemax="100"'
        ' aria-valuenow="{}">{}</svg>',
        tone,
        label,
        str(share),
        bar,
    )


@register.filter
def undo(message: Message) -> Undo | None:
    return undo_of(message)


# What Django's selects say for nothing, and what ours do.
BLANK, DASH = "---------", "–"


@register.inclusion_tag("components/field.html")
def field(bound: BoundField, wide: bool = False) -> dict[str, Any]:
    """Label, widget, help and errors of one form field; the ids are those that Django points aria-describedby at."""
    shown: Any = bound.field
    if hasattr(shown, "empty_label"):  # rows, which are not to be asked for here
        shown.empty_label = DASH if shown.empty_label == BLANK else shown.empty_label
    elif hasattr(shown, "choices"):
        shown.choices = [("", DASH) if each == ("", BLANK) else each for each in shown.choices]
    return {"field": bound, "wide": wide}


@register.simple_tag
def wrong_fields(form: BaseForm | None, parts: Mapping[str, BaseFormSet[Any]] | None = None) -> list[BoundField]:
    """The fields of a form, and of the formsets beside it, in which something is wrong."""
    forms = [form] if form else []
    forms += [each for formset in (parts or {}).values() for each in formset]
    return [bound for each in forms for bound in each if bound.errors]


@register.simple_tag
def idempotency_key() -> str:
    """Inside a form: however often this page's form is sent, it is done once (see `core.idempotency.once`)."""
    return format_html('<input type="hidden" name="{}" value="{}">', FORM_FIELD, secrets.token_urlsafe(18))


@register.simple_tag(takes_context=True)
def query_with(context: Context, **changes: Any) -> str:
    """The query of this page's address with some keys changed; None or "" takes a key out."""
    query = context["request"].GET.copy()
    for key, value in changes.items():
        if value is None or value == "":
            query.pop(key, None)
        elif isinstance(value, Iterable) and not isinstance(value, str):
            query.setlist(key, [str(item) for item in value])
        else:
            query[key] = str(value)
    return f"?{query.urlencode()}"
