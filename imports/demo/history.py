"""Everything that the customers of a block bought and gave back, from which all its rows follow."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from imports.demo.baskets import Lines, Orders, RefundLines, Refunds, Tastes, draw_orders, draw_refunds
from imports.demo.plan import Block
from imports.demo.population import Population, draw_population
from imports.demo.purchases import Purchases, draw_purchases
from imports.demo.seasons import Ints, Seasons

NO_ORDER = -1


@dataclass(frozen=True)
class History:
    block: Block
    seasons: Seasons
    people: Population
    purchases: Purchases
    tastes: Tastes
    orders: Orders
    lines: Lines
    refunds: Refunds
    refund_lines: RefundLines

    @cached_property
    def customer_ids(self) -> Ints:
        return np.arange(self.block.first_customer, self.block.first_customer + self.block.customers)

    @cached_property
    def last_order_day(self) -> Ints:
        """Shape (customers,), `NO_ORDER` for prospects."""
        last = np.full(self.block.customers, NO_ORDER)
        np.maximum.at(last, self.purchases.customer, self.purchases.day)
        return last


def draw_history(rng: np.random.Generator, block: Block, seasons: Seasons, rates: NDArray[np.int64]) -> History:
    """`rates` has a row per currency and a column per day."""
    people = draw_population(rng, block.customers, block.orders, seasons)
    purchases = draw_purchases(rng, people, block.orders, seasons)
    tastes = Tastes(rng, people.group)
    orders, lines = draw_orders(rng, people, purchases, tastes, rates, seasons)
    refunds, refund_lines = draw_refunds(rng, orders, lines, rates, seasons.days)
    return History(block, seasons, people, purchases, tastes, orders, lines, refunds, refund_lines)
