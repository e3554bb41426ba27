"""What a search text may mean: a name, or something else, and how much of a hidden value it has to say to find it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from django.db.models import Func, Q, Value

from accounts.models import Confidential
from accounts.visibility import Sight
from protection.crypto import normalised

# A shorter text is a name or a part of a number, never a whole hidden one: short ones could be tried out one by one.
WHOLE_PHONE_DIGITS = 7
WHOLE_NUMBER_LENGTH = 5
PHONE_PREFIX_DIGITS = 3
# As the product writes the number of a customer itself.
OWN_NUMBER = re.compile(r"#([0-9]{1,18})")
BEGINS_AN_EMAIL = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9._+-]{3,}")
ENCRYPTED = ("identity_number", "tax_number", "bank_account")


def named(text: str) -> Q:
    """Condition on customers whose name contains every word."""
    found = Q()
    for word in text.split():
        found &= Q(sort_name__contains=_sort_key(word))
    return found


def begins(text: str) -> Q:
    """Condition on customers whose name begins with these words, of which the last may be a part."""
    return Q(sort_name__startswith=_sort_key(" ".join(text.split())))


def may_be_number(text: str) -> bool:
    """Whether it may be somebody's number, or one of their addresses, rather than a name."""
    return "@" in text or any(map(str.isdigit, text))


def is_address_or_number(text: str) -> bool:
    return "@" in text or bool(_phone_digits(text))


def ways(text: str, sight: Sight) -> Iterator[tuple[str, Q]]:
    """(relation of a customer, condition on its rows) of each way to find somebody by this text.

    That a plain word may begin an address is left to `ways_of_a_word`."""
    text = text.strip()
    yield "external_ids", Q(value__in={text, text.upper(), text.lower()})
    if "@" in text:
        whole = sight.masks(Confidential.EMAIL)
        yield "emails", Q(email__iexact=text) if whole else Q(email__istartswith=text)
    elif not text.isalpha():
        yield from _addresses(text, sight)
    if digits := _phone_digits(text):
        if not sight.masks(Confidential.PHONE):
            yield "phones", Q(digits__startswith=digits)
        elif len(digits) >= WHOLE_PHONE_DIGITS:
            yield "phones", Q(digits=digits)


def ways_of_a_word(text: str, sight: Sight) -> Iterator[tuple[str, Q]]:
    """The same of a plain word, which is a name before it is the beginning of an address."""
    if text.strip().isalpha():
        yield from _addresses(text.strip(), sight)


def _addresses(text: str, sight: Sight) -> Iterator[tuple[str, Q]]:
    if BEGINS_AN_EMAIL.fullmatch(text) and not sight.masks(Confidential.EMAIL):
        yield "emails", Q(email__istartswith=text)


def own_number(text: str) -> int | None:
    found = OWN_NUMBER.fullmatch(text.strip())
    return int(found[1]) if found else None


def encrypted_fields(text: str) -> tuple[str, ...]:
    """Those of a customer that may hold exactly this text."""
    number = normalised(text)
    is_number = len(number) >= WHOLE_NUMBER_LENGTH and any(map(str.isdigit, number))
    return ENCRYPTED if is_number else ()


def hidden_kinds(text: str, sight: Sight) -> list[Confidential]:
    """The kinds of hidden values that a search for this text would confirm: such a search is logged."""
    text = text.strip()
    kinds = []
    if "@" in text.strip("@") and sight.masks(Confidential.EMAIL):
        kinds.append(Confidential.EMAIL)
    if len(_phone_digits(text)) >= WHOLE_PHONE_DIGITS and sight.masks(Confidential.PHONE):
        kinds.append(Confidential.PHONE)
    if encrypted_fields(text) and sight.masks(Confidential.SENSITIVE):
        kinds.append(Confidential.SENSITIVE)
    return kinds


def _phone_digits(text: str) -> str:
    digits = "".join(filter(str.isdigit, text))
    return digits if len(digits) >= PHONE_PREFIX_DIGITS and not any(map(str.isalpha, text)) else ""


def _sort_key(text: str) -> Func:
    return Func(Value(text), function="crm_sort_key")
