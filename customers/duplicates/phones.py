"""A phone number as it may stand in other records: with its country, without it, by its last ten digits."""

from __future__ import annotations

from dataclasses import dataclass

import phonenumbers

from customers.keys import ENDING_DIGITS

# A shorter one is an extension, and many people have the same.
FEWEST_DIGITS = 7


@dataclass(frozen=True)
class Dialled:
    """`exact`: the digits of the same number written with its country; `national`: without, so that it may be another
    country's; `endings`: the last ten digits of these."""

    exact: frozenset[str] = frozenset()
    national: frozenset[str] = frozenset()

    @property
    def endings(self) -> frozenset[str]:
        return frozenset(digits[-ENDING_DIGITS:] for digits in self.exact)


def dialled(number: str, *, country: str = "", home: str = "") -> Dialled:
    """`country` (ISO 3166) is that of the address, for numbers that are written without theirs; where none is known, a
    number may be one of `home`, the organisation's own."""
    digits = "".join(filter(str.isdecimal, number))
    if len(digits) < FEWEST_DIGITS:
        return Dialled()
    written = f"+{digits[2:]}" if digits.startswith("00") else number
    try:
        parsed = phonenumbers.parse(written, country or None)
    except phonenumbers.NumberParseException:
        at_home = dialled(number, country=home).exact if home else frozenset()
        return Dialled(frozenset([digits]), at_home - {digits})
    with_country = _digits(parsed, phonenumbers.PhoneNumberFormat.E164)
    return Dialled(
        frozenset({digits, with_country, f"00{with_country}"}),
        frozenset({_digits(parsed, phonenumbers.PhoneNumberFormat.NATIONAL)}),
    )


def _digits(parsed: phonenumbers.PhoneNumber, form: int) -> str:
    return "".join(filter(str.isdecimal, phonenumbers.format_number(parsed, form)))
