"""When customers buy, and when they leave: a buy-till-you-die process in season time.

As in BG/NBD (Fader, Hardie, Lee 2005) purchases follow each other at exponential gaps, and after each purchase a
customer leaves for good with a probability of their own; rates differ by a gamma, readiness to leave by a beta, both
within groups. It departs from the model in that the first purchase has a dropout of its own, and time is season time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from imports.demo.population import Population
from imports.demo.seasons import Floats, Ints, Seasons

CLOSE_ENOUGH = 0.03
MAX_TRIALS = 12
MAX_STEP = 4.0  # few are left to buy more often when most have gone: a longer step could yield millions


@dataclass(frozen=True)
class Purchases:
    """Purchases of a block, sorted by customer and time: `customer` is a position in the block, `day` a day's number.

    Per customer, shape (n,): `left_day` is the day of the purchase after which a customer left, -1 for those who stay
    and those who never bought; `rate` is the rate per day of season time after matching the wanted number.
    """

    customer: Ints
    day: Ints
    left_day: Ints
    rate: Floats


def draw_purchases(rng: np.random.Generator, people: Population, orders: int, seasons: Seasons) -> Purchases:
    """Exactly `orders` purchases, at least one for each buyer.

    The rates of all are multiplied by one factor until the process yields about as many as wanted. What is still too
    many is taken out at random, what is missing added at random; neither changes who left when.
    """
    buyers = np.flatnonzero(people.is_buyer)
    first = people.first_purchase[buyers]
    seed = int(rng.integers(2**63))
    factor = 1.0
    for _trial in range(MAX_TRIALS):
        trial = np.random.default_rng(seed)
        owner, time, left = _simulate(trial, people, buyers, first, factor, seasons.days)
        repeats, wanted = len(time) - len(buyers), orders - len(buyers)
        if abs(repeats - wanted) <= max(CLOSE_ENOUGH * wanted, 1):
            break
        factor *= min((wanted + 1) / (repeats + 1), MAX_STEP)
    if len(time) > orders:
        keep = _thinned(rng, owner, len(buyers), orders)
        owner, time = owner[keep], time[keep]
    elif len(time) < orders:
        owner, time = _topped_up(rng, owner, time, first, np.minimum(left, seasons.days), orders)
    order = np.lexsort((time, owner))
    left_day = np.full(len(people), -1)
    gone = np.isfinite(left)
    left_day[buyers[gone]] = seasons.day_at(left[gone])
    repeats_kept = (orders - len(buyers)) / max(repeats, 1)
    return Purchases(
        customer=buyers[owner[order]],
        day=seasons.day_at(time[order]),
        left_day=left_day,
        rate=people.rate * factor * repeats_kept,
    )


def _simulate(
    rng: np.random.Generator, people: Population, buyers: Ints, first: Floats, factor: float, end: float
) -> tuple[Ints, Floats, Floats]:
    """Purchases as (position among the buyers, season time), first purchases first, and when each buyer left."""
    rate, dropout = people.rate[buyers] * factor, people.dropout[buyers]
    owners, times = [np.arange(len(buyers))], [first]
    leaves = rng.random(len(buyers)) < people.first_dropout[buyers]
    left = np.where(leaves, first, np.inf)
    here = np.flatnonzero(~leaves)
    now = first[here]
    while len(here):
        now = now + rng.standard_exponential(len(here)) / np.maximum(rate[here], 1e-9)
        here, now = here[now < end], now[now < end]
        owners.append(here)
        times.append(now)
        leaves = rng.random(len(here)) < dropout[here]
        left[here[leaves]] = now[leaves]
        here, now = here[~leaves], now[~leaves]
    return np.concatenate(owners), np.concatenate(times), left


def _thinned(rng: np.random.Generator, owner: Ints, firsts: int, orders: int) -> NDArray[np.bool_]:
    """Which purchases stay: every first one, and the last ones before others."""
    keys = rng.random(len(owner))
    last = np.zeros(len(owner), dtype=bool)
    # Purchases come in rounds, so a customer's latest is the one furthest back.
    last[len(owner) - 1 - np.unique(owner[::-1], return_index=True)[1]] = True
    keys[last] += 1
    keys[:firsts] += 2
    keep = np.ones(len(owner), dtype=bool)
    keep[np.argsort(keys)[: len(owner) - orders]] = False
    return keep


def _topped_up(
    rng: np.random.Generator, owner: Ints, time: Floats, first: Floats, end: Floats, orders: int
) -> tuple[Ints, Floats]:
    """More purchases of those who buy anyway, the more the oftener, at any time of their life."""
    more = owner[len(first) :] if len(owner) > len(first) else owner
    added = more[rng.integers(len(more), size=orders - len(owner))]
    moments = first[added] + rng.random(len(added)) * (end[added] - first[added])
    return np.concatenate([owner, added]), np.concatenate([time, moments])
