"""What the customers of a block do besides buying: sessions with and without an order, ratings, reviews, service."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from imports.demo.baskets import WEB
from imports.demo.history import History
from imports.demo.phrases import REVIEWS
from imports.demo.seasons import Floats, Ints

KINDS = ("visit", "click", "view", "add_to_cart", "rating", "review", "service_use")
VISIT, CLICK, VIEW, ADD_TO_CART, RATING, REVIEW, SERVICE_USE = range(7)
FUNNEL = (VISIT, CLICK, VIEW, ADD_TO_CART)
# Position 0 is no text; then the reviews by stars.
TEXTS = ("", *(text for by_stars in REVIEWS for text in by_stars))
NOTHING = -1

# How the events are spread. What remains is browsing.
BUYING_SHARE = 0.36
RATING_SHARE = 0.06
REVIEW_SHARE = 0.02
SERVICE_SHARE = 0.10
BROWSING = {VISIT: 0.46, CLICK: 0.27, VIEW: 0.21}
MAX_RATING_DAYS = 15
MAX_SERVICE_DAYS = 20


@dataclass(frozen=True)
class Events:
    """Shape (events,): `customer` and `product` are positions (or `NOTHING`); no stars and no duration are 0."""

    kind: Ints
    customer: Ints
    product: Ints
    day: Ints
    second: Ints
    stars: Ints
    duration: Ints
    text: Ints

    def __len__(self) -> int:
        return len(self.kind)


COLUMNS = tuple(Events.__dataclass_fields__)


def draw_events(rng: np.random.Generator, history: History, quality: Floats) -> Events:
    """As many as the block is to have, by time. `quality` is that of each product, in standard deviations."""
    count = history.block.events
    parts = [
        _buying(rng, history, int(count * BUYING_SHARE) // len(FUNNEL)),
        *_opinions(rng, history, quality),
        _service(rng, history, int(count * SERVICE_SHARE)),
    ]
    parts.append(_browsing(rng, history, count - sum(map(len, parts))))
    events = _joined(parts)
    by_time = np.lexsort((events.second, events.day))
    return Events(*(getattr(events, name)[by_time] for name in COLUMNS))


def _events(
    kind: int | Ints,
    customer: Ints,
    day: Ints,
    second: Ints,
    *,
    product: Ints | None = None,
    stars: Ints | None = None,
    duration: Ints | None = None,
    text: Ints | None = None,
) -> Events:
    zeros = np.zeros(len(customer), dtype=np.int64)
    return Events(
        kind=zeros + kind,
        customer=customer,
        product=zeros + NOTHING if product is None else product,
        day=day,
        second=second,
        stars=zeros if stars is None else stars,
        duration=zeros if duration is None else duration,
        text=zeros if text is None else text,
    )


def _joined(parts: Sequence[Events]) -> Events:
    return Events(*(np.concatenate([getattr(part, name) for part in parts]) for name in COLUMNS))


def _buying(rng: np.random.Generator, history: History, sessions: int) -> Events:
    """Visit, click, view of a product and cart, shortly before that product is ordered on the web."""
    orders, lines = history.orders, history.lines
    on_web = np.flatnonzero(orders.channel == WEB)
    order = rng.choice(on_web, min(sessions, len(on_web)), replace=False)
    product = lines.product[np.searchsorted(lines.order, order)]
    pauses = rng.integers(20, 500, (len(order), len(FUNNEL)))
    before = np.cumsum(pauses[:, ::-1], axis=1)[:, ::-1]
    kinds = np.tile(FUNNEL, len(order))
    each = np.repeat(np.arange(len(order)), len(FUNNEL))
    return _events(
        kinds,
        orders.customer[order][each],
        orders.day[order][each],
        (orders.second[order][:, None] - before).ravel(),
        product=np.where(kinds >= VIEW, product[each], NOTHING),
    )


def _opinions(rng: np.random.Generator, history: History, quality: Floats) -> tuple[Events, Events]:
    """Ratings of bought products some days later, and reviews by some who rated."""
    people, orders, lines = history.people, history.orders, history.lines
    count, days = history.block.events, history.seasons.days
    wait = rng.integers(3, MAX_RATING_DAYS + 1, len(lines))
    rateable = np.flatnonzero(orders.day[lines.order] + wait < days)
    line = rng.choice(rateable, min(int(count * RATING_SHARE), len(rateable)), replace=False)
    customer, product = orders.customer[lines.order[line]], lines.product[line]
    opinion = 3.7 + 0.75 * people.satisfaction[customer] + 0.5 * quality[product] + rng.normal(0, 0.6, len(line))
    stars = np.clip(np.rint(opinion), 1, 5).astype(np.int64)
    day = orders.day[lines.order[line]] + wait[line]
    second = rng.integers(8 * 3600, 22 * 3600, len(line))
    ratings = _events(RATING, customer, day, second, product=product, stars=stars)
    told = slice(min(int(count * REVIEW_SHARE), len(line)))
    variants = len(REVIEWS[0])
    text = 1 + (stars[told] - 1) * variants + rng.integers(variants, size=len(stars[told]))
    reviews = _events(
        REVIEW, customer[told], day[told], second[told] + 60, product=product[told], stars=stars[told], text=text
    )
    return ratings, reviews


def _service(rng: np.random.Generator, history: History, count: int) -> Events:
    """Uses of the service after an order, by the dissatisfied more often and longer."""
    people, orders = history.people, history.orders
    if not len(orders):
        return _events(SERVICE_USE, *[np.zeros(0, dtype=np.int64)] * 3)
    need = np.exp(-0.5 * people.satisfaction[orders.customer])
    drawn = np.searchsorted(np.cumsum(need) / need.sum(), rng.random(count))
    order = np.minimum(drawn, len(orders) - 1)
    length = rng.lognormal(5.4, 0.7, count) * np.exp(-0.2 * people.satisfaction[orders.customer[order]])
    return _events(
        SERVICE_USE,
        orders.customer[order],
        np.minimum(orders.day[order] + rng.integers(1, MAX_SERVICE_DAYS, count), history.seasons.days - 1),
        rng.integers(8 * 3600, 20 * 3600, count),
        duration=np.clip(length, 15, 7200).astype(np.int64),
    )


def _browsing(rng: np.random.Generator, history: History, count: int) -> Events:
    """Sessions without an order: each a visit, some with a click, fewer with a view, few with a full cart."""
    numbers = {kind: int(count * share) for kind, share in BROWSING.items()}
    carts = min(count - sum(numbers.values()), numbers[VISIT])
    numbers[ADD_TO_CART] = carts
    numbers[VISIT] += count - sum(numbers.values())
    customer, day = _browsers(rng, history, numbers[VISIT])
    second = rng.integers(7 * 3600, 23 * 3600, len(customer))
    product = history.tastes.draw(customer)
    parts = []
    for kind in FUNNEL:
        some = slice(numbers[kind])
        seen = product[some] if kind >= VIEW else None
        parts.append(_events(kind, customer[some], day[some], second[some], product=seen))
        second = second + rng.integers(15, 400, len(second))
    return _joined(parts)


def _browsers(rng: np.random.Generator, history: History, count: int) -> tuple[Ints, Ints]:
    """Who looks around, and on which day: in the weeks before an order, or at any time between coming and leaving."""
    people, orders, left_day = history.people, history.orders, history.purchases.left_day
    anyone = rng.integers(len(people), size=count)
    since = people.since_day[anyone]
    end = np.where(left_day[anyone] >= 0, left_day[anyone] + 1, history.seasons.days)
    any_day = since + (rng.random(count) * (end - since)).astype(np.int64)
    if not len(orders):
        return anyone, any_day
    order = rng.integers(len(orders), size=count)
    ahead_of_it = orders.day[order] - rng.exponential(14, count).astype(np.int64)
    buyer = orders.customer[order]
    is_buyer: NDArray[np.bool_] = rng.random(count) < 0.8
    customer = np.where(is_buyer, buyer, anyone)
    day = np.where(is_buyer, np.maximum(ahead_of_it, people.since_day[buyer]), any_day)
    return customer, day
