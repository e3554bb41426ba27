"""Countries by their ISO 3166 codes, named in the reader's language."""

from __future__ import annotations

from functools import cache

from babel import Locale

# CLDR lists regions, groupings and reserved codes among the territories.
NOT_COUNTRIES = {"EU", "EZ", "UN", "ZZ", "QO", "XA", "XB", "AC", "CP", "CQ", "DG", "EA", "IC", "TA"}


@cache
def country_choices(locale: str) -> tuple[tuple[str, str], ...]:
    """(code, name) of every country, sorted by name as the locale says it."""
    territories = Locale.parse(locale, sep="_").territories
    named = (
        (code, name)
        for code, name in territories.items()
        if len(code) == 2 and code.isalpha() and code not in NOT_COUNTRIES
    )
    return tuple(sorted(named, key=lambda pair: pair[1]))


def country_name(code: str, *, locale: str) -> str:
    return dict(country_choices(locale)).get(code, code)
