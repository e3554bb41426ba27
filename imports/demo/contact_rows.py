"""Rows of what hangs on a block's customers: e-mails, phones, addresses, contact people, tags, external ids."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from customers.models import Address, ContactPerson, Customer, CustomerExternalId, EmailAddress, PhoneNumber
from imports.demo.copying import NULL_TEXT, Rows, text_rows_of
from imports.demo.history import History
from imports.demo.identities import Identities, contact_name, phone_number
from imports.demo.numbering import Numbering
from imports.demo.phrases import JOB_TITLES, TAG_SHARES, TAGS
from imports.demo.places import COUNTRIES
from imports.demo.population import NOBODY, Population
from imports.demo.seasons import Ints

SECOND_EMAIL_SHARE = 0.06
ADDRESS_SHARE = 0.92
SECOND_ADDRESS_SHARE = 0.06
EMPLOYED_SHARE = 0.04
# The customer's number in other systems: which, for how many, and how it begins.
SYSTEMS = (("shop", 0.9, "C"), ("erp", 0.25, "K-"))


def draw_employers(rng: np.random.Generator, people: Population) -> Ints:
    """The organisation of the few people who belong to one that is a customer, else `NOBODY`."""
    organisations = np.flatnonzero(people.is_organisation)
    employer = np.full(len(people), NOBODY)
    if len(organisations):
        belongs = ~people.is_organisation & (rng.random(len(people)) < EMPLOYED_SHARE)
        employer[belongs] = organisations[rng.integers(len(organisations), size=int(belongs.sum()))]
    return employer


def contact_rows(
    rng: np.random.Generator, history: History, identities: Identities, employer: Ints, numbering: Numbering
) -> list[Rows]:
    ids = list(map(str, history.customer_ids.tolist()))
    return [
        _emails(rng, ids, identities, numbering),
        _phones(ids, history.people, identities, numbering),
        _addresses(rng, ids, history.people, identities, numbering),
        _contact_people(rng, ids, history.people, identities, employer, numbering),
        _tags(rng, ids, numbering),
        _external_ids(rng, ids, numbering),
    ]


def _emails(rng: np.random.Generator, ids: Sequence[str], identities: Identities, numbering: Numbering) -> Rows:
    primary = [(customer, email, "t") for customer, email in zip(ids, identities.emails, strict=True) if email]
    has_second = (rng.random(len(primary)) < SECOND_EMAIL_SHARE).tolist()
    second = [
        (customer, f"second.{email}", "f")
        for (customer, email, _primary), also in zip(primary, has_second, strict=True)
        if also
    ]
    return text_rows_of(EmailAddress, ("customer", "email", "is_primary"), [*primary, *second], numbering)


def _phones(ids: Sequence[str], people: Population, identities: Identities, numbering: Numbering) -> Rows:
    kinds = np.where(people.is_organisation, "work", "mobile").tolist()
    phones = [
        (customer, phone, kind, "t")
        for customer, phone, kind in zip(ids, identities.phones, kinds, strict=True)
        if phone
    ]
    return text_rows_of(PhoneNumber, ("customer", "number", "kind", "is_primary"), phones, numbering)


def _addresses(
    rng: np.random.Generator, ids: Sequence[str], people: Population, identities: Identities, numbering: Numbering
) -> Rows:
    """One for most, a second to ship to for a few."""
    known = np.flatnonzero(rng.random(len(people)) < ADDRESS_SHARE)
    second = known[rng.random(len(known)) < SECOND_ADDRESS_SHARE]
    places = [*known.tolist(), *second.tolist()]
    throws = rng.integers(2**31, size=(len(places), 3)).tolist()
    rows = []
    for number, (place, (street, house, postal)) in enumerate(zip(places, throws, strict=True)):
        country, city = COUNTRIES[people.country[place]], identities.cities[place]
        is_primary = number < len(known)
        home = "office" if people.is_organisation[place] else "home"
        free_digits = country.postal_digits - len(city.postal_prefix)
        rows.append(
            (
                ids[place],
                home if is_primary else "shipping",
                country.streets[street % len(country.streets)].format(1 + house % 140),
                f"{city.postal_prefix}{postal % 10**free_digits:0{free_digits}}",
                city.name,
                city.region,
                country.code,
                "t" if is_primary else "f",
            )
        )
    fields = ("customer", "kind", "street", "postal_code", "city", "region", "country", "is_primary")
    return text_rows_of(Address, fields, rows, numbering)


def _contact_people(
    rng: np.random.Generator,
    ids: Sequence[str],
    people: Population,
    identities: Identities,
    employer: Ints,
    numbering: Numbering,
) -> Rows:
    """One to three at each organisation, and those who are customers themselves, linked."""
    organisations = np.flatnonzero(people.is_organisation)
    each = np.repeat(organisations, rng.integers(1, 4, len(organisations))).tolist()
    throws = rng.integers(2**31, size=(len(each), 4)).tolist()
    rows = []
    for place, previous, dice in zip(each, [NOBODY, *each], throws, strict=False):
        country, city = COUNTRIES[people.country[place]], identities.cities[place]
        name, mailbox = contact_name(country, dice)
        email, phone = f"{mailbox}@company{ids[place]}.example", phone_number(country, city, dice[3])
        is_primary = "f" if place == previous else "t"
        rows.append((ids[place], NULL_TEXT, name, JOB_TITLES[dice[2] % len(JOB_TITLES)], email, phone, is_primary))
    for place in np.flatnonzero(employer != NOBODY).tolist():
        name, email, phone = identities.names[place], identities.emails[place], identities.phones[place]
        job_title = JOB_TITLES[place % len(JOB_TITLES)]
        rows.append((ids[employer[place]], ids[place], name, job_title, email, phone, "f"))
    fields = ("customer", "person", "name", "job_title", "email", "phone", "is_primary")
    return text_rows_of(ContactPerson, fields, rows, numbering)


def _tags(rng: np.random.Generator, ids: Sequence[str], numbering: Numbering) -> Rows:
    place, tag = np.nonzero(rng.random((len(ids), len(TAGS))) < np.array(TAG_SHARES))
    rows = [(ids[customer], str(number + 1)) for customer, number in zip(place.tolist(), tag.tolist(), strict=True)]
    return text_rows_of(Customer.tags.through, ("customer", "tag"), rows, numbering)


def _external_ids(rng: np.random.Generator, ids: Sequence[str], numbering: Numbering) -> Rows:
    rows = []
    for system, share, lead in SYSTEMS:
        is_known = (rng.random(len(ids)) < share).tolist()
        known = [customer for customer, is_there in zip(ids, is_known, strict=True) if is_there]
        rows += [(customer, system, f"{lead}{customer:0>7}") for customer in known]
    return text_rows_of(CustomerExternalId, ("customer", "source", "value"), rows, numbering)
