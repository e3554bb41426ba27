"""The language, the currency and the clock-free ways of writing of the person who looks at a report."""

from __future__ import annotations

import copy
import datetime as dt
from dataclasses import dataclass
from typing import Self

from babel import Locale
from babel.dates import format_date, format_skeleton
from babel.numbers import format_compact_currency, format_currency
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

    def percent(self, share: float, /) -> str:
        return formatting.percent(share, locale=self.locale)

    def change(self, share: float, /) -> str:
        return f"{'+' if share > 0 else '−' if share < 0 else ''}{self.percent(abs(share))}"

    def money(self, minor: float, /, *, compact: bool = False) -> str:
        amount = from_minor(round(minor), self.currency)
        if not compact:
            return format_currency(amount, self.currency, locale=self.locale)
        if abs(amount) >= SHORTENED_FROM:
            return format_compact_currency(amount, self.currency, locale=self.locale, fraction_digits=1)
        if abs(amount) >= WHOLE_FROM or amount == int(amount):
            whole = copy.copy(Locale.parse(self.locale).currency_formats["standard"])
            whole.frac_prec = (0, 0)
            return str(whole.apply(amount, self.locale, currency=self.currency, currency_digits=False))
        return format_currency(amount, self.currency, locale=self.locale)

    def major_units(self, minor: float, /) -> float:
        return float(minor) / 10.0 ** minor_digits(self.currency)

    def minor_units(self, major: float, /) -> float:
        return major * 10.0 ** minor_digits(self.currency)

    def month(self, day: dt.date, /) -> str:
        return format_skeleton("yMMM", day, locale=self.locale)

    def month_over_year(self, day: dt.date, /) -> str:
        return "<br>".join(format_skeleton(part, day, locale=self.locale) for part in ("MMM", "y"))

    def month_name(self, day: dt.date, /) -> str:
        return format_skeleton("MMM", day, locale=self.locale)

    def day(self, day: dt.date, /) -> str:
        return format_date(day, format="medium", locale=self.locale)
