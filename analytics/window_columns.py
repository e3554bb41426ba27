"""Who bought in a window, on how many days and for how much, counted out of the columns beside the facts.

The same as `features/customer_purchases.sql` says of a window, in a part of the time and the memory: for what somebody
tries out and looks at before it is saved.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analytics.buyer_columns import Refunds
from analytics.engine import Engine
from analytics.features import Facts
from analytics.models import SnapshotManifest
from analytics.snapshot_columns import EPOCH, NoColumns, Wanted, mask_of, numbers_by_file
from analytics.snapshot_tables import ORDERS

IntArray = NDArray[np.int64]

_COLUMNS = ("order_id", "customer_id", "ordered_date", "total_minor")
_NEVER = np.iinfo(np.int32).min
_PAID_BACK = """
    SELECT customer_id, CAST(SUM(total_minor) AS BIGINT) AS refunded_minor
    FROM refunds
    WHERE order_id IS NULL AND customer_id IS NOT NULL AND refunded_date >= $since AND refunded_date <= $as_of
    GROUP BY customer_id
"""


@dataclass(frozen=True, eq=False)
class Bought:
    """Of each customer with a purchase in the window: days since the last one, days with one, and minor units less
    refunds; each of shape (n,), in the order of the customers' ids."""

    recency: IntArray
    frequency: IntArray
    monetary: IntArray


def bought_since(engine: Engine, manifest: SnapshotManifest, since: dt.date, *, as_of: dt.date) -> Bought:
    """From that day until `as_of`, by those who may be analysed. engine: over the facts of the manifest.

    Raises NoColumns.
    """
    known = mask_of(Facts(engine, as_of=as_of).customer_ids())
    if known is None:
        raise NoColumns
    refunds = Refunds.of(engine, as_of)
    days, minor = _Days(len(known)), np.zeros(len(known), dtype=np.int64)
    for rows in numbers_by_file(manifest, Wanted(ORDERS, since, as_of, _COLUMNS, kinds=("sale",)), known):
        ids = rows["customer_id"].astype(np.intp)
        left = refunds.left_of(rows["order_id"], rows["total_minor"])
        np.add.at(minor, ids, left)
        # A purchase is a sale of which anything is left.
        days.add(ids[left > 0], rows["ordered_date"][left > 0].astype(np.int32))
    # What was paid back without naming an order.
    unattached = engine.frame(_PAID_BACK, {"since": since, "as_of": as_of})
    places = unattached["customer_id"].to_numpy(dtype=np.int64).clip(0, len(known) - 1)
    np.subtract.at(minor, places, unattached["refunded_minor"].to_numpy(dtype=np.int64))
    ids = np.flatnonzero(days.counted())
    return Bought((as_of - EPOCH).days - days.last[ids].astype(np.int64), days.count[ids], minor[ids])


class _Days:
    """At the place of a customer's id: how many different days, and the last, in days since 1970."""

    def __init__(self, size: int) -> None:
        self.count = np.zeros(size, dtype=np.int64)
        self.last = np.full(size, _NEVER, dtype=np.int32)
        self._waiting: list[tuple[NDArray[np.intp], NDArray[np.int32]]] = []
        self._until = _NEVER

    def add(self, ids: NDArray[np.intp], days: NDArray[np.int32]) -> None:
        """Those of a file. A month may have several, one after the other, and a day in each of them counts once."""
        if not len(days):
            return
        if days.min() > self._until:
            self.counted()
        self._waiting.append((ids, days))
        self._until = max(self._until, int(days.max()))
        np.maximum.at(self.last, ids, days)

    def counted(self) -> IntArray:
        """How many, with those of the last file."""
        if self._waiting:
            ids, days = (np.concatenate(each) for each in zip(*self._waiting, strict=True))
            span = int(days.max()) - int(days.min()) + 1
            different = np.unique(ids.astype(np.int64) * span + (days - days.min()))
            self.count += np.bincount(different // span, minlength=len(self.count))
            self._waiting.clear()
        return self.count
