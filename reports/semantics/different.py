"""How many different customers there are in each period, counted file by file."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from analytics.snapshot_columns import MOST_IDS, Mask, NoColumns, Numbers

# Periods that may be open at once, at a byte for each customer.
MOST_OPEN = 64


class DifferentCustomers:
    """`group_of`: the number of a group at the place of each id, the last place being that of larger ones. Files come
    in the order of their months: a period is counted when they have left it behind."""

    def __init__(self, periods: int, group_of: NDArray[np.signedinteger[Any]], groups: int) -> None:
        self._group_of, self._groups = group_of, groups
        self._counts = np.zeros((periods, groups), dtype=np.int64)
        self._open: dict[int, Mask] = {}
        self._counted_until = 0

    def add(self, ids: Numbers, periods: NDArray[np.signedinteger[Any]]) -> None:
        """Of a file, whose customer did something in which period; nobody has the id 0. Raises NoColumns."""
        if not len(ids):
            return
        first, last = int(periods.min()), int(periods.max())
        for period in [each for each in self._open if each < first]:
            self._count(period)
        if first < self._counted_until:
            raise NoColumns
        for period in range(first, last + 1):
            who = ids if first == last else ids[periods == period]
            if len(who):
                self._seen(period, int(who.max()))[who] = True

    def counts(self) -> NDArray[np.int64]:
        """Of each period and group."""
        for period in list(self._open):
            self._count(period)
        return self._counts

    def _seen(self, period: int, last_id: int) -> Mask:
        seen = self._open.get(period, np.zeros(0, dtype=np.bool_))
        if last_id >= len(seen):
            if last_id >= MOST_IDS or len(self._open) >= MOST_OPEN:
                raise NoColumns
            self._open[period] = seen = np.pad(seen, (0, max(last_id + 1 - len(seen), len(seen))))
        return seen

    def _count(self, period: int) -> None:
        who = np.flatnonzero(self._open.pop(period)[1:]) + 1
        self._counts[period] += np.bincount(self._group_of.take(who, mode="clip"), minlength=self._groups)
        self._counted_until = max(self._counted_until, period + 1)
