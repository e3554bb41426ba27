"""What is asked of all facts of a snapshot at once, counted when it is taken: when each customer bought first and last
and how often, by which channels they ordered, and which orders are no purchases.

To count ten million orders takes half a second, which no page has. As with columns, these files live and go with the
snapshot.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from analytics.buyer_columns import FIRST, LAST, OF_NOBODY, TIMES
from analytics.column_files import ALIGNED, write_body, write_head
from analytics.engine import Engine
from analytics.mapped_columns import MappedColumns, mapped
from analytics.models import SnapshotManifest
from analytics.snapshot_columns import EPOCH, MOST_IDS, Mask, NoColumns, Numbers, mask_of
from analytics.snapshot_files import SUMS, WHOLE, MonthFiles, into_place, paths, sum_paths
from analytics.snapshot_tables import CUSTOMER_DIM, LINES, ORDERS, REFUNDS

# At the place of a customer's id: FIRST, LAST and TIMES as `Buyers` have them; the last day of any sale or refund; and
# a bit for each of the channels, which are no more than there are bits.
LATEST, CHANNELS, CHANNEL_NAMES = "latest", "channels", "channel_names"
MOST_CHANNELS = 63
# Of each file, one after the other, the rows that are of no purchase, and where those of the next file begin.
NO_PURCHASES, LINES_OF_NONE = "no_purchases", "lines_of_none"
ENDS = "{}_end"
LAST_ORDER = "last_order"

MADE_OF = (ORDERS, LINES, REFUNDS, CUSTOMER_DIM)

_REFUNDS = f"""
    SELECT order_id, CAST(SUM(COALESCE(total_minor, 0)) AS BIGINT) AS minor,
        CAST(MAX(refunded_date) - DATE '{EPOCH}' AS INTEGER) AS day
    FROM refunds WHERE order_id IS NOT NULL GROUP BY order_id ORDER BY order_id
"""  # noqa: S608 - a constant


def write_sums(
    engine: Engine, manifest: SnapshotManifest, base: SnapshotManifest | None, *, building: Path, suffix: str
) -> MonthFiles:
    """Their files by name, or those of the base where nothing of it has changed; none where a number does not fit.

    engine: over the tables of `MADE_OF`.
    """
    if base is not None and all(base.files.get(table.name) == manifest.files[table.name] for table in MADE_OF):
        kept: MonthFiles = base.files.get(SUMS, {})
        if kept and all(path.exists() for path in sum_paths(base.files)):
            return kept
    try:
        sums = _counted(engine, manifest)
    except NoColumns:
        return {}
    fresh = building / SUMS
    write_numbers(sums, fresh)
    return {WHOLE: [into_place(fresh, f"{SUMS}/all-{suffix}.numbers")]}


def write_numbers(sums: Mapping[str, NDArray[Any]], path: Path) -> None:
    """A line that says what follows, then one after the other."""
    told: dict[str, dict[str, Any]] = {}
    size = 0
    for name, numbers in sums.items():
        size += -size % ALIGNED
        told[name] = {"type": numbers.dtype.str, "at": size, "count": len(numbers)}
        size += numbers.nbytes
    with path.open("wb") as out:
        write_head(out, {"size": size, "numbers": told})
        begin = out.tell()
        for name, numbers in sums.items():
            out.write(bytes(begin + told[name]["at"] - out.tell()))
            write_body(out, numbers)


def read_numbers(path: Path, *, mode: Literal["r", "r+"] = "r") -> dict[str, NDArray[Any]]:
    """As they lie on the disk; where they may be changed, that is where. Raises NoColumns where they are not there, or
    are not whole."""
    told, body = mapped(path, mode=mode)
    return {
        name: body[each["at"] : each["at"] + each["count"] * np.dtype(each["type"]).itemsize].view(each["type"])
        for name, each in told["numbers"].items()
    }


def _counted(engine: Engine, manifest: SnapshotManifest) -> dict[str, NDArray[Any]]:
    [(last_customer,)] = engine.rows("SELECT COALESCE(max(customer_id), 0) FROM customer_dim")
    if last_customer >= MOST_IDS - 1:
        raise NoColumns
    counted = _Counting(last_customer + 2, _Refunds(**engine.columns(_REFUNDS)))
    for file in paths(manifest.files, ORDERS):
        counted.add(MappedColumns.beside(file))
    is_none = mask_of(np.concatenate([np.array([], dtype=np.int64), *counted.orders_of_none]))
    if is_none is None:
        raise NoColumns
    lines = [
        np.flatnonzero(is_none.take(MappedColumns.beside(file).of("order_id"), mode="clip"))
        for file in paths(manifest.files, LINES)
    ]
    return {
        **counted.numbers,
        **counted.channels(),
        **_by_file(NO_PURCHASES, counted.no_purchases),
        **_by_file(LINES_OF_NONE, lines),
        LAST_ORDER: np.array([counted.last_order]),
    }


def _by_file(name: str, rows: list[NDArray[np.intp]]) -> dict[str, NDArray[Any]]:
    ends = np.cumsum([0, *map(len, rows)])
    return {name: np.concatenate([np.array([], dtype=np.intp), *rows]).astype(np.int32), ENDS.format(name): ends}


@dataclass(frozen=True, eq=False)
class _Refunds:
    """By order, in their order: how much was paid back, and when for the last time."""

    order_id: NDArray[np.int64]
    minor: NDArray[np.int64]
    day: NDArray[np.int32]

    def of(self, orders: Numbers) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Places of those of the orders of which something was paid back, and where it stands here."""
        if not len(self.order_id):
            return np.array([], dtype=np.intp), np.array([], dtype=np.intp)
        found = np.searchsorted(self.order_id, orders.astype(np.int64)).clip(max=len(self.order_id) - 1)
        are = np.flatnonzero(self.order_id[found] == orders)
        return are, found[are]


@dataclass(eq=False)
class _Counting:
    size: int
    refunds: _Refunds
    numbers: dict[str, Numbers] = field(init=False)
    no_purchases: list[NDArray[np.intp]] = field(default_factory=list)
    orders_of_none: list[NDArray[np.int64]] = field(default_factory=list)
    last_order: int = 0
    _by_channel: dict[str, Mask] = field(default_factory=dict)

    def __post_init__(self) -> None:
        of_nobody = {FIRST: OF_NOBODY[FIRST], LAST: OF_NOBODY[LAST], TIMES: OF_NOBODY[TIMES], LATEST: OF_NOBODY[LAST]}
        self.numbers = {name: np.full(self.size, number) for name, number in of_nobody.items()}

    def add(self, rows: MappedColumns) -> None:
        orders, customers = rows.of("order_id"), rows.places("customer_id")
        days, left = rows.of("ordered_date").astype(np.int32), rows.of("total_minor").astype(np.int64)
        are_sales = rows.have("kind", "sale") & (customers > 0)
        paid_back, found = self.refunds.of(orders)
        left[paid_back] -= self.refunds.minor[found]
        are_purchases = are_sales & (left > 0)
        self._add_channels(rows, customers, are_sales)
        np.maximum.at(self.numbers[LATEST], customers[are_sales], days[are_sales])
        np.maximum.at(self.numbers[LATEST], customers[paid_back], self.refunds.day[found].astype(np.int32))
        buyers, of_purchases = customers[are_purchases], days[are_purchases]
        np.minimum.at(self.numbers[FIRST], buyers, of_purchases)
        np.maximum.at(self.numbers[LAST], buyers, of_purchases)
        np.add.at(self.numbers[TIMES], buyers, np.int32(1))
        none = np.flatnonzero(~are_purchases)
        self.no_purchases.append(none)
        self.orders_of_none.append(orders[none].astype(np.int64))
        self.last_order = max(self.last_order, int(orders.max(initial=0)))

    def _add_channels(self, rows: MappedColumns, customers: NDArray[np.intp], are_sales: Mask) -> None:
        for name in rows.texts("channel"):
            if name and len(self._by_channel) <= MOST_CHANNELS:
                seen = self._by_channel.setdefault(name, np.zeros(self.size, dtype=np.bool_))
                seen[customers[are_sales & rows.have("channel", name)]] = True

    def channels(self) -> dict[str, NDArray[Any]]:
        """Nothing where they are too many."""
        if len(self._by_channel) > MOST_CHANNELS:
            return {}
        names = sorted(self._by_channel)
        kind = np.min_scalar_type(1 << len(names))
        bits = np.zeros(self.size, dtype=kind)
        for place, name in enumerate(names):
            bits |= self._by_channel[name].astype(kind) << kind.type(place)
        return {CHANNELS: bits, CHANNEL_NAMES: np.array(names, dtype=np.str_)}
