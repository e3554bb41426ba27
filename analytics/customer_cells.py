"""How the customer list writes scores; see `customers.cells`."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache

from django.utils.translation import ngettext

from analytics.analyses.churn import BAND_LABELS, BAND_TONES
from analytics.templatetags.segments import segment_badge
from core import formatting
from core.templatetags.ui import badge
from customers.cells import NOTHING, Reader
from customers.models import Customer


def segment(code: str | None, customer: Customer, reader: Reader) -> str:
    return _badge(code, reader.locale) if code else NOTHING


@lru_cache(maxsize=formatting.KEPT_TEXTS)
def _badge(code: str, locale: str) -> str:
    """In the language of that locale, which is the active one."""
    return segment_badge(code)


def churn_band(band: str | None, customer: Customer, reader: Reader) -> str:
    return _band(band, reader.locale) if band else NOTHING


@lru_cache(maxsize=formatting.KEPT_TEXTS)
def _band(band: str, locale: str) -> str:
    return badge(BAND_LABELS.get(band, band), BAND_TONES.get(band, "neutral"))


def score(value: float | None, customer: Customer, reader: Reader) -> str:
    return formatting.number(value, locale=reader.locale, digits=1)


def number(value: int | Decimal | None, customer: Customer, reader: Reader) -> str:
    return formatting.number(value, locale=reader.locale)


def money(minor: int | None, customer: Customer, reader: Reader) -> str:
    return formatting.money(minor, reader.currency, locale=reader.locale)


def share(value: float | None, customer: Customer, reader: Reader) -> str:
    return formatting.percent(value, locale=reader.locale, digits=0)


def days(value: int | None, customer: Customer, reader: Reader) -> str:
    return NOTHING if value is None else _days(value, reader.locale)


@lru_cache(maxsize=formatting.KEPT_TEXTS)
def _days(value: int, locale: str) -> str:
    return ngettext("%(days)s day", "%(days)s days", value) % {"days": formatting.number(value, locale=locale)}
