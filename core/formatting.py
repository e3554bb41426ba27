"""Numbers, money, days and instants as a reader's locale writes them. What is missing is a dash.

Pure functions: the locale, the zone and the clock come in. `core.templatetags.ui` knows who reads.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from functools import lru_cache
from typing import Any, Literal

from babel import Locale
from babel.dates import format_date, format_datetime, format_time, format_timedelta
from babel.numbers import format_decimal, parse_pattern
from babel.units import format_unit
from django.utils.translation import gettext as _

from core.money import format_minor

MISSING = "—"
# A list repeats its numbers and days, and writing one takes as long as reading a row.
KEPT_TEXTS = 4096
# Django's language code to CLDR's locale. British English: the day before the month, dollars as US$.
LOCALES = {"en": "en_GB", "zh-hans": "zh_Hans_CN"}

INSTANT_PATTERNS = {"en": "d MMM y, HH:mm", "zh": "y年M月d日 HH:mm"}

MINUTE, HOUR, DAY = 60, 3600, 86400
Unit = Literal["minute", "hour", "day", "month", "year"]
# A distance is told in the first unit of which it has fewer than this many; a customer's silence is counted in days.
DISTANCE_UNITS: tuple[tuple[Unit, float, float], ...] = (
    ("minute", MINUTE, 60),
    ("hour", HOUR, 24),
    ("day", DAY, 365),
    ("month", 30.44 * DAY, 24),
    ("year", 365.25 * DAY, float("inf")),
)
HAN_OR_KANA_OR_HANGUL = re.compile("[\u1100-\u11ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff]")


def locale_of(language: str) -> str:
    """CLDR's locale for a Django language code."""
    return LOCALES.get(language.lower()) or language.replace("-", "_")


def is_missing(value: Any) -> bool:
    """None, an empty text, or a frame's not-a-number."""
    return value is None or value == "" or value != value


@lru_cache(maxsize=KEPT_TEXTS)
def number(value: Any, *, locale: str, digits: int | None = None) -> str:
    """Grouped digits; `digits` fixes the decimals, otherwise there are two at most."""
    if is_missing(value):
        return MISSING
    return format_decimal(value, format="#,##0" + _decimals(digits, most=2), locale=locale)


def signed(value: Any, *, locale: str, digits: int | None = None) -> str:
    """A change: + 96, − 41, and 0 without a sign."""
    if is_missing(value):
        return MISSING
    size = number(abs(value), locale=locale, digits=digits)
    if value == 0:
        return size
    return f"+{size}" if value > 0 else f"−{size}"


@lru_cache(maxsize=KEPT_TEXTS)
def percent(fraction: Any, *, locale: str, digits: int | None = None) -> str:
    """A fraction as per cent: 0.123 is 12.3%. One decimal at most unless `digits` says otherwise."""
    if is_missing(fraction):
        return MISSING
    return format_decimal(fraction, format=_percent_pattern(locale, digits), locale=locale)


@lru_cache(maxsize=KEPT_TEXTS)
def _percent_pattern(locale: str, digits: int | None) -> Any:
    """Parsed: that takes longer than writing a number by it."""
    pattern = Locale.parse(locale).percent_formats[None].pattern
    return parse_pattern(pattern.replace("0", "0" + _decimals(digits, most=1), 1))


@lru_cache(maxsize=KEPT_TEXTS)
def money(minor: Any, currency: str, *, locale: str, compact: bool = False) -> str:
    """Whole minor units of a currency, as in €1,240.00; `compact` shortens millions for a headline."""
    if is_missing(minor) or not currency:
        return MISSING
    return format_minor(int(minor), currency, locale=locale, compact=compact)


@lru_cache(maxsize=KEPT_TEXTS)
def day(value: dt.date | None, *, locale: str, zone: dt.tzinfo) -> str:
    """A day, or the day that an instant falls on in `zone`."""
    if is_missing(value):
        return MISSING
    if isinstance(value, dt.datetime):
        value = value.astimezone(zone).date()
    return format_date(value, format="medium", locale=locale)


@lru_cache(maxsize=KEPT_TEXTS)
def instant(value: dt.datetime | None, *, locale: str, zone: dt.tzinfo) -> str:
    """An instant to the minute in `zone`."""
    if value is None:
        return MISSING
    pattern = INSTANT_PATTERNS.get(locale[:2], "medium")
    return format_datetime(value.astimezone(zone), format=pattern, locale=locale)


def clock(value: dt.time | dt.datetime | None, *, locale: str, zone: dt.tzinfo) -> str:
    """The time of day to the minute; of an instant, in `zone`."""
    if value is None:
        return MISSING
    time = value.astimezone(zone).time() if isinstance(value, dt.datetime) else value
    return format_time(time, format="short", locale=locale)


def ago(value: dt.date | None, *, now: dt.datetime, locale: str, zone: dt.tzinfo) -> str:
    """How long before (or after) `now` a day or an instant lies, in words."""
    if value is None:
        return MISSING
    if isinstance(value, dt.datetime):
        return _distance((value - now).total_seconds(), locale=locale)
    days = (value - now.astimezone(zone).date()).days
    near = {0: _("today"), -1: _("yesterday"), 1: _("tomorrow")}
    return near.get(days) or _distance(days * DAY, locale=locale)


def duration(seconds: Any, *, locale: str) -> str:
    """A length of time by its two largest units; below ten seconds with a decimal."""
    if is_missing(seconds):
        return MISSING
    if isinstance(seconds, dt.timedelta):
        seconds = seconds.total_seconds()
    if seconds < 10:
        return format_unit(round(float(seconds), 1), "duration-second", length="short", locale=locale)
    left = round(seconds)
    parts = []
    for unit, size in (("day", DAY), ("hour", HOUR), ("minute", MINUTE), ("second", 1)):
        count, left = divmod(left, size)
        if count:
            parts.append(format_unit(count, f"duration-{unit}", length="short", locale=locale))
        elif parts:
            break
    return " ".join(parts[:2])


def initials(name: str) -> str:
    """Two letters for a round picture: of first and last word; of a Chinese, Japanese or Korean name its first sign."""
    words = [word for word in re.split(r"[\s.\-_@·,()]+", unicodedata.normalize("NFC", name)) if word[:1].isalnum()]
    if not words:
        return "?"
    if HAN_OR_KANA_OR_HANGUL.match(words[0]):
        return words[0][0]
    letters = words[0][0] + (words[-1][0] if len(words) > 1 else "")
    return letters.upper()


def _decimals(digits: int | None, *, most: int) -> str:
    if digits is None:
        return "." + "#" * most
    return "." + "0" * digits if digits else ""


def _distance(seconds: float, *, locale: str) -> str:
    if abs(seconds) < MINUTE:
        return _("just now")
    unit, size = next((unit, size) for unit, size, limit in DISTANCE_UNITS if abs(seconds) // size < limit)
    delta = dt.timedelta(seconds=abs(seconds) // size * size * (1 if seconds > 0 else -1))
    return _from_now(delta, unit, locale)


@lru_cache(maxsize=KEPT_TEXTS)
def _from_now(delta: dt.timedelta, unit: Unit, locale: str) -> str:
    # A threshold beyond reach: Babel would otherwise move on to a larger unit than the one chosen here.
    return format_timedelta(delta, granularity=unit, threshold=10**9, add_direction=True, locale=locale)
