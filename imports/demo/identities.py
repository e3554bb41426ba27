"""What the customers of a block are called and how they are reached, with the slips that real records have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntFlag

import numpy as np

from imports.demo.names import STOCKS, plain_latin
from imports.demo.places import COUNTRIES, City, Country
from imports.demo.population import NOBODY, Population
from imports.demo.seasons import Ints

MAIL_DOMAINS = ("mail.example", "post.example", "inbox.example", "letters.example")
NO_EMAIL_SHARE = 0.08
NO_PHONE_SHARE = 0.15
UNREACHABLE_SHARE = 0.02
PHONE_FORMAT_SHARE = 0.04
ODD_CASE_SHARE = 0.015
ODD_SPACE_SHARE = 0.015
MEN_SHARE = 0.48


class Dirt(IntFlag):
    """What is wrong with a record, as the truth keeps it."""

    DUPLICATE = 1
    PHONE_FORMAT = 2
    ODD_CASE = 4
    ODD_SPACE = 8
    UNREACHABLE = 16


@dataclass(frozen=True)
class Identities:
    """Lists of n texts, "" where something is not known; `is_male` and `dirt` have shape (n,)."""

    names: list[str]
    is_male: Ints
    emails: list[str]
    phones: list[str]
    cities: list[City]
    dirt: Ints


def draw_identities(rng: np.random.Generator, people: Population, first_customer: int) -> Identities:
    size = len(people)
    is_male = (rng.random(size) < MEN_SHARE).astype(np.int64)
    dice = rng.integers(2**31, size=(size, 6)).tolist()
    dirt = _draw_dirt(rng, people)
    names, emails, phones, cities = [], [], [], []
    for place, (country_number, male, throws) in enumerate(
        zip(people.country.tolist(), is_male.tolist(), dice, strict=True)
    ):
        country = COUNTRIES[country_number]
        city = country.cities[throws[3] % len(country.cities)]
        if people.is_organisation[place]:
            name, mailbox = _organisation_name(country, throws)
        else:
            name, mailbox = _person_name(country, bool(male), throws)
        names.append(name)
        emails.append(f"{mailbox}{first_customer + place}@{MAIL_DOMAINS[throws[4] % len(MAIL_DOMAINS)]}")
        phones.append(phone_number(country, city, throws[5]))
        cities.append(city)
    _forget(rng, emails, NO_EMAIL_SHARE)
    _forget(rng, phones, NO_PHONE_SHARE)
    identities = Identities(names, is_male, emails, phones, cities, dirt)
    _copy_duplicates(people.duplicate_of, identities, dice)
    _spoil(identities)
    return identities


def contact_name(country: Country, throws: Sequence[int]) -> tuple[str, str]:
    """Somebody to talk to: a name and its Latin letters."""
    return _person_name(country, bool(throws[0] % 2), throws)


def _draw_dirt(rng: np.random.Generator, people: Population) -> Ints:
    dirt = np.where(people.duplicate_of != NOBODY, int(Dirt.DUPLICATE), 0)
    clean = dirt == 0
    for kind, share in (
        (Dirt.PHONE_FORMAT, PHONE_FORMAT_SHARE),
        (Dirt.ODD_CASE, ODD_CASE_SHARE),
        (Dirt.ODD_SPACE, ODD_SPACE_SHARE),
        (Dirt.UNREACHABLE, UNREACHABLE_SHARE),
    ):
        dirt = dirt + int(kind) * (clean & (rng.random(len(dirt)) < share))
    return dirt


def _person_name(country: Country, male: bool, throws: Sequence[int]) -> tuple[str, str]:
    stock = STOCKS[country.names]
    given_names = stock.male if male else stock.female
    given = given_names[throws[0] % len(given_names)]
    family = stock.family[throws[1] % len(stock.family)]
    surname = family.written if male else family.written_by_women
    return stock.person.format(given=given.written, family=surname), f"{given.latin}.{family.latin}"


def _organisation_name(country: Country, throws: Sequence[int]) -> tuple[str, str]:
    stock = STOCKS[country.names]
    family = stock.family[throws[0] % len(stock.family)]
    trade = stock.trades[throws[1] % len(stock.trades)]
    name = stock.organisation.format(family=family.written, trade=trade.written, legal=country.legal_form)
    return name, f"office.{family.latin}-{trade.latin}"


def phone_number(country: Country, city: City, throw: int) -> str:
    return f"{country.dial} {city.area_code} 55{throw % 100_000:05}"


def _forget(rng: np.random.Generator, texts: list[str], share: float) -> None:
    for place in np.flatnonzero(rng.random(len(texts)) < share):
        texts[place] = ""


def _copy_duplicates(duplicate_of: Ints, identities: Identities, dice: list[list[int]]) -> None:
    """A second record of the same person: name with a slip, the same e-mail, phone or both."""
    for place in np.flatnonzero(duplicate_of != NOBODY).tolist():
        original = int(duplicate_of[place])
        throw = dice[place][0]
        identities.names[place] = mistyped(identities.names[original], throw)
        identities.is_male[place] = identities.is_male[original]
        identities.cities[place] = identities.cities[original]
        email, phone = identities.emails[original], identities.phones[original]
        # Without the one, the other: nobody could tell by the name alone.
        identities.phones[place] = phone if throw % 3 != 0 or not email else ""
        identities.emails[place] = email if throw % 3 != 1 or not phone else ""


def mistyped(name: str, throw: int) -> str:
    """The name with one slip: two letters swapped, one left out or doubled, accents forgotten, or a space too many."""
    place = 1 + throw // 8 % max(len(name) - 2, 1)
    slips = (
        name[:place] + name[place + 1 : place + 2] + name[place : place + 1] + name[place + 2 :],
        name[:place] + name[place + 1 :],
        name[:place] + name[place : place + 1] + name[place:],
        " ".join(plain_latin(word).capitalize() or word for word in name.split()),
        name[:place] + " " + name[place:],
    )
    return next((slip for slip in slips[throw % 5 :] if slip.strip() and slip != name), f"{name} ")


def _spoil(identities: Identities) -> None:
    """Write names and numbers as they come in from forms; who is unreachable has neither e-mail nor phone."""
    for place in np.flatnonzero(identities.dirt).tolist():
        dirt = Dirt(int(identities.dirt[place]))
        name, phone = identities.names[place], identities.phones[place]
        if Dirt.ODD_CASE in dirt:
            name = name.upper() if place % 2 else name.lower()
        if Dirt.ODD_SPACE in dirt:
            name = f"  {name} " if place % 2 else name.replace(" ", "   ") + " "
        if Dirt.PHONE_FORMAT in dirt:
            phone = _otherwise(phone, place)
        if Dirt.UNREACHABLE in dirt:
            phone = identities.emails[place] = ""
        identities.names[place], identities.phones[place] = name, phone


def _otherwise(phone: str, place: int) -> str:
    """The number as somebody else would type it: 00 for +, dots, brackets, no spaces, a domestic 0."""
    if not phone:
        return phone
    country, area, rest = phone.split(" ")
    forms = (
        f"00{country[1:]} {area} {rest}",
        f"{country}.{area}.{rest[:3]}.{rest[3:]}",
        f"{country} ({area}) {rest[:4]}-{rest[4:]}",
        f"{country}{area}{rest}",
        f"0{area.lstrip('0')}/{rest}",
    )
    return forms[place % len(forms)]
