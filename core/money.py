"""Money. Settled totals are whole minor units (cents); prices and line amounts are exact decimals."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from functools import cache

from babel.numbers import format_compact_currency, format_currency, get_currency_precision


@cache
def minor_digits(currency: str) -> int:
    """Decimal places of a currency: 2 for EUR, 0 for JPY, 3 for KWD."""
    return get_currency_precision(currency)


def to_minor(amount: Decimal, currency: str) -> int:
    """An exact amount in whole minor units, halves away from zero as an invoice rounds them."""
    return int(amount.scaleb(minor_digits(currency)).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def from_minor(minor: int, currency: str) -> Decimal:
    return Decimal(minor).scaleb(-minor_digits(currency))


def format_minor(minor: int, currency: str, *, locale: str, compact: bool = False) -> str:
    """Minor units as people of `locale` write them; `compact` shortens millions for a headline."""
    amount = from_minor(minor, currency)
    if compact and abs(amount) >= 100_000:
        return format_compact_currency(amount, currency, locale=locale, fraction_digits=2)
    return format_currency(amount, currency, locale=locale)
