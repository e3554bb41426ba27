"""Who the customers of a block are underneath: group, rate, readiness to leave, and who came by whom."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from imports.demo.groups import GROUPS
from imports.demo.places import COUNTRIES
from imports.demo.seasons import Floats, Ints, Seasons

PROSPECT_SHARE = 0.06
REFERRED_SHARE = 0.10
DUPLICATE_SHARE = 0.02
REGISTERED_EARLIER_SHARE = 0.35
OLD_STOCK_SHARE, OLD_STOCK_DAYS = 0.26, 60.0
CAMPAIGN_SHARE, CAMPAIGN_DAYS = 0.03, 30.0
# Of the beta in which readiness to leave differs between customers of a group.
DROPOUT_CONCENTRATION = 14.0
# At which dropout is stated in `groups`; more purchases per customer mean less dropout at each of them.
STATED_ORDERS_PER_CUSTOMER = 10.0

NOBODY = -1


@dataclass(frozen=True)
class Population:
    """Traits of n customers in the order in which they came, each of shape (n,).

    `first_purchase` is in season time and infinite for prospects; `rate` is purchases per day of season time;
    `referrer` and `duplicate_of` are positions in the block, or `NOBODY`.
    """

    group: Ints
    country: Ints
    is_organisation: NDArray[np.bool_]
    first_purchase: Floats
    since_day: Ints
    rate: Floats
    dropout: Floats
    first_dropout: Floats
    satisfaction: Floats
    referrer: Ints
    duplicate_of: Ints

    def __len__(self) -> int:
        return len(self.group)

    @property
    def is_buyer(self) -> NDArray[np.bool_]:
        return np.isfinite(self.first_purchase)


def draw_population(rng: np.random.Generator, size: int, orders: int, seasons: Seasons) -> Population:
    group = rng.choice(len(GROUPS), size, p=[group.share for group in GROUPS])
    country = rng.choice(len(COUNTRIES), size, p=[country.share for country in COUNTRIES])
    organisations = np.array([group.organisations for group in GROUPS])
    came = _arrivals(rng, size, seasons.days)
    earlier = rng.integers(1, 26, size) * (rng.random(size) < REGISTERED_EARLIER_SHARE)
    since_day = np.maximum(seasons.day_at(came) - earlier, 0)
    by_entry = np.argsort(since_day, kind="stable")
    since_day, came = since_day[by_entry], came[by_entry]
    first_purchase = _without_prospects(rng, came, orders)
    dropout = _dropout(rng, group, orders / max(np.isfinite(first_purchase).sum(), 1))
    traits = Population(
        group=group,
        country=country,
        is_organisation=rng.random(size) < organisations[group],
        first_purchase=first_purchase,
        since_day=since_day,
        rate=_rates(rng, group),
        dropout=dropout,
        first_dropout=np.array([group.first_dropout for group in GROUPS])[group],
        satisfaction=_satisfaction(rng, group, dropout),
        referrer=np.full(size, NOBODY),
        duplicate_of=np.full(size, NOBODY),
    )
    return _with_referrals(rng, _with_duplicates(rng, traits))


def _arrivals(rng: np.random.Generator, size: int, days: int) -> Floats:
    """When they would first buy, in season time: an old stock in the first months, some lately by a campaign."""
    chance = rng.random(size)
    old, lately = OLD_STOCK_SHARE, OLD_STOCK_SHARE + CAMPAIGN_SHARE
    conditions = [chance < old, chance < lately]
    came: Floats = np.select(
        conditions,
        [rng.exponential(OLD_STOCK_DAYS, size) % days, days - CAMPAIGN_DAYS * rng.random(size)],
        days * rng.random(size) ** 0.9,
    )
    return came


def _without_prospects(rng: np.random.Generator, came: Floats, orders: int) -> Floats:
    """First purchases; infinite for those who have not bought yet, most of whom came lately."""
    size = len(came)
    buyers = min(size - round(size * PROSPECT_SHARE), orders)
    waiting_for = came.max() + 30 - came
    keys = rng.standard_exponential(size) * waiting_for  # the smallest are a sample weighted by 1 / waiting_for
    first_purchase = came.copy()
    first_purchase[np.argsort(keys)[: size - buyers]] = np.inf
    return first_purchase


def _rates(rng: np.random.Generator, group: Ints) -> Floats:
    shape = np.array([group.rate_shape for group in GROUPS])[group]
    per_year = np.array([group.orders_per_year for group in GROUPS])[group]
    rates: Floats = rng.standard_gamma(shape) / shape * per_year / 365.25
    return rates


def _dropout(rng: np.random.Generator, group: Ints, orders_per_buyer: float) -> Floats:
    stated: Floats = np.array([group.dropout for group in GROUPS])[group]
    odds = stated / (1 - stated) * STATED_ORDERS_PER_CUSTOMER / max(orders_per_buyer, 1.0)
    mean = odds / (1 + odds)
    dropout: Floats = rng.beta(DROPOUT_CONCENTRATION * mean, DROPOUT_CONCENTRATION * (1 - mean))
    return dropout


def _satisfaction(rng: np.random.Generator, group: Ints, dropout: Floats) -> Floats:
    """In standard deviations, about 0 on average: what the group thinks, less in those who leave easily."""
    level = np.array([group.satisfaction for group in GROUPS])[group]
    ranks = np.argsort(np.argsort(dropout)) / max(len(dropout) - 1, 1)
    satisfaction: Floats = level - 1.6 * (ranks - 0.5) + rng.normal(0, 0.7, len(group))
    return satisfaction


def _with_duplicates(rng: np.random.Generator, traits: Population) -> Population:
    """Some of the later customers are earlier ones once more: same country, kind and taste, a new record."""
    size = len(traits)
    later = np.arange(size // 10, size)[1:]
    chosen = np.sort(rng.choice(later, round(len(later) * DUPLICATE_SHARE / 0.9), replace=False))
    originals = np.setdiff1d(np.arange(size), chosen)
    same_person = originals[(rng.random(len(chosen)) * np.searchsorted(originals, chosen)).astype(np.int64)]
    copied = {}
    for name in ("group", "country", "is_organisation", "satisfaction"):
        values = getattr(traits, name).copy()
        values[chosen] = values[same_person]
        copied[name] = values
    duplicate_of = traits.duplicate_of.copy()
    duplicate_of[chosen] = same_person
    return replace(traits, duplicate_of=duplicate_of, **copied)


def _with_referrals(rng: np.random.Generator, traits: Population) -> Population:
    """A tenth came by a word of an earlier buyer; a fifth of the buyers bring all of them."""
    size = len(traits)
    advocates = np.flatnonzero(traits.is_buyer & (traits.duplicate_of == NOBODY) & (rng.random(size) < 0.2))
    earlier = np.searchsorted(advocates, np.arange(size))
    drawn = rng.random(size) < REFERRED_SHARE / 0.98
    chosen = np.flatnonzero(drawn & (earlier > 0) & (traits.duplicate_of == NOBODY))
    referrer = traits.referrer.copy()
    referrer[chosen] = advocates[(rng.random(len(chosen)) ** 1.5 * earlier[chosen]).astype(np.int64)]
    return replace(traits, referrer=referrer)
