"""The language, the currency and the clock-free ways of writing of the person who looks at a report."""

from __future__ import annotations

import copy
import datetime as dt
from dataclasses import dataclass
from functools import lru_cache
from typing import Self

from babel import Locale
from babel.dates import format_date, format_skeleton
from babel.numbers import format_compact_currency, format_compact_decimal, format_currency
from django.utils import translation

from core import formatting
from core.money import from_minor, minor_digits

# Amounts from here on are shortened on axes and in headlines; from the second limit on they lose their cents there.
SHORTENED_FROM, WHOLE_FROM = 10_000, 100


@dataclass(frozen=True)
class ReaderWords:
    """`reports.charts.words.Words` for one locale; sentences come in the language that is active."""

    locale: str
    currency: str

    @classmethod
    def of_reader(cls, currency: str) -> Self:
        """In the language of the request that is being answered."""
        return cls(formatting.locale_of(translation.get_language() or "en"), currency)

    def gettext(self, message: str, /) -> str:
        return translation.gettext(message)

    def ngettext(self, singular: str, plural: str, number: int, /) -> str:
        return translation.ngettext(singular, plural, number)

    def number(self, value: float, /) -> str:
        return formatting.number(value, locale=self.locale)

    def short_number(self, value: float, /) -> str:
        if value < SHORTENED_FROM:
            return self.number(value)
        # One digit alone, as 3万 of 29,000, would be too rough.
        is_one_digit = sum(sign.isdigit() for sign in format_compact_decimal(value, locale=self.locale)) == 1
        digits = int(is_one_digit or value >= 1_000_000)
        return format_compact_decimal(value, locale=self.locale, fraction_digits=digits)

    def percent(self, share: float, /) -> str:
        return formatting.percent(share, locale=self.locale)

    def change(self, share: float, /) -> str:
        return f"{'+' if share > 0 else '−' if share < 0 else ''}{self.percent(abs(share))}"

    def money(self, minor: float, /, *, compact: bool = False) -> str:
        return _money(round(minor), self.currency, self.locale, compact)

    def major_units(self, minor: float, /) -> float:
        return float(minor) / 10.0 ** minor_digits(self.currency)

    def minor_units(self, major: float, /) -> float:
        return major * 10.0 ** minor_digits(self.currency)

    def month(self, day: dt.date, /) -> str:
        return _by_skeleton("yMMM", day, self.locale)

    def month_over_year(self, day: dt.date, /) -> str:
        return "<br>".join(_by_skeleton(part, day, self.locale) for part in ("MMM", "y"))

    def month_name(self, day: dt.date, /) -> str:
        return _by_skeleton("MMM", day, self.locale)

    def day(self, day: dt.date, /) -> str:
        return format_date(day, format="medium", locale=self.locale)


# A page of charts writes the same amounts and months again and again, and so does the next one.
@lru_cache(maxsize=formatting.KEPT_TEXTS)
def _money(minor: int, currency: str, locale: str, compact: bool) -> str:
    amount = from_minor(minor, currency)
    if not compact:
        return format_currency(amount, currency, locale=locale)
    if abs(amount) >= SHORTENED_FROM:
        return format_compact_currency(amount, currency, locale=locale, fraction_digits=1)
    if abs(amount) >= WHOLE_FROM or amount == int(amount):
        whole = copy.copy(Locale.parse(locale).currency_formats["standard"])
        whole.frac_prec = (0, 0)
        return str(whole.apply(amount, locale, currency=currency, currency_digits=False))
    return format_currency(amount, currency, locale=locale)


@lru_cache(maxsize=formatting.KEPT_TEXTS)
def _by_skeleton(skeleton: str, day: dt.date, locale: str) -> str:
    return format_skeleton(skeleton, day, locale=locale)
