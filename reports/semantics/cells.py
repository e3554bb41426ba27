"""Facts of the chosen, added up by what they are divided by, out of the columns beside the files.

A cell looks like a fact, so that the same statements ask either: the engine adds up a few thousand cells instead of
millions of facts. The day of a cell is one of its period, and its customer one of those who are alike in all that is
asked of them.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics.engine import Engine
from analytics.snapshot_columns import (
    ANY,
    EPOCH,
    MOST_IDS,
    Mask,
    NoColumns,
    Part,
    Wanted,
    mask_of,
    number_of_day,
    numbers_by_file,
    parts_by_file,
)
from analytics.snapshot_tables import EVENTS, LINES, ORDERS
from customers.models import Event
from reports.semantics.different import DifferentCustomers
from reports.semantics.facts import AskedFacts
from reports.semantics.subjects import SALE, Subject, with_category

Places = NDArray[np.signedinteger[Any]]

CELLS = "cells"
# There is a number for each of them and each sum.
MOST_CELLS = 4_000_000
# Beyond it sums of eight bytes might not be right.
MOST_SUM = 9e18
TIMES, BUYERS, REFUNDED, WITH_COST = "times", "buyers", "refunded_minor", "amount_with_cost"
_DAY = f"DATE '{EPOCH}' + CAST(day AS INTEGER) AS day"
_DECIMAL = "CAST({name} AS DECIMAL(28, 0)) * CAST(0.000001 AS DECIMAL(7, 6))"
_DECIMALS = {"quantity", "amount", "cost", WITH_COST}
PRODUCTS = {"product_id", "category_id"}
_SUMS = {
    Subject.SALES: {"orders", "gross_minor", REFUNDED, BUYERS},
    Subject.LINES: {*_DECIMALS, TIMES, BUYERS},
    Subject.EVENTS: {TIMES},
}
_TABLES = {Subject.SALES: ORDERS, Subject.LINES: LINES, Subject.EVENTS: EVENTS}
# What columns of a subject are called where they are kept.
_KEPT_AS = {"orders": TIMES, "gross_minor": "total_minor"}
_REFUNDS = """
    UNION ALL
    SELECT refunded_date, customer_id, {columns}
    FROM refunds WHERE refunded_date BETWEEN $since AND $until AND {chosen}
"""


@dataclass(frozen=True)
class Alike:
    """Customers who are the same in all that is asked: a number at the place of each id, the last place being that of
    larger ones; and the id of one of them for each number, 0 where nothing is known of them."""

    number_of: Places
    one_of: Places

    @classmethod
    def by(cls, engine: Engine, values: str) -> Alike:
        """`values`: as of a division. Raises NoColumns."""
        if not values:
            return cls(np.zeros(1, dtype=np.int32), np.zeros(1, dtype=np.int64))
        engine.define("valued", values)
        rows = engine.columns(
            "SELECT v.customer_id, g.example FROM valued AS v JOIN"
            " (SELECT one, other, MIN(customer_id) AS example FROM valued GROUP BY one, other) AS g"
            " ON g.one IS NOT DISTINCT FROM v.one AND g.other IS NOT DISTINCT FROM v.other"
        )
        ids, examples = rows["customer_id"].astype(np.int64), rows["example"].astype(np.int64)
        if len(ids) and (ids.min() < 1 or ids.max() >= MOST_IDS):
            raise NoColumns
        one_of = np.unique(np.append(examples, 0))
        numbers = np.zeros(int(ids.max(initial=0)) + 2, dtype=np.int32)
        numbers[one_of] = np.arange(len(one_of))
        numbers[ids] = numbers[examples]
        return cls(numbers, one_of)


@dataclass(frozen=True)
class Division:
    """By what facts of these days are divided. starts: the first days of the periods; none: all days are one. values: a
    statement for customer_id, one and other, which are asked of customers."""

    since: dt.date
    until: dt.date
    starts: Sequence[dt.date] = ()
    values: str = ""
    by_product: bool = False

    @property
    def first_days(self) -> Places:
        """Of each period the first one that is asked for, in days since 1970."""
        days = [max(number_of_day(day), number_of_day(self.since)) for day in self.starts or [self.since]]
        return np.array(days, dtype=np.int64)

    @property
    def period_of(self) -> Places:
        """Of each day."""
        days = np.arange(number_of_day(self.since), number_of_day(self.until) + 1)
        return np.searchsorted(self.first_days, days, side="right") - 1


def cells_of(asked: AskedFacts, subject: Subject, division: Division, names: Collection[str]) -> str:
    """A statement for the facts of a subject in cells: day, customer_id, those of `names`, and their count as
    `orders` or `times`. `$since` and `$until` in it are the days. Raises NoColumns."""
    if subject not in _SUMS or not set(names) <= _SUMS[subject] | PRODUCTS | {"event"}:
        raise NoColumns
    sums = sorted(set(names) & _SUMS[subject] | {"orders" if subject == Subject.SALES else TIMES})
    kept = {name: _KEPT_AS.get(name, name) for name in sums if name != REFUNDED}
    _define_cells(asked, subject, division, {*kept.values()})
    made = {name: _DECIMAL.format(name=name) if name in _DECIMALS else kept.get(name, "0") for name in sums}
    columns = [_DAY, "NULLIF(customer_id, 0) AS customer_id", *(f"{value} AS {name}" for name, value in made.items())]
    if subject != Subject.SALES:
        columns += ["NULLIF(product_id, 0) AS product_id", "CAST(event AS VARCHAR) AS event"]
    select = f"SELECT {', '.join(columns)} FROM {CELLS}"  # noqa: S608 - names of ours
    if subject == Subject.SALES:
        of_refunds = ", ".join("total_minor" if name == REFUNDED else "0" for name in sums)
        return select + _REFUNDS.format(columns=of_refunds, chosen=asked.chosen("customer_id"))
    return with_category(select) if "category_id" in names else select


def _define_cells(asked: AskedFacts, subject: Subject, division: Division, sums: set[str]) -> None:
    table, whom = _TABLES[subject], asked.whom
    columns = {"customer_id", table.day} | (sums & {"total_minor", *_DECIMALS} - {WITH_COST})
    columns |= {"product_id"} if division.by_product else set()
    columns |= {Subject.SALES: set(), Subject.LINES: {"order_id"}, Subject.EVENTS: {"kind"}}[subject]
    columns |= {"amount", "cost"} if WITH_COST in sums else set()
    kinds = (SALE,) if subject == Subject.SALES else ()
    wanted = Wanted(table, division.since, division.until, sorted(columns), kinds=kinds)
    no_sales = _no_sales(asked, division) if subject == Subject.LINES else None
    cells = _Cells(asked.engine, wanted, division, sums)
    for part in parts_by_file(asked.manifest, wanted, whom):
        cells.add(part if no_sales is None else part.where(~no_sales.take(part.numbers["order_id"], mode="clip")))
    cells.define(asked.engine)


def _no_sales(asked: AskedFacts, division: Division) -> Mask:
    """Orders of the days that are none: their lines count for nothing."""
    wanted = Wanted(ORDERS, division.since, division.until, ("order_id",), but_kinds=(SALE,))
    found = [rows["order_id"].astype(np.int64) for rows in numbers_by_file(asked.manifest, wanted, ANY)]
    mask = mask_of(np.concatenate([np.zeros(0, dtype=np.int64), *found]))
    if mask is None:
        raise NoColumns
    return mask


class _Cells:
    def __init__(self, engine: Engine, wanted: Wanted, division: Division, sums: set[str]) -> None:
        self._day, self._division, self._alike = wanted.table.day, division, Alike.by(engine, division.values)
        self._period_of = division.period_of
        self._products = _ids_of_products(engine) if division.by_product else np.zeros(1, dtype=np.int64)
        self._place_of_product = _places_at(self._products)
        self._events = [*Event.Kind.values] if wanted.table is EVENTS else [""]
        self._shape = (
            len(division.first_days), len(self._alike.one_of), len(self._products), len(self._events)
        )  # fmt: skip
        self._size = math.prod(self._shape)
        if self._size > MOST_CELLS:
            raise NoColumns
        self._sums = {name: np.zeros(self._size, dtype=np.int64) for name in {*sums, TIMES} - {BUYERS}}
        self._most = dict.fromkeys(self._sums, 0.0)
        self._buyers: DifferentCustomers | None = None
        if BUYERS in sums:
            if len(self._products) > 1:
                raise NoColumns  # whoever buys two products of a category is one buyer of it
            self._buyers = DifferentCustomers(self._shape[0], self._alike.number_of, self._shape[1])

    def add(self, part: Part) -> None:
        """The facts of a file."""
        rows = part.numbers
        if rows["customer_id"].max(initial=0) >= MOST_IDS - 1:
            raise NoColumns
        periods = self._period_of[rows[self._day].astype(np.int64) - number_of_day(self._division.since)]
        places = self._places(part, periods)
        self._sums[TIMES] += np.bincount(places, minlength=self._size)
        for name in self._sums.keys() - {TIMES}:
            values = rows["amount" if name == WITH_COST else name].astype(np.int64)
            self._most[name] += float(np.abs(values).sum(dtype=np.float64))
            if self._most[name] > MOST_SUM:
                raise NoColumns
            np.add.at(self._sums[name], places, values * rows["has_cost"] if name == WITH_COST else values)
        if self._buyers:
            self._buyers.add(rows["customer_id"], periods)

    def define(self, engine: Engine) -> None:
        """Let later statements select those with a fact in them from CELLS."""
        places = np.flatnonzero(self._sums[TIMES])
        periods, alike, products, events = np.unravel_index(places, self._shape)
        columns = {
            "day": self._division.first_days[periods],
            "customer_id": self._alike.one_of[alike],
            "product_id": self._products[products],
            "event": pd.Categorical.from_codes(events, categories=pd.Index(self._events)),
            **{name: sums[places] for name, sums in self._sums.items()},
        }
        if self._buyers:
            columns[BUYERS] = self._buyers.counts().ravel()[places]
        engine.define_numbers(CELLS, columns, "*")

    def _places(self, part: Part, periods: Places) -> Places:
        rows, places = part.numbers, periods
        _periods, alike, products, events = self._shape
        if alike > 1:
            places = places * alike + self._alike.number_of.take(rows["customer_id"], mode="clip")
        if products > 1:
            numbers = self._place_of_product.take(rows["product_id"], mode="clip")
            if numbers.min(initial=0) < 0:
                raise NoColumns
            places = places * products + numbers
        if events > 1:
            known = {kind: place for place, kind in enumerate(self._events)}
            numbers = np.array([known.get(text, -1) for text in part.texts["kind"]], dtype=np.int64)
            if numbers.min(initial=0) < 0:
                raise NoColumns
            places = places * events + numbers[rows["kind"]]
        return places


def _ids_of_products(engine: Engine) -> Places:
    """In order, after the one that is not known."""
    ids = np.unique(np.append(engine.columns("SELECT product_id FROM products")["product_id"].astype(np.int64), 0))
    if ids[0] < 0 or ids[-1] >= MOST_IDS:
        raise NoColumns
    return ids


def _places_at(ids: Places) -> Places:
    """The place of each id among them; -1 of all others, and of larger ones at the last place."""
    places = np.full(int(ids[-1]) + 2, -1, dtype=np.int32)
    places[ids] = np.arange(len(ids))
    return places
