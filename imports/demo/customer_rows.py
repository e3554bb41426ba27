"""Rows of a block's customers: the records, their addresses, numbers, contact people, tags."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from customers.models import Address, ContactPerson, Customer, CustomerExternalId, EmailAddress, PhoneNumber
from imports.demo.copying import NULL_TEXT, Rows, text_rows
from imports.demo.groups import GROUPS
from imports.demo.identities import Identities, contact_name
from imports.demo.numbering import Numbering
from imports.demo.phrases import (
    JOB_TITLES,
    PROFILE_PATTERNS,
    REFERRAL,
    SOURCE_SHARES,
    SOURCES,
    TAG_SHARES,
    TAGS,
)
from imports.demo.places import COUNTRIES, OVERSEAS
from imports.demo.population import NOBODY, Population
from imports.demo.seasons import Ints, Seasons

MEAN_AGES = {"outdoor": 35, "hosts": 48, "families": 39, "offices": 45}
EDUCATION_SHARES = {
    "none": 0.05, "school": 0.24, "vocational": 0.29, "bachelor": 0.22, "master": 0.16, "doctorate": 0.04,
}  # fmt: skip
EDUCATION_INCOME = np.array([0.7, 0.8, 0.95, 1.15, 1.4, 1.7])
OWN_SYSTEM = "shop"
OLD_SYSTEM = "erp"
FORMER_AFTER_DAYS = 540
NO_ORDER = -1


@dataclass(frozen=True)
class Seat:
    """A salesperson who owns customers, and their team."""

    user_id: int
    team_id: int
    is_overseas: bool


@dataclass(frozen=True)
class CustomerBlock:
    """All that the rows are made of. `last_order_day` is `NO_ORDER` for prospects."""

    first_id: int
    people: Population
    identities: Identities
    last_order_day: Ints
    seasons: Seasons
    seats: Sequence[Seat]

    @property
    def ids(self) -> Ints:
        return np.arange(self.first_id, self.first_id + len(self.people))


def customer_rows(rng: np.random.Generator, block: CustomerBlock, numbering: Numbering) -> list[Rows]:
    organisation = _employers(rng, block.people)
    return [
        _customers(rng, block, organisation),
        *_contact_details(rng, block, numbering),
        _contact_people(rng, block, organisation, numbering),
        _tags(rng, block, numbering),
        _external_ids(rng, block, numbering),
    ]


def _employers(rng: np.random.Generator, people: Population) -> Ints:
    """The organisation of the few people who belong to one that is a customer, else `NOBODY`."""
    organisations = np.flatnonzero(people.is_organisation)
    employer = np.full(len(people), NOBODY)
    if len(organisations):
        belongs = ~people.is_organisation & (rng.random(len(people)) < 0.04)
        employer[belongs] = organisations[rng.integers(len(organisations), size=int(belongs.sum()))]
    return employer


def _customers(rng: np.random.Generator, block: CustomerBlock, organisation: Ints) -> Rows:
    people, seasons = block.people, block.seasons
    since = seasons.dates[people.since_day]
    created = _texts(seasons.instants(people.since_day, rng.integers(7 * 3600, 22 * 3600, len(people))))
    sex, birth_date, income, education = _person_facts(rng, block)
    owner, team = _owners(rng, block)
    created = [f"{moment}+00" for moment in created]
    return text_rows(
        Customer,
        id=_ids(block.ids),
        kind=np.where(people.is_organisation, "organisation", "person").tolist(),
        name=block.identities.names,
        sex=sex,
        birth_date=birth_date,
        annual_income=income,
        education=education,
        profile_text=_profiles(rng, people),
        lifecycle=_lifecycles(rng, block),
        source=_sources(rng, people),
        owner=owner,
        team=team,
        organisation=_references(organisation, block.first_id),
        referred_by=_references(people.referrer, block.first_id),
        customer_since=_texts(since),
        created_at=created,
        updated_at=created,
        version=["1"] * len(people),
    )


def _person_facts(rng: np.random.Generator, block: CustomerBlock) -> tuple[list[str], list[str], list[str], list[str]]:
    """Sex, birth date, income and education: of people only, and of those not always."""
    people, size = block.people, len(block.people)
    is_person = ~people.is_organisation
    sexes = np.where(block.identities.is_male, "male", "female").astype("<U6")
    chance = rng.random(size)
    sexes[chance < 0.01] = "other"
    sexes[(chance > 0.93) | ~is_person] = ""
    age = np.array([MEAN_AGES[group.key] for group in GROUPS])[people.group] + rng.normal(0, 12, size)
    born = block.seasons.dates[-1] - (np.clip(age, 18, 88) * 365.25).astype("timedelta64[D]")
    level = rng.choice(len(EDUCATION_SHARES), size, p=list(EDUCATION_SHARES.values()))
    typical = np.array([country.income for country in COUNTRIES])[people.country] * EDUCATION_INCOME[level]
    income = np.rint(typical * rng.lognormal(0, 0.35, size) / 100).astype(np.int64) * 100
    return (
        sexes.tolist(),
        _where(is_person & (rng.random(size) < 0.82), _texts(born), NULL_TEXT),
        _where(is_person & (rng.random(size) < 0.66), map(str, income.tolist()), NULL_TEXT),
        _where(is_person & (rng.random(size) < 0.70), np.array(list(EDUCATION_SHARES))[level].tolist(), ""),
    )


def _owners(rng: np.random.Generator, block: CustomerBlock) -> tuple[list[str], list[str]]:
    """Salespeople of that part of the world; one customer in ten belongs to the team alone, one in twenty to nobody."""
    overseas = np.array([country.code in OVERSEAS for country in COUNTRIES])[block.people.country]
    size = len(overseas)
    owner, team = np.full(size, NULL_TEXT, dtype=object), np.full(size, NULL_TEXT, dtype=object)
    chance, throw = rng.random(size), rng.integers(2**31, size=size)
    for is_overseas in (False, True):
        seats = [seat for seat in block.seats if seat.is_overseas == is_overseas]
        rows = np.flatnonzero((overseas == is_overseas) & (chance < 0.95))
        picked = throw[rows] % len(seats)
        team[rows] = np.array([str(seat.team_id) for seat in seats], dtype=object)[picked]
        owned = chance[rows] < 0.85
        owner[rows[owned]] = np.array([str(seat.user_id) for seat in seats], dtype=object)[picked[owned]]
    return owner.tolist(), team.tolist()


def _profiles(rng: np.random.Generator, people: Population) -> list[str]:
    """Mostly the interests of the group; one in four mentions another group's as well."""
    size = len(people)
    throws = rng.integers(2**31, size=(size, 3)).tolist()
    told = (rng.random(size) < 0.7).tolist()
    second_group = np.where(rng.random(size) < 0.25, rng.integers(len(GROUPS), size=size), people.group).tolist()
    profiles = []
    for group, other, (pattern, one, two), is_told in zip(
        people.group.tolist(), second_group, throws, told, strict=True
    ):
        first, second = GROUPS[group].interests, GROUPS[other].interests
        at = one % len(first)
        text = PROFILE_PATTERNS[pattern % len(PROFILE_PATTERNS)].format(
            first[at], second[(at + 1 + two % (len(second) - 1)) % len(second)]
        )
        profiles.append(text if is_told else "")
    return profiles


def _lifecycles(rng: np.random.Generator, block: CustomerBlock) -> list[str]:
    """What staff would have noted: it knows the last order, not who has really left."""
    last, chance = block.last_order_day, rng.random(len(block.people))
    long_gone = (last >= 0) & (last < block.seasons.days - FORMER_AFTER_DAYS) & (chance < 0.5)
    conditions = [long_gone, last != NO_ORDER, chance < 0.5]
    stages: list[str] = np.select(conditions, ["former", "customer", "lead"], "prospect").tolist()
    return stages


def _sources(rng: np.random.Generator, people: Population) -> list[str]:
    drawn = np.array(SOURCES)[rng.choice(len(SOURCES), len(people), p=SOURCE_SHARES)]
    drawn = np.where(rng.random(len(people)) < 0.05, "", drawn)
    sources: list[str] = np.where(people.referrer != NOBODY, REFERRAL, drawn).tolist()
    return sources


def _contact_details(rng: np.random.Generator, block: CustomerBlock, numbering: Numbering) -> Iterator[Rows]:
    identities, ids = block.identities, block.ids
    with_email = [(id, email) for id, email in zip(ids.tolist(), identities.emails, strict=True) if email]
    primary = [(id, email, "t") for id, email in with_email]
    chance = rng.random(len(with_email)) < 0.06
    spare = [(id, f"second.{email}", "f") for (id, email), also in zip(with_email, chance, strict=True) if also]
    emails = primary + spare
    yield text_rows(
        EmailAddress,
        id=numbering.take(EmailAddress, len(emails)),
        customer=[str(row[0]) for row in emails],
        email=[row[1] for row in emails],
        is_primary=[row[2] for row in emails],
    )
    phones = [
        (str(id), phone, "work" if is_organisation else "mobile")
        for id, phone, is_organisation in zip(
            ids.tolist(), identities.phones, block.people.is_organisation.tolist(), strict=True
        )
        if phone
    ]
    yield text_rows(
        PhoneNumber,
        id=numbering.take(PhoneNumber, len(phones)),
        customer=[row[0] for row in phones],
        number=[row[1] for row in phones],
        kind=[row[2] for row in phones],
        is_primary=["t"] * len(phones),
    )
    yield _addresses(rng, block, numbering)


def _addresses(rng: np.random.Generator, block: CustomerBlock, numbering: Numbering) -> Rows:
    """One for most, a second to ship to for a few."""
    size = len(block.people)
    known = np.flatnonzero(rng.random(size) < 0.92)
    second = known[rng.random(len(known)) < 0.06]
    throws = rng.integers(2**31, size=(len(known) + len(second), 3)).tolist()
    rows = []
    for place, is_primary, (street, house, postal) in zip(
        [*known.tolist(), *second.tolist()], [True] * len(known) + [False] * len(second), throws, strict=True
    ):
        country, city = COUNTRIES[block.people.country[place]], block.identities.cities[place]
        home = "office" if block.people.is_organisation[place] else "home"
        rest = country.postal_digits - len(city.postal_prefix)
        rows.append(
            (
                str(block.first_id + place),
                home if is_primary else "shipping",
                country.streets[street % len(country.streets)].format(1 + house % 140),
                f"{city.postal_prefix}{postal % 10**rest:0{rest}}",
                city.name,
                city.region,
                country.code,
                "t" if is_primary else "f",
            )
        )
    fields = ("customer", "kind", "street", "postal_code", "city", "region", "country", "is_primary")
    return text_rows(Address, id=numbering.take(Address, len(rows)), **_by_column(fields, rows))


def _contact_people(rng: np.random.Generator, block: CustomerBlock, employer: Ints, numbering: Numbering) -> Rows:
    """One to three at each organisation; those who are customers themselves are linked."""
    organisations = np.flatnonzero(block.people.is_organisation)
    each = np.repeat(organisations, rng.integers(1, 4, len(organisations)))
    throws = rng.integers(2**31, size=(len(each), 4)).tolist()
    seen: set[int] = set()
    rows = []
    for place, dice in zip(each.tolist(), throws, strict=True):
        country, city = COUNTRIES[block.people.country[place]], block.identities.cities[place]
        name, mailbox = contact_name(country, dice)
        rows.append(
            (
                str(block.first_id + place),
                NULL_TEXT,
                name,
                JOB_TITLES[dice[2] % len(JOB_TITLES)],
                f"{mailbox}@company{block.first_id + place}.example",
                f"{country.dial} {city.area_code} 55{dice[3] % 100_000:05}",
                "f" if place in seen else "t",
            )
        )
        seen.add(place)
    for place in np.flatnonzero(employer != NOBODY).tolist():
        identities, own = block.identities, block.first_id
        rows.append(
            (
                str(own + int(employer[place])),
                str(own + place),
                identities.names[place],
                JOB_TITLES[place % len(JOB_TITLES)],
                identities.emails[place],
                identities.phones[place],
                "f",
            )
        )
    fields = ("customer", "person", "name", "job_title", "email", "phone", "is_primary")
    return text_rows(ContactPerson, id=numbering.take(ContactPerson, len(rows)), **_by_column(fields, rows))


def _tags(rng: np.random.Generator, block: CustomerBlock, numbering: Numbering) -> Rows:
    through = Customer.tags.through
    place, tag = np.nonzero(rng.random((len(block.people), len(TAGS))) < np.array(TAG_SHARES))
    return text_rows(
        through,
        id=numbering.take(through, len(tag)),
        customer=_ids(block.first_id + place),
        tag=_ids(tag + 1),
    )


def _external_ids(rng: np.random.Generator, block: CustomerBlock, numbering: Numbering) -> Rows:
    rows = []
    for system, share, lead in ((OWN_SYSTEM, 0.9, "C"), (OLD_SYSTEM, 0.25, "K-")):
        known = block.ids[rng.random(len(block.people)) < share].tolist()
        rows += [(str(id), system, f"{lead}{id:07}") for id in known]
    fields = ("customer", "source", "value")
    return text_rows(CustomerExternalId, id=numbering.take(CustomerExternalId, len(rows)), **_by_column(fields, rows))


def _by_column(fields: Sequence[str], rows: Sequence[Sequence[str]]) -> dict[str, Iterable[str]]:
    columns = zip(*rows, strict=True) if rows else [()] * len(fields)
    return dict(zip(fields, columns, strict=True))


def _ids(values: Ints) -> list[str]:
    return list(map(str, values.tolist()))


def _references(places: Ints, first_id: int) -> list[str]:
    return [NULL_TEXT if place == NOBODY else str(first_id + place) for place in places.tolist()]


def _texts(moments: NDArray[np.datetime64]) -> list[str]:
    texts: list[str] = np.datetime_as_string(moments).tolist()
    return texts


def _where(known: NDArray[np.bool_], values: Iterable[str], missing: str) -> list[str]:
    return [value if is_known else missing for value, is_known in zip(values, known.tolist(), strict=True)]
