"""Which segment each customer was put into by a run: a byte at the place of each id, kept for a while.

A million rows of a run take PostgreSQL a tenth of a second, and the twelve runs of a chart a second and more for each
filter that somebody tries.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from django.core.cache import cache
from django.db import transaction
from numpy.typing import NDArray
from redis.exceptions import RedisError

from analytics.many_ids import IdArray, numbers_by_text
from analytics.models import Run
from analytics.snapshot_columns import MOST_IDS
from core.keeping import kept

SCORED = "SELECT segment, customer_id FROM analytics_rfm WHERE run_id = %s"
KEPT_SECONDS = 3600
# What is kept was read since this was last changed.
_CHANGED = "analytics:segments-changed"


@dataclass(frozen=True, eq=False)
class SegmentColumn:
    """`numbers`: from 1 on, which of the codes; 0 is none. Of the customers at their places, the last one being that of
    larger ids, or else of `ids`, in their order."""

    codes: Sequence[str]
    numbers: NDArray[np.int16]
    ids: IdArray | None = None

    def of(self, ids: IdArray) -> NDArray[np.int16]:
        if self.ids is None:
            return self.numbers.take(ids, mode="clip")
        if not len(self.ids):
            return np.zeros(len(ids), dtype=np.int16)
        places = np.searchsorted(self.ids, ids).clip(max=len(self.ids) - 1)
        return np.where(self.ids[places] == ids, self.numbers[places], np.int16(0))


def segments_of(run: Run) -> SegmentColumn:
    """Of the customers whose rows a run of scores has."""
    asked = ["segments", run.pk, run.finished_at, run.refreshed_at, _last_change()]
    codes, numbers, ids = kept(asked, lambda: _read(run.pk), seconds=KEPT_SECONDS)
    return SegmentColumn(codes, numbers, ids)


def forget_on_commit() -> None:
    """Rows have been taken out of runs: they are read again."""
    transaction.on_commit(_forget)


def _forget() -> None:
    with suppress(RedisError):
        cache.set(_CHANGED, uuid.uuid4().hex, None)


def _last_change() -> str:
    try:
        return str(cache.get(_CHANGED, ""))
    except RedisError:
        return ""


def _read(run_id: int) -> tuple[list[str], NDArray[np.int16], IdArray | None]:
    found = numbers_by_text(SCORED, [run_id])
    ids = np.concatenate([*found.values(), np.zeros(0, dtype=np.int64)])
    numbers = np.repeat(np.arange(1, len(found) + 1, dtype=np.int16), [len(each) for each in found.values()])
    if ids.min(initial=0) < 0 or ids.max(initial=0) >= MOST_IDS:
        order = np.argsort(ids, kind="stable")
        return list(found), numbers[order], ids[order]
    at_ids = np.zeros(int(ids.max(initial=0)) + 2, dtype=np.int16)
    at_ids[ids] = numbers
    return list(found), at_ids, None
