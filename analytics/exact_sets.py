"""Leaves of filters about orders, lines and events, and about what snapshots hold of customers themselves, told by the
latest one: the same customers as `customers.filters.compiling.condition` chooses, of whom nothing has changed since.

Columns are read where they lie and compressed to what is asked: in NumPy that is by far the shortest way, and ids of
eight bytes are what it adds up by.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analytics import customer_columns
from analytics.buyer_columns import FIRST, LAST, TIMES, Buyers
from analytics.many_ids import IdArray, ids_of
from analytics.mapped_columns import MappedColumns
from analytics.present_facts import CUSTOMERS, MOST_CHANGED, Facts, Present, present
from analytics.snapshot_columns import Mask, NoColumns, mask_of, number_of_day
from analytics.snapshot_sums import (
    CHANNEL_NAMES,
    CHANNELS,
    ENDS,
    LAST_ORDER,
    LATEST,
    LINES_OF_NONE,
    NO_PURCHASES,
)
from analytics.snapshot_tables import EVENTS, LINES, ORDERS, REFUNDS, FactTable
from customers.filters import kinds
from customers.filters.conditions import Bought, Did, Period
from customers.filters.exact import ReadBefore
from customers.filters.expression import Comparison, Leaf, Moment
from customers.filters.purchases import category_with_parts
from customers.filters.values import day_on
from customers.models import Product

NUMBERS = {"first_order": FIRST, "last_order": LAST, "orders": TIMES}
CHANNEL = "channel"
Places = NDArray[np.intp]
# Which rows of a file a leaf is about.
Wanted = Callable[[MappedColumns], Mask]


def is_told(leaf: Leaf) -> bool:
    """As `customers.filters.exact.sooner` is asked."""
    return bool(_facts_asked(leaf))


def read_before(leaf: Leaf, moment: Moment) -> ReadBefore | None:
    """As `customers.filters.exact.readers` are asked."""
    asked = _facts_asked(leaf)
    try:
        found = present(*asked) if asked else None
        if found is None:
            return None
        mask = _Asked(found.facts, moment).mask(leaf)
        is_of_its_day = isinstance(leaf, Did) or customer_columns.is_told(leaf)
        changed = found.changed if is_of_its_day else _or_changing(found, moment.today)
    except (NoColumns, OSError):
        return None
    if len(changed) > MOST_CHANGED:
        return None
    return ReadBefore(of_all(mask, found.last_customer), changed)


def _facts_asked(leaf: Leaf) -> Sequence[str]:
    """The kinds of marks that tell who has to be asked; none of what snapshots do not tell."""
    if isinstance(leaf, Did):
        return (EVENTS.name,)
    if isinstance(leaf, Bought):
        is_anything = leaf.product is None and leaf.category is None
        return (ORDERS.name, REFUNDS.name) if is_anything else (ORDERS.name, REFUNDS.name, LINES.name)
    if customer_columns.is_told(leaf):
        return (CUSTOMERS,)
    if isinstance(leaf, Comparison) and leaf.field in NUMBERS:
        return ORDERS.name, REFUNDS.name
    return (ORDERS.name,) if isinstance(leaf, Comparison) and leaf.field == CHANNEL else ()


def _or_changing(found: Present, today: dt.date) -> IdArray:
    """Those too of whom the snapshot knows what is still to come, as seen from that day."""
    later = np.flatnonzero(found.facts.sums(LATEST) > number_of_day(today))
    return np.union1d(found.changed, later) if len(later) else found.changed


def of_all(mask: Mask, last_customer: int) -> Mask:
    """As the last place says it of nobody, it is so of whoever has come since."""
    missing = max(last_customer + 1 - len(mask), 0)
    of_all = np.pad(mask[: last_customer + 1], (0, missing), constant_values=mask[-1])
    of_all[0] = False
    return of_all


class _Asked:
    """One leaf at one moment. A mask has its places as the sums have them: the last is nobody's."""

    def __init__(self, facts: Facts, moment: Moment) -> None:
        self.facts, self.today = facts, moment.today
        self._moment = moment

    def mask(self, leaf: Leaf) -> Mask:
        """Raises NoColumns."""
        if isinstance(leaf, Bought):
            return self._bought(leaf)
        if isinstance(leaf, Did):
            return self._did(leaf)
        assert isinstance(leaf, Comparison)  # noqa: S101 - as `_facts_asked` sees to
        if customer_columns.is_told(leaf):
            return customer_columns.where(self.facts.customers(), leaf, self._moment)
        return self._channel(leaf) if leaf.field == CHANNEL else self._number(leaf)

    def _number(self, asked: Comparison) -> Mask:
        name = NUMBERS[asked.field]
        given = [day_on(each, self.today) for each in _listed(asked.value)]
        return Buyers({name: self.facts.sums(name)}).where(name, asked.op, given)

    def _channel(self, asked: Comparison) -> Mask:
        bits = self.facts.sums(CHANNELS)
        of_names = {str(name): 1 << place for place, name in enumerate(self.facts.sums(CHANNEL_NAMES))}
        if asked.op == kinds.EMPTY:
            return np.asarray(bits == 0)
        wanted = sum(of_names.get(name, 0) for name in set(_listed(asked.value)))
        if asked.op == kinds.IS_NOT:
            wanted = sum(of_names.values()) - wanted
        return np.asarray(bits & bits.dtype.type(wanted) != 0)

    def _bought(self, asked: Bought) -> Mask:
        since, until = self._days(asked.period)
        if asked.product is None and asked.category is None:
            return self._bought_anything(since, until, asked.times)
        are_wanted = _of_product(asked.product) if asked.product is not None else _of_category(asked.category)
        if asked.times <= 1:
            return self._who(1, self._columns(LINES, since, until, are_wanted, none=LINES_OF_NONE))
        # An order counts once, however many of the products it has.
        orders = np.zeros(int(self.facts.sums(LAST_ORDER)[0]) + 2, dtype=np.bool_)
        for found in self._columns(LINES, since, until, are_wanted, column="order_id"):
            orders[found] = True
        return self._bought_often(since, until, asked.times, lambda rows: orders.take(rows.of("order_id"), mode="clip"))

    def _bought_anything(self, since: dt.date, until: dt.date, times: int) -> Mask:
        is_ever, is_until_now = since == dt.date.min, until == self.today
        if times <= 1 and is_ever:
            return self.facts.sums(FIRST) <= number_of_day(until)
        if times <= 1 and is_until_now:
            return self.facts.sums(LAST) >= number_of_day(since)
        if is_ever and is_until_now:
            return self.facts.sums(TIMES) >= times
        return self._bought_often(since, until, times)

    def _bought_often(self, since: dt.date, until: dt.date, times: int, are_wanted: Wanted | None = None) -> Mask:
        return self._who(times, self._columns(ORDERS, since, until, are_wanted, none=NO_PURCHASES))

    def _did(self, asked: Did) -> Mask:
        def are_wanted(rows: MappedColumns) -> Mask:
            of_kind = rows.have("kind", asked.event)
            return of_kind if asked.product is None else of_kind & (rows.of("product_id") == asked.product)

        return self._who(asked.times, self._columns(EVENTS, *self._days(asked.period), are_wanted))

    def _days(self, period: Period) -> tuple[dt.date, dt.date]:
        since, until = period.limits(self._moment)
        return since or dt.date.min, until

    def _columns(
        self,
        table: FactTable,
        since: dt.date,
        until: dt.date,
        are_wanted: Wanted | None,
        *,
        none: str = "",
        column: str = "customer_id",
    ) -> Iterator[Places]:
        """A column of ids of the rows of these days that are wanted, file by file, without those rows that the sums
        name as `none`."""
        first, last = number_of_day(since), number_of_day(until)
        for place, rows, are_all in self.facts.files(table, since, until):
            chosen = np.ones(rows.rows, dtype=np.bool_) if are_wanted is None else are_wanted(rows)
            if not are_all:
                days = rows.of(table.day)
                chosen &= (days >= first) & (days <= last)
            if none:
                ends = self.facts.sums(ENDS.format(none))
                chosen[self.facts.sums(none)[ends[place] : ends[place + 1]]] = False
            yield np.compress(chosen, rows.of(column)).astype(np.intp)

    def _who(self, times: int, found: Iterator[Places]) -> Mask:
        """Customers who are found so often."""
        size = len(self.facts.sums(TIMES))
        if times <= 1:
            mask = np.zeros(size, dtype=np.bool_)
            for customers in found:
                mask[customers] = True
            return mask
        counts = np.zeros(size, dtype=np.uint32)
        for customers in found:
            np.add.at(counts, customers, np.uint32(1))
        return counts >= times


def _of_product(product: int) -> Wanted:
    return lambda rows: rows.of("product_id") == product


def _of_category(category: int | None) -> Wanted:
    """Of what is in the category, or below it, by now."""
    categories = category_with_parts(category) if category is not None else ()
    products = mask_of(ids_of(Product.objects.filter(category__in=categories)))
    if products is None:
        raise NoColumns
    return lambda rows: products.take(rows.of("product_id"), mode="clip")


def _listed(value: Any) -> Sequence[Any]:
    return value if isinstance(value, tuple) else (value,)
