"""How much is made, up to which day, and how the work is cut into blocks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from zoneinfo import ZoneInfo

import numpy as np

# Three years: three Decembers, whatever the anchor.
HISTORY_DAYS = 1096
BLOCK_CUSTOMERS = 10_000
BLOCK_ROWS = 400_000


class Stream(IntEnum):
    """Independent sources of randomness of one seed."""

    RATES = 0
    PRODUCTS = 1
    BLOCKS = 2


@dataclass(frozen=True)
class Block:
    """A run of customers who are made, and written, together."""

    number: int
    first_customer: int
    customers: int
    first_order: int
    orders: int
    first_event: int
    events: int


@dataclass(frozen=True)
class DemoPlan:
    """`until` is the first day without data: what lies before it has happened in full."""

    customers: int
    orders: int
    events: int
    seed: int
    until: dt.date
    zone: ZoneInfo

    def __post_init__(self) -> None:
        if self.customers < 1:
            raise ValueError("at least one customer is needed")
        if self.orders < 0 or self.events < 0 or self.seed < 0:
            raise ValueError("orders, events and seed must not be negative")

    @property
    def start(self) -> dt.date:
        return self.until - dt.timedelta(days=HISTORY_DAYS)

    def rng(self, stream: Stream, number: int = 0) -> np.random.Generator:
        return np.random.default_rng([self.seed, stream, number])

    def blocks(self) -> Iterator[Block]:
        """Blocks of customers, each with its share of the orders and events; the shares add up exactly."""
        rows = max(self.orders + self.events, 1)
        size = max(1, min(BLOCK_CUSTOMERS, BLOCK_ROWS * self.customers // rows))
        for number, begin in enumerate(range(0, self.customers, size)):
            end = min(begin + size, self.customers)
            first_order, next_order = (self.orders * edge // self.customers for edge in (begin, end))
            first_event, next_event = (self.events * edge // self.customers for edge in (begin, end))
            yield Block(
                number=number,
                first_customer=begin + 1,
                customers=end - begin,
                first_order=first_order + 1,
                orders=next_order - first_order,
                first_event=first_event + 1,
                events=next_event - first_event,
            )
