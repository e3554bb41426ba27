"""How likely two records are of one customer, from all that both say. Weighs evidence as Fellegi and Sunter (1969) do.

Weights are bits of evidence for (or against) a match, set by hand so that one strong sign never suffices against a
different name, and a name alone never suffices for people. docs/duplicates-and-merging.md says how well they do.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from rapidfuzz import fuzz
from rapidfuzz.distance import JaroWinkler, Levenshtein

from customers.duplicates.evidence import Reason

# Of two records drawn at random from one block, and not from the whole base.
PRIOR = -6.0
SIMILAR, ALIKE = 0.85, 0.92
LIKELY = 0.5

Weighed = tuple[float, str]


@dataclass(frozen=True, slots=True)
class Profile:
    """What is compared of one record; the name without accents and legal form, its words in order."""

    id: int
    is_organisation: bool
    name: str
    birth_date: dt.date | None = None
    identity: str = ""
    website: str = ""
    emails: frozenset[str] = frozenset()
    phones: frozenset[str] = frozenset()
    street: str = ""
    postal_code: str = ""


def match(one: Profile, other: Profile) -> tuple[float, list[str]]:
    """Probability, and the reasons for it. Records of different kinds never match."""
    if one.is_organisation != other.is_organisation:
        return 0.0, []
    evidence = list(_evidence(one, other))
    bits = PRIOR + sum(weight for weight, _reason in evidence)
    order = list(Reason.values)
    return 1 / (1 + 2.0**-bits), sorted((reason for _weight, reason in evidence if reason), key=order.index)


def _evidence(one: Profile, other: Profile) -> Iterator[Weighed]:
    yield _name(one, other)
    if one.birth_date and other.birth_date:
        yield _birth_date(one.birth_date, other.birth_date)
    if one.identity and other.identity:
        yield (9.0, Reason.IDENTITY) if one.identity == other.identity else (-1.5, "")
    if one.emails and other.emails:
        yield (6.0, Reason.EMAIL) if one.emails & other.emails else (-0.5, "")
    if one.phones and other.phones:
        yield (5.0, Reason.PHONE) if one.phones & other.phones else (-0.5, "")
    if one.website and other.website:
        yield (4.0, Reason.WEBSITE) if one.website == other.website else (-1.0, "")
    yield from _address(one, other)


def _name(one: Profile, other: Profile) -> Weighed:
    if one.name == other.name:
        return (7.0 if one.is_organisation else 4.0), Reason.NAME
    # Words that were swapped or left out, and letters that were mistyped.
    alike = max(
        JaroWinkler.similarity(one.name, other.name),
        fuzz.token_sort_ratio(one.name, other.name) / 100,
        0.95 * fuzz.token_set_ratio(one.name, other.name) / 100,
    )
    if alike >= ALIKE:
        return 3.0, Reason.SIMILAR_NAME
    if alike >= SIMILAR:
        return 1.5, Reason.SIMILAR_NAME
    return (-1.0, "") if alike >= 0.7 else (-4.0, "")


def _birth_date(one: dt.date, other: dt.date) -> Weighed:
    if one == other:
        return 5.0, Reason.BIRTH_DATE
    is_slip = Levenshtein.distance(one.isoformat(), other.isoformat()) <= 1 or (
        one.year == other.year and (one.month, one.day) == (other.day, other.month)
    )
    return (1.5, "") if is_slip else (-3.0, "")


def _address(one: Profile, other: Profile) -> Iterator[Weighed]:
    same_code = bool(one.postal_code) and one.postal_code == other.postal_code
    if one.street and other.street:
        alike = fuzz.token_sort_ratio(one.street, other.street)
        if alike >= 80:
            yield (5.0 if same_code else 3.0), Reason.ADDRESS
            return
        yield -0.5, ""
    if one.postal_code and other.postal_code:
        yield (1.5, "") if same_code else (-0.5, "")
