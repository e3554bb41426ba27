"""What chosen customers did, counted file by file out of the columns beside the facts, at the places of their ids.

Each says the same as the statement of `reports.behaviour_frames` that is named with it, in a third of the time: of
nearly everybody these group ten million events by a million customers. Raises NoColumns where they are to be asked.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics.models import SnapshotManifest
from analytics.snapshot_columns import EPOCH, NO_SECOND, Mask, NoColumns, Numbers, Wanted, numbers_by_file
from analytics.snapshot_tables import EVENTS, ORDERS, FactTable
from reports.charts.paths import STEPS
from reports.semantics.subjects import SALE

_NEVER = np.iinfo(np.int64).max
_DAY = 86_400
_DEPTH_BITS = 3
_MEASURED = {"visits": (EVENTS, "visit"), "clicks": (EVENTS, "click"), "purchases": (ORDERS, SALE)}


class Deeds:
    """Of the customers of a mask, from day to day, both included. `midnights`: where each of the days begins, in the
    seconds that facts count of it."""

    def __init__(self, manifest: SnapshotManifest, mask: Mask, since: dt.date, until: dt.date) -> None:
        self._manifest, self._mask, self._since, self._until = manifest, mask, since, until

    def came(self) -> Mask:
        """As the first step of WHO_REACHED."""
        return self._who_did(EVENTS, ("visit", "click", "view"))

    def who_reached(self, midnights: Numbers) -> Iterator[tuple[str, Mask]]:
        """As the further steps, one by one: the rows of a later one are read when it is asked for."""
        viewed_at, carted_at = (np.full(len(self._mask), _NEVER) for _ in range(2))
        bought = np.zeros(len(self._mask), dtype=np.bool_)
        for rows in self._rows(EVENTS, ("view",), ("second",)):
            np.minimum.at(viewed_at, rows["customer_id"], self._moments(rows, midnights)[0])
        yield "viewed", viewed_at < _NEVER
        for rows in self._rows(EVENTS, ("add_to_cart",), ("second",)):
            ids, (moments, latest) = rows["customer_id"], self._moments(rows, midnights)
            is_after = latest >= viewed_at[ids]
            np.minimum.at(carted_at, ids[is_after], moments[is_after])
        yield "carted", carted_at < _NEVER
        for rows in self._rows(ORDERS, (SALE,), ("second",)):
            ids, (_, latest) = rows["customer_id"], self._moments(rows, midnights)
            bought[ids[latest >= carted_at[ids]]] = True
        yield "bought", bought

    def by_day(self) -> pd.DataFrame:
        """As the deeds of OVER_TIME, summed up: day, measure, value."""
        frames = []
        for measure, (table, kind) in _MEASURED.items():
            counts = np.zeros((self._until - self._since).days + 1, dtype=np.int64)
            for rows in self._rows(table, (kind,), ()):
                counts += np.bincount(self._places(rows), minlength=len(counts))
            days = pd.to_datetime(self._since) + pd.to_timedelta(np.flatnonzero(counts), unit="D")
            frames.append(pd.DataFrame({"day": days, "measure": measure, "value": counts[counts > 0]}))
        return pd.concat(frames, ignore_index=True)

    def active(self, kinds: Collection[str]) -> Mask:
        """As ACTIVE: who did any of these, or bought."""
        return self._who_did(EVENTS, kinds) | self._who_did(ORDERS, (SALE,))

    def times_of(self, measure: str) -> Numbers:
        """As DEEDS: how often each did what is measured."""
        table, kind = _MEASURED[measure]
        times = np.zeros(len(self._mask), dtype=np.int32)
        for rows in self._rows(table, (kind,), ()):
            ids = rows["customer_id"]
            np.add.at(times, ids, np.ones(len(ids), dtype=times.dtype))
        return times

    def per_customer(self, kinds: Collection[str]) -> pd.DataFrame:
        """As PER_CUSTOMER: measure, value, customers."""
        active, frames = self.active(kinds), []
        for measure in sorted(_MEASURED):
            customers = np.bincount(self.times_of(measure)[active])
            value = np.flatnonzero(customers)
            frames.append(pd.DataFrame({"measure": measure, "value": value, "customers": customers[value]}))
        return pd.concat(frames, ignore_index=True)

    def paths(self, midnights: Numbers, depths: Mapping[str, int], *, bought: int) -> pd.DataFrame:
        """As PATHS: the first steps (0: none further), customers."""
        all_ids, all_keys = [], []  # keys are in the order of moments and depths
        for kind, depth in depths.items():
            for rows in self._rows(EVENTS, (kind,), ("second",)):
                all_ids.append(rows["customer_id"])
                all_keys.append(self._moments(rows, midnights)[0] << _DEPTH_BITS | depth)
        for rows in self._rows(ORDERS, (SALE,), ("second",)):
            all_ids.append(rows["customer_id"])
            all_keys.append(self._moments(rows, midnights)[1] << _DEPTH_BITS | bought)
        ids, keys = (np.concatenate(each) if each else np.zeros(0, dtype=np.int64) for each in (all_ids, all_keys))
        steps = list(_first_steps(ids, keys, len(self._mask)))
        base = 1 << _DEPTH_BITS
        counts = np.bincount(sum(step * base**place for place, step in enumerate(steps)))
        counts[:1] = 0  # who did nothing
        codes = np.flatnonzero(counts)
        found = pd.DataFrame({name: codes // base**place % base for place, name in enumerate(STEPS)})
        found["customers"] = counts[codes]
        last = found[list(STEPS)].replace(0, base).assign(most=-found["customers"])
        return found.loc[last.sort_values(["most", *STEPS]).index].reset_index(drop=True)

    def _who_did(self, table: FactTable, kinds: Collection[str]) -> Mask:
        seen = np.zeros(len(self._mask), dtype=np.bool_)
        for rows in self._rows(table, kinds, ()):
            seen[rows["customer_id"]] = True
        return seen

    def _rows(self, table: FactTable, kinds: Collection[str], columns: Collection[str]) -> Iterator[dict[str, Numbers]]:
        wanted = Wanted(table, self._since, self._until, ("customer_id", table.day, *columns), kinds=kinds)
        for rows in numbers_by_file(self._manifest, wanted, self._mask):
            if rows["customer_id"].max(initial=0) >= len(self._mask) - 1:
                raise NoColumns
            rows["day"] = rows[table.day]
            yield rows

    def _places(self, rows: dict[str, Numbers]) -> NDArray[np.int64]:
        return rows["day"].astype(np.int64) - (self._since - EPOCH).days

    def _moments(self, rows: dict[str, Numbers], midnights: Numbers) -> tuple[Numbers, Numbers]:
        """AT and AT_LATEST."""
        days, seconds = rows["day"].astype(np.int64), rows["second"].astype(np.int64)
        is_unknown = seconds == NO_SECOND
        moments = days * _DAY + np.where(is_unknown, 0, seconds)
        is_of_day = is_unknown | (seconds == midnights[days - (self._since - EPOCH).days])
        return moments, moments + np.where(is_of_day, _DAY - 1, 0)


def _first_steps(ids: Numbers, keys: Numbers, places: int) -> Iterator[NDArray[np.int64]]:
    """The depth of each one's next step: of the first deed that comes after the last step and is of another depth."""
    depth_of = (1 << _DEPTH_BITS) - 1
    at = np.full(places, -1)
    for _step in STEPS:
        is_after = keys > at[ids]
        ids, keys = ids[is_after], keys[is_after]
        is_other = (keys & depth_of) != (at[ids] & depth_of)
        found = np.full(places, _NEVER)
        np.minimum.at(found, ids[is_other], keys[is_other])
        at = found
        yield np.where(at < _NEVER, at & depth_of, 0)
