"""Who bought how often, for how much, and when first and last, counted out of the columns beside the facts.

The same as `features/sales.sql` says of purchases, in a fifth of the time and a small part of the memory: file by file
the numbers of each customer are added up at the place of the customer's id.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from analytics.engine import Engine
from analytics.models import SnapshotManifest
from analytics.snapshot_columns import (
    ANY,
    EPOCH,
    KNOWN,
    MOST_IDS,
    Mask,
    NoColumns,
    Numbers,
    Wanted,
    mask_of,
    number_of_day,
    numbers_by_file,
)
from analytics.snapshot_files import sum_paths
from analytics.snapshot_tables import LINES, ORDERS
from core.keeping import kept
from customers.filters import kinds

TIMES, FIRST, LAST, SPENT = "times", "first", "last", "spent"
# Of whoever is not known, and of an order that is no purchase.
NOBODY = 0
_LATEST = np.iinfo(np.int32).max
# What each number of whoever bought nothing is.
OF_NOBODY: dict[str, Any] = {
    TIMES: np.int32(0),
    FIRST: np.int32(_LATEST),
    LAST: np.int32(-_LATEST),
    SPENT: np.int64(0),
}
_COLUMNS = ("order_id", "customer_id", "ordered_date", "total_minor")
KEPT_SECONDS = 3600

HOLDS: dict[str, Callable[[Numbers, Sequence[Any]], Mask]] = {
    kinds.IS: lambda numbers, given: numbers == given[0],
    kinds.IS_NOT: lambda numbers, given: numbers != given[0],
    kinds.IN: lambda numbers, given: np.isin(numbers, given),
    kinds.LESS: lambda numbers, given: numbers < given[0],
    kinds.AT_MOST: lambda numbers, given: numbers <= given[0],
    kinds.MORE: lambda numbers, given: numbers > given[0],
    kinds.AT_LEAST: lambda numbers, given: numbers >= given[0],
    kinds.BETWEEN: lambda numbers, given: (numbers >= given[0]) & (numbers <= given[1]),
}


@dataclass
class Buyers:
    """At the place of a customer's id, as far as it was asked for: how many purchases (TIMES), the days since 1970 of
    the first and the last (FIRST, LAST), and what is left of their amounts in minor units (SPENT). The last place is
    nobody's, as in a mask."""

    numbers: dict[str, Numbers] = field(default_factory=dict)

    @classmethod
    def between(
        cls,
        engine: Engine,
        manifest: SnapshotManifest,
        since: dt.date,
        until: dt.date,
        *,
        as_of: dt.date,
        of: Collection[str] = (TIMES,),
        products: Collection[int] | None = None,
    ) -> Self:
        """Purchases of these days as they are known at the end of `as_of`, with one of the products where such are
        named. Raises NoColumns."""
        counted = cls({name: np.full(1, OF_NOBODY[name]) for name in of})
        for each in purchases_by_file(engine, manifest, since, until, as_of=as_of, whom=ANY, products=products):
            counted._add(each)
        for name, numbers in counted.numbers.items():
            numbers[NOBODY] = OF_NOBODY[name]
        return counted

    @classmethod
    def ever(cls, engine: Engine, manifest: SnapshotManifest, name: str, *, as_of: dt.date) -> Self:
        """One number of all purchases, as it was counted with the snapshot, or else kept for a while. Raises
        NoColumns."""
        # On no later day is more known than on the last one with data.
        day = min(as_of, manifest.latest_date or as_of)
        if day == manifest.latest_date and name != SPENT:
            with suppress(NoColumns):
                return cls({name: _counted_with(manifest, name)})

        def counted() -> Numbers:
            return cls.between(engine, manifest, dt.date.min, day, as_of=day, of=(name,)).numbers[name]

        return cls({name: kept(["buyers", manifest.pk, manifest.created_at, day, name], counted, seconds=KEPT_SECONDS)})

    def _add(self, purchases: Purchases) -> None:
        for name, numbers in self.numbers.items():
            missing = max(int(purchases.ids.max(initial=0)) + 2 - len(numbers), 0)
            if missing:
                missing = max(missing, len(numbers))
                self.numbers[name] = np.pad(numbers, (0, missing), constant_values=OF_NOBODY[name])
            self._add_to(self.numbers[name], name, purchases)

    def _add_to(self, numbers: Numbers, name: str, purchases: Purchases) -> None:
        ids = purchases.ids
        if name == TIMES:
            np.add.at(numbers, ids, np.ones(len(ids), dtype=numbers.dtype))
        elif name == SPENT:
            np.add.at(numbers, ids, purchases.left)
        elif name == FIRST:
            np.minimum.at(numbers, ids, purchases.days.astype(numbers.dtype))
        else:
            np.maximum.at(numbers, ids, purchases.days.astype(numbers.dtype))

    def where(self, name: str, op: str, given: Sequence[Any]) -> Mask:
        """For whom a comparison of `customers.filters.kinds` holds. What is true at the last place is true of whoever
        never bought anything: they did so 0 times, and on no day."""
        numbers = self.numbers[name]
        known = np.ones(len(numbers), dtype=np.bool_) if name == TIMES else numbers != OF_NOBODY[name]
        if op == kinds.EMPTY:
            return ~known
        values = [number_of_day(each) if isinstance(each, dt.date) else each for each in given]
        return known & HOLDS[op](numbers, values)

    def define_new(self, engine: Engine, name: str, mask: Mask, since: dt.date, until: dt.date) -> None:
        """Let later statements select from `name` customer_id and first_date of those of a mask whose first purchase
        lies between two days, both included."""
        first = self.numbers[FIRST]
        ids = np.flatnonzero((first >= number_of_day(since)) & (first <= number_of_day(until)))
        ids = ids[mask.take(ids, mode="clip")]
        select = f"customer_id, DATE '{EPOCH}' + first AS first_date"
        engine.define_numbers(name, {"customer_id": ids, "first": first[ids]}, select)

    def define(self, engine: Engine, name: str, mask: Mask) -> None:
        """Let later statements select from `name` customer_id and the numbers of those of a mask who bought. TIMES is
        among these."""
        ids = np.flatnonzero(self.numbers[TIMES])
        ids = ids[mask.take(ids, mode="clip")]
        columns = {"customer_id": ids, **{each: numbers[ids] for each, numbers in self.numbers.items()}}
        engine.define_numbers(name, columns, ", ".join(columns))


def _counted_with(manifest: SnapshotManifest, name: str) -> Numbers:
    """Raises NoColumns."""
    from analytics.snapshot_sums import read_numbers  # which counts what is named here

    for path in sum_paths(manifest.files):
        return read_numbers(path)[name]
    raise NoColumns(name)


def purchases_by_file(
    engine: Engine,
    manifest: SnapshotManifest,
    since: dt.date,
    until: dt.date,
    *,
    as_of: dt.date,
    whom: Mask = KNOWN,
    products: Collection[int] | None = None,
) -> Iterator[Purchases]:
    """As they are known at the end of `as_of`, of the customers of a mask, with one of the products where such are
    named; what is none is NOBODY's. Raises NoColumns."""
    until = min(until, as_of)
    of_products = None if products is None else _orders_with(manifest, products, since, until)
    refunds = Refunds.of(engine, as_of)
    for rows in numbers_by_file(manifest, Wanted(ORDERS, since, until, _COLUMNS, kinds=("sale",)), whom):
        ids = rows["customer_id"]
        if ids.max(initial=0) >= MOST_IDS - 1:
            raise NoColumns
        purchases = Purchases(ids, rows["ordered_date"], rows["order_id"], rows["total_minor"], refunds)
        ids[refunds.without_money(purchases.orders, purchases.amounts)] = NOBODY
        if of_products is not None:
            ids[~of_products.take(purchases.orders, mode="clip")] = NOBODY
        yield purchases


def _orders_with(manifest: SnapshotManifest, products: Collection[int], since: dt.date, until: dt.date) -> Mask:
    """Those of the days that have a line of one of the products. Raises NoColumns."""
    wanted = Wanted(LINES, since, until, ("order_id",), products=_mask(np.array(sorted(products), dtype=np.int64)))
    found = [rows["order_id"].astype(np.int64) for rows in numbers_by_file(manifest, wanted, ANY)]
    orders = np.concatenate([np.array([], dtype=np.int64), *found])
    return _mask(orders[orders > 0])


def _mask(ids: NDArray[np.int64]) -> Mask:
    mask = mask_of(ids)
    if mask is None:
        raise NoColumns
    return mask


@dataclass(frozen=True)
class Refunds:
    """What was paid back of each order by a day."""

    orders: NDArray[np.int64]
    amounts: NDArray[np.int64]
    mask: Mask | None

    @classmethod
    def of(cls, engine: Engine, as_of: dt.date) -> Self:
        known = f"order_id IS NOT NULL AND refunded_date <= DATE '{as_of}'"
        rows = engine.columns(f"SELECT order_id, COALESCE(total_minor, 0) AS minor FROM refunds WHERE {known}")  # noqa: S608
        orders, places = np.unique(rows["order_id"].astype(np.int64), return_inverse=True)
        amounts = np.zeros(len(orders), dtype=np.int64)
        np.add.at(amounts, places, rows["minor"].astype(np.int64))
        return cls(orders, amounts, mask_of(orders))

    def paid_back(self, orders: Numbers) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
        """Which of these have been paid back in part at least, by their places, and how much of them."""
        asked = np.arange(len(orders)) if self.mask is None else np.flatnonzero(self.mask.take(orders, mode="clip"))
        if not len(asked) or not len(self.orders):
            return asked[:0], np.zeros(0, dtype=np.int64)
        places = np.searchsorted(self.orders, orders[asked].astype(np.int64)).clip(max=len(self.orders) - 1)
        return asked, np.where(self.orders[places] == orders[asked], self.amounts[places], 0)

    def without_money(self, orders: Numbers, amounts: Numbers) -> NDArray[np.intp]:
        """The places of orders of which nothing is left."""
        places, minor = self.paid_back(orders)
        return np.concatenate([np.flatnonzero(amounts <= 0), places[amounts[places] <= minor]])

    def left_of(self, orders: Numbers, amounts: Numbers) -> NDArray[np.int64]:
        """The amounts of orders less what was paid back of these."""
        left = amounts.astype(np.int64)
        places, minor = self.paid_back(orders)
        left[places] -= minor
        return left


@dataclass(frozen=True, eq=False)
class Purchases:
    """Sales of a file: whose (NOBODY's, where nothing is left of one), and on which days since 1970."""

    ids: Numbers
    days: Numbers
    orders: Numbers
    amounts: Numbers
    refunds: Refunds

    @property
    def left(self) -> NDArray[np.int64]:
        """What is left of their amounts."""
        return self.refunds.left_of(self.orders, self.amounts)
