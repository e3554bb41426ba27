"""Rows of a block's customers themselves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from customers.models import Customer
from imports.demo.copying import NULL_TEXT, Rows, instant_texts, text_rows
from imports.demo.groups import GROUPS
from imports.demo.history import NO_ORDER, History
from imports.demo.identities import Identities
from imports.demo.phrases import PROFILE_PATTERNS, REFERRAL, SOURCE_SHARES, SOURCES
from imports.demo.places import COUNTRIES, OVERSEAS
from imports.demo.population import NOBODY, Population
from imports.demo.seasons import Ints

EDUCATION_SHARES = {
    "none": 0.05, "school": 0.24, "vocational": 0.29, "bachelor": 0.22, "master": 0.16, "doctorate": 0.04,
}  # fmt: skip
EDUCATION_INCOME = np.array([0.7, 0.8, 0.95, 1.15, 1.4, 1.7])
FORMER_AFTER_DAYS = 540


@dataclass(frozen=True)
class Seat:
    """A salesperson who owns customers, and their team."""

    user_id: int
    team_id: int
    is_overseas: bool


def customer_rows(
    rng: np.random.Generator, history: History, identities: Identities, employer: Ints, seats: Sequence[Seat]
) -> Rows:
    people, seasons = history.people, history.seasons
    created = instant_texts(seasons.instants(people.since_day, rng.integers(7 * 3600, 22 * 3600, len(people))))
    sex, birth_date, income, education = _person_facts(rng, history, identities)
    owner, team = _owners(rng, people, seats)
    return text_rows(
        Customer,
        id=map(str, history.customer_ids.tolist()),
        kind=np.where(people.is_organisation, "organisation", "person").tolist(),
        name=identities.names,
        sex=sex,
        birth_date=birth_date,
        annual_income=income,
        education=education,
        profile_text=_profiles(rng, people),
        lifecycle=_lifecycles(rng, history),
        source=_sources(rng, people),
        owner=owner,
        team=team,
        organisation=_references(employer, history.customer_ids),
        referred_by=_references(people.referrer, history.customer_ids),
        customer_since=np.datetime_as_string(seasons.dates[people.since_day]).tolist(),
        created_at=created,
        updated_at=created,
        version=["1"] * len(people),
    )


def _person_facts(
    rng: np.random.Generator, history: History, identities: Identities
) -> tuple[list[str], list[str], list[str], list[str]]:
    """Sex, birth date, income and education: of people only, and of those not always."""
    people, size = history.people, len(history.people)
    is_person = ~people.is_organisation
    sexes = np.where(identities.is_male, "male", "female").astype("<U6")
    chance = rng.random(size)
    sexes[chance < 0.01] = "other"
    sexes[(chance > 0.93) | ~is_person] = ""
    age = np.array([group.age for group in GROUPS])[people.group] + rng.normal(0, 12, size)
    born = history.seasons.dates[-1] - (np.clip(age, 18, 88) * 365.25).astype("timedelta64[D]")
    level = rng.choice(len(EDUCATION_SHARES), size, p=list(EDUCATION_SHARES.values()))
    typical = np.array([country.income for country in COUNTRIES])[people.country] * EDUCATION_INCOME[level]
    income = np.rint(typical * rng.lognormal(0, 0.35, size) / 100).astype(np.int64) * 100
    return (
        sexes.tolist(),
        _where(is_person & (rng.random(size) < 0.82), np.datetime_as_string(born).tolist(), NULL_TEXT),
        _where(is_person & (rng.random(size) < 0.66), map(str, income.tolist()), NULL_TEXT),
        _where(is_person & (rng.random(size) < 0.70), np.array(list(EDUCATION_SHARES))[level].tolist(), ""),
    )


def _owners(rng: np.random.Generator, people: Population, seats: Sequence[Seat]) -> tuple[list[str], list[str]]:
    """Salespeople of that part of the world; one customer in ten belongs to the team alone, one in twenty to nobody."""
    overseas = np.array([country.code in OVERSEAS for country in COUNTRIES])[people.country]
    size = len(people)
    owner, team = np.full(size, NULL_TEXT, dtype=object), np.full(size, NULL_TEXT, dtype=object)
    chance, throw = rng.random(size), rng.integers(2**31, size=size)
    for is_overseas in (False, True):
        there = [seat for seat in seats if seat.is_overseas == is_overseas]
        rows = np.flatnonzero((overseas == is_overseas) & (chance < 0.95))
        picked = throw[rows] % len(there)
        team[rows] = np.array([str(seat.team_id) for seat in there], dtype=object)[picked]
        owned = chance[rows] < 0.85
        owner[rows[owned]] = np.array([str(seat.user_id) for seat in there], dtype=object)[picked[owned]]
    return owner.tolist(), team.tolist()


def _profiles(rng: np.random.Generator, people: Population) -> list[str]:
    """Mostly two interests of the group; one in four may have the second from another group."""
    size = len(people)
    throws = rng.integers(2**31, size=(size, 3)).tolist()
    is_told = (rng.random(size) < 0.7).tolist()
    other_group = np.where(rng.random(size) < 0.25, rng.integers(len(GROUPS), size=size), people.group).tolist()
    profiles = []
    for group, other, (pattern, one, two), told in zip(
        people.group.tolist(), other_group, throws, is_told, strict=True
    ):
        first, second = GROUPS[group].interests, GROUPS[other].interests
        at = one % len(first)
        next_at = (at + 1 + two % (len(second) - 1)) % len(second)
        text = PROFILE_PATTERNS[pattern % len(PROFILE_PATTERNS)].format(first[at], second[next_at])
        profiles.append(text if told else "")
    return profiles


def _lifecycles(rng: np.random.Generator, history: History) -> list[str]:
    """What staff would have noted: they know the last order, not who has really left."""
    last, chance = history.last_order_day, rng.random(len(history.people))
    long_gone = (last != NO_ORDER) & (last < history.seasons.days - FORMER_AFTER_DAYS) & (chance < 0.5)
    conditions = [long_gone, last != NO_ORDER, chance < 0.5]
    stages: list[str] = np.select(conditions, ["former", "customer", "lead"], "prospect").tolist()
    return stages


def _sources(rng: np.random.Generator, people: Population) -> list[str]:
    drawn = np.array(SOURCES)[rng.choice(len(SOURCES), len(people), p=SOURCE_SHARES)]
    drawn = np.where(rng.random(len(people)) < 0.05, "", drawn)
    sources: list[str] = np.where(people.referrer != NOBODY, REFERRAL, drawn).tolist()
    return sources


def _references(places: Ints, customer_ids: Ints) -> list[str]:
    return [NULL_TEXT if place == NOBODY else str(customer_ids[place]) for place in places.tolist()]


def _where(known: NDArray[np.bool_], values: Iterable[str], missing: str) -> list[str]:
    return [value if is_known else missing for value, is_known in zip(values, known.tolist(), strict=True)]
