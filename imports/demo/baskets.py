"""What is in the orders of a block: products by taste, planted companions, promotions, amounts, and what came back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from imports.demo.catalogue import COMPANIONS, PROMOTIONS, REPLACEMENTS, costs, positions, prices
from imports.demo.groups import GROUPS, product_preferences
from imports.demo.phrases import REFUND_REASONS
from imports.demo.places import COUNTRIES, CURRENCIES
from imports.demo.population import Population
from imports.demo.purchases import Purchases
from imports.demo.seasons import RATE_UNIT, Floats, Ints, Seasons

CHANNELS = ("web", "store", "phone")
WEB, STORE, PHONE = range(3)
OPENING_HOURS = ((7, 23), (9, 20), (9, 17))

FAVOURITES = 6
FAVOURITE_SHARE = 0.35
REFUND_SHARE = 0.032
WHOLE_REFUND_SHARE = 0.4
MAX_REFUND_DAYS = 30
OUTLIER_SHARE = 0.0002
BULK_QUANTITY = 10
BULK_DISCOUNT = 0.05


@dataclass(frozen=True)
class Orders:
    """Orders of a block by time, shape (orders,). Money is in cents of `currency`, a position in CURRENCIES."""

    customer: Ints
    day: Ints
    second: Ints
    channel: Ints
    currency: Ints
    rate: Ints
    total: Ints

    def __len__(self) -> int:
        return len(self.day)


@dataclass(frozen=True)
class Lines:
    """Their lines, sorted by order; `product` is a position in the catalogue, `is_outlier` a mistyped quantity."""

    order: Ints
    position: Ints
    product: Ints
    quantity: Ints
    unit_price: Ints
    discount: Ints
    amount: Ints
    cost: Ints
    is_outlier: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.order)


@dataclass(frozen=True)
class Refunds:
    order: Ints
    day: Ints
    second: Ints
    rate: Ints
    total: Ints
    reason: Ints

    def __len__(self) -> int:
        return len(self.day)


@dataclass(frozen=True)
class RefundLines:
    """`line` is a position in the lines, `refund` in the refunds."""

    refund: Ints
    position: Ints
    line: Ints
    quantity: Ints
    amount: Ints

    def __len__(self) -> int:
        return len(self.line)


class Tastes:
    """Draws products: mostly as the group likes them, in part one of the few that a customer comes back to."""

    def __init__(self, rng: np.random.Generator, group: Ints) -> None:
        self.rng = rng
        self.group = group
        self.cumulated = np.cumsum(product_preferences(), axis=1)
        everyone = np.repeat(np.arange(len(group)), FAVOURITES)
        self.favourites = self._by_group(everyone).reshape(len(group), FAVOURITES)

    def draw(self, customer: Ints) -> Ints:
        favourite = self.favourites[customer, self.rng.integers(FAVOURITES, size=len(customer))]
        return np.where(self.rng.random(len(customer)) < FAVOURITE_SHARE, favourite, self._by_group(customer))

    def _by_group(self, customer: Ints) -> Ints:
        drawn = np.empty(len(customer), dtype=np.int64)
        chance = self.rng.random(len(customer))
        for group, cumulated in enumerate(self.cumulated):
            rows = self.group[customer] == group
            drawn[rows] = np.searchsorted(cumulated / cumulated[-1], chance[rows], side="right")
        return drawn


def draw_orders(
    rng: np.random.Generator,
    people: Population,
    purchases: Purchases,
    tastes: Tastes,
    rates: NDArray[np.int64],
    seasons: Seasons,
) -> tuple[Orders, Lines]:
    """`rates` has a row per currency and a column per day."""
    channel = _channels(rng, people.group[purchases.customer], seasons.is_sunday[purchases.day])
    second = _seconds(rng, channel)
    by_time = np.lexsort((second, purchases.day))
    customer, day, channel, second = (
        values[by_time] for values in (purchases.customer, purchases.day, channel, second)
    )
    currency = np.array([CURRENCIES.index(country.currency) for country in COUNTRIES])[people.country[customer]]
    rate = rates[currency, day]
    order, product, promoted = _products(rng, people, customer, day, tastes, seasons.days)
    lines = _priced(rng, people.group[customer[order]], order, product, promoted, rate)
    total = np.bincount(order, weights=lines.amount, minlength=len(day)).astype(np.int64)
    return Orders(customer, day, second, channel, currency, rate, total), lines


def in_base_currency(cents: Ints, rate: Ints) -> Ints:
    """Cents of the organisation's currency, halves up."""
    return (cents * rate + RATE_UNIT // 2) // RATE_UNIT


def _channels(rng: np.random.Generator, group: Ints, is_sunday: NDArray[np.bool_]) -> Ints:
    web = np.array([group.web for group in GROUPS])[group]
    store = np.array([group.store for group in GROUPS])[group]
    chance = rng.random(len(group))
    channel = np.where(chance < web, WEB, np.where(chance < web + store, STORE, PHONE))
    return np.where(is_sunday, WEB, channel)


def _seconds(rng: np.random.Generator, channel: Ints) -> Ints:
    opens, closes = (np.array(hours)[channel] * 3600 for hours in zip(*OPENING_HOURS, strict=True))
    # Towards the evening, more so on the web, where people have all of it.
    seconds: Ints = (opens + (closes - opens) * rng.beta(2.2, 1.6, len(channel))).astype(np.int64)
    return seconds


def _products(
    rng: np.random.Generator, people: Population, customer: Ints, day: Ints, tastes: Tastes, days: int
) -> tuple[Ints, Ints, NDArray[np.bool_]]:
    """Lines as (order, product, promoted), sorted, each product once an order."""
    more = np.array([group.lines for group in GROUPS])[people.group[customer]] - 1
    order = np.repeat(np.arange(len(customer)), 1 + rng.poisson(more))
    product = tastes.draw(customer[order])
    for promotion in PROMOTIONS:
        turned = _is_promoted(promotion.begins_days_before, promotion.days, day[order], days)
        turned &= rng.random(len(order)) < promotion.share
        product[turned] = positions()[promotion.product]
    for replaced in REPLACEMENTS:
        gone = (product == positions()[replaced.product]) & (day[order] >= days - replaced.days_before)
        product[gone] = positions()[replaced.successor]
    for rule in COMPANIONS:
        prompted = order[(product == positions()[rule.product])]
        prompted = prompted[rng.random(len(prompted)) < rule.probability]
        order = np.concatenate([order, prompted])
        product = np.concatenate([product, np.full(len(prompted), positions()[rule.companion])])
    order, product = np.divmod(np.unique(order * len(positions()) + product), len(positions()))
    promoted = np.zeros(len(order), dtype=bool)
    for promotion in PROMOTIONS:
        is_product = product == positions()[promotion.product]
        promoted |= is_product & _is_promoted(promotion.begins_days_before, promotion.days, day[order], days)
    return order, product, promoted


def _is_promoted(begins_before: int, length: int, day: Ints, days: int) -> NDArray[np.bool_]:
    begins = days - begins_before
    return (day >= begins) & (day < begins + length)


def _priced(
    rng: np.random.Generator, group: Ints, order: Ints, product: Ints, promoted: NDArray[np.bool_], rate: Ints
) -> Lines:
    quantity = 1 + rng.poisson(np.array([group.quantity for group in GROUPS])[group] - 1)
    is_outlier = np.zeros(len(order), dtype=bool)
    slips = min(-(-len(order) // round(1 / OUTLIER_SHARE)), len(order))
    is_outlier[rng.choice(len(order), slips, replace=False) if len(order) else []] = True
    quantity[is_outlier] *= rng.integers(40, 120, slips)
    line_rate = rate[order]
    unit_price = _converted(prices()[product], line_rate)
    discount_share = _discount_shares(product, promoted, quantity)
    discount = np.rint(quantity * unit_price * discount_share).astype(np.int64)
    starts = np.searchsorted(order, order)
    return Lines(
        order=order,
        position=np.arange(len(order)) - starts + 1,
        product=product,
        quantity=quantity,
        unit_price=unit_price,
        discount=discount,
        amount=quantity * unit_price - discount,
        cost=quantity * _converted(costs()[product], line_rate),
        is_outlier=is_outlier,
    )


def _discount_shares(product: Ints, promoted: NDArray[np.bool_], quantity: Ints) -> Floats:
    promotional = np.zeros(len(positions()))
    for promotion in PROMOTIONS:
        promotional[positions()[promotion.product]] = promotion.discount
    return np.where(promoted, promotional[product], np.where(quantity >= BULK_QUANTITY, BULK_DISCOUNT, 0.0))


def _converted(cents: Ints, rate: Ints) -> Ints:
    return (cents * RATE_UNIT + rate // 2) // rate


def draw_refunds(
    rng: np.random.Generator, orders: Orders, lines: Lines, rates: NDArray[np.int64], days: int
) -> tuple[Refunds, RefundLines]:
    """Some orders come back within weeks: as a whole, or one line or a part of it."""
    back = orders.day + rng.integers(2, MAX_REFUND_DAYS + 1, len(orders))
    order = np.flatnonzero((rng.random(len(orders)) < REFUND_SHARE) & (back < days))
    if not len(order):
        nothing = np.zeros(0, dtype=np.int64)
        return Refunds(*[nothing] * 6), RefundLines(*[nothing] * 5)
    first_line, next_line = np.searchsorted(lines.order, order), np.searchsorted(lines.order, order, side="right")
    whole = rng.random(len(order)) < WHOLE_REFUND_SHARE
    picked = first_line + (rng.random(len(order)) * (next_line - first_line)).astype(np.int64)
    begin, end = np.where(whole, first_line, picked), np.where(whole, next_line, picked + 1)
    refund = np.repeat(np.arange(len(order)), end - begin)
    position = np.arange(len(refund)) - np.repeat(np.cumsum(end - begin) - (end - begin), end - begin)
    line = begin[refund] + position
    bought = lines.quantity[line]
    quantity = np.where(whole[refund], bought, 1 + (rng.random(len(line)) * bought).astype(np.int64))
    amount = (lines.amount[line] * quantity * 2 + bought) // (2 * bought)
    day = back[order]
    refunds = Refunds(
        order=order,
        day=day,
        second=rng.integers(9 * 3600, 17 * 3600, len(order)),
        rate=rates[orders.currency[order], day],
        total=np.bincount(refund, weights=amount, minlength=len(order)).astype(np.int64),
        reason=rng.integers(len(REFUND_REASONS), size=len(order)),
    )
    return refunds, RefundLines(refund, position + 1, line, quantity, amount)
