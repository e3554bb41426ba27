"""Countries as people write them, and their ISO codes."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from babel import Locale

# Names that files use and the Unicode locale data does not. The Channel Islands have two codes of their own (GG, JE):
# they stay a name, as does what is no country.
ALIASES = {
    "bolivia, plurinational state of": "BO",
    "burma": "MM",
    "congo": "CG",
    "czech republic": "CZ",
    "eire": "IE",
    "england": "GB",
    "great britain": "GB",
    "holland": "NL",
    "hong kong": "HK",
    "iran, islamic republic of": "IR",
    "ivory coast": "CI",
    "korea": "KR",
    "korea, republic of": "KR",
    "macao": "MO",
    "macau": "MO",
    "macedonia": "MK",
    "moldova, republic of": "MD",
    "myanmar": "MM",
    "northern ireland": "GB",
    "palestine": "PS",
    "republic of ireland": "IE",
    "republic of korea": "KR",
    "rsa": "ZA",
    "russian federation": "RU",
    "scotland": "GB",
    "slovak republic": "SK",
    "swaziland": "SZ",
    "syrian arab republic": "SY",
    "taiwan, province of china": "TW",
    "tanzania, united republic of": "TZ",
    "the netherlands": "NL",
    "turkey": "TR",
    "u.k.": "GB",
    "u.s.": "US",
    "u.s.a.": "US",
    "uae": "AE",
    "uk": "GB",
    "united states of america": "US",
    "usa": "US",
    "venezuela, bolivarian republic of": "VE",
    "viet nam": "VN",
    "wales": "GB",
}  # fmt: skip
# Two letters in the locale data that name no country.
NO_COUNTRIES = frozenset({"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"})
# A file's names may be in the language of any of these.
LANGUAGES = ("en", "de", "fr", "es", "zh")


@cache
def _codes_by_name() -> dict[str, str]:
    codes: dict[str, str] = {}
    for language in LANGUAGES:
        for code, name in Locale.parse(language).territories.items():
            if len(code) == 2 and code.isalpha() and code not in NO_COUNTRIES:
                codes.setdefault(name.casefold(), code)
                codes.setdefault(name.casefold().replace("&", "and"), code)
    return codes | ALIASES


@cache
def _codes() -> frozenset[str]:
    return frozenset(_codes_by_name().values())


def country_code(written: str, own: Mapping[str, str]) -> str | None:
    """The ISO code of a country as it is written, None where there is none; `own` are the names a mapping explains,
    by "" as no country at all."""
    if written in own:
        return own[written].upper()
    if len(written) == 2 and written.upper() in _codes():
        return written.upper()
    return _codes_by_name().get(" ".join(written.casefold().split()))
