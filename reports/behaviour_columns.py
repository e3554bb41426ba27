"""What chosen customers did, counted file by file out of the columns beside the facts, at the places of their ids.

Each says the same as the statement of `reports.behaviour_frames` that is named with it, in a third of the time: of
nearly everybody these group ten million events by a million customers. Raises NoColumns where they are to be asked.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics.buyer_columns import NOBODY
from analytics.models import SnapshotManifest
from analytics.snapshot_columns import ANY, EPOCH, NO_SECOND, Mask, NoColumns, Numbers, Wanted, parts_by_file
from analytics.snapshot_tables import EVENTS, ORDERS, FactTable
from reports.charts.paths import STEPS
from reports.semantics.subjects import SALE

_NEVER = np.iinfo(np.int64).max
_DAY = 86_400
_DEPTH_BITS = 3
_NONE = np.zeros(0, dtype=np.int64)
VIEW, CART = "view", "add_to_cart"
CAME = ("visit", "click", VIEW)
_MEASURED_IN = ((EVENTS, {"visits": "visit", "clicks": "click"}), (ORDERS, {"purchases": SALE}))


class Deeds:
    """Of the customers of a mask, from day to day, both included. `midnights`: where each of the days begins, in the
    seconds that facts count of it."""

    def __init__(self, manifest: SnapshotManifest, mask: Mask, since: dt.date, until: dt.date) -> None:
        self._manifest, self._mask, self._since, self._until = manifest, mask, since, until

    def came(self) -> Mask:
        """As the first step of WHO_REACHED."""
        return self._who_did(EVENTS, CAME)

    def who_reached(self, midnights: Numbers) -> Iterator[tuple[str, Mask]]:
        """As all steps, one by one: what a later one takes is done when it is asked for."""
        came = np.zeros(len(self._mask), dtype=np.bool_)
        viewed_at, carted_at = (np.full(len(self._mask), _NEVER) for _ in range(2))
        bought = np.zeros(len(self._mask), dtype=np.bool_)
        carts = []
        for rows in self._rows(EVENTS, (*CAME, CART), ("second",)):
            came[rows.ids * (rows.kinds <= len(CAME))] = True  # the kind of what is nobody's is 0
            views, put = rows.of(CAME.index(VIEW) + 1), rows.of(len(CAME) + 1)
            np.minimum.at(viewed_at, views.ids, views.moments)
            carts.append((put.ids, put.moments, put.latest_moments(self._since, midnights)))
        came[NOBODY] = False
        yield "came", came
        yield "viewed", viewed_at < _NEVER
        for ids, moments, latest in carts:
            is_after = latest >= viewed_at[ids]
            np.minimum.at(carted_at, ids[is_after], moments[is_after])
        yield "carted", carted_at < _NEVER
        for rows in self._rows(ORDERS, (SALE,), ("second",), of=carted_at < _NEVER):
            bought[rows.ids * (rows.latest_moments(self._since, midnights) >= carted_at[rows.ids])] = True
        bought[NOBODY] = False
        yield "bought", bought

    def by_day(self) -> pd.DataFrame:
        """As the deeds of OVER_TIME, summed up: day, measure, value."""
        frames, days = [], (self._until - self._since).days + 1
        for table, measures in _MEASURED_IN:
            counts = np.zeros((len(measures) + 1) * days, dtype=np.int64)
            for rows in self._rows(table, [*measures.values()], ()):
                counts += np.bincount(rows.kinds * np.int64(days) + self._places(rows), minlength=len(counts))
            for measure, of_measure in zip(measures, counts.reshape(-1, days)[1:], strict=True):
                found = np.flatnonzero(of_measure)
                on = pd.to_datetime(self._since) + pd.to_timedelta(found, unit="D")
                frames.append(pd.DataFrame({"day": on, "measure": measure, "value": of_measure[found]}))
        return pd.concat(frames, ignore_index=True)

    def active(self, kinds: Collection[str]) -> Mask:
        """As ACTIVE: who did any of these, or bought."""
        return self._who_did(EVENTS, kinds) | self._who_did(ORDERS, (SALE,))

    def times_of(self, measure: str) -> Numbers:
        """As DEEDS: how often each did what is measured."""
        table, kind = next((table, kinds[measure]) for table, kinds in _MEASURED_IN if measure in kinds)
        times = np.zeros(len(self._mask), dtype=np.int32)
        for rows in self._rows(table, (kind,), ()):
            np.add.at(times, rows.ids, np.ones(len(rows.ids), dtype=times.dtype))
        times[NOBODY] = 0
        return times

    def per_customer(self, kinds: Sequence[str]) -> pd.DataFrame:
        """As PER_CUSTOMER: measure, value, customers."""
        active = np.zeros(len(self._mask), dtype=np.bool_)
        measured = sorted(measure for _table, measures in _MEASURED_IN for measure in measures)
        times = {measure: np.zeros(len(self._mask), dtype=np.int32) for measure in measured}
        for table, measures in _MEASURED_IN:
            asked = list(kinds) if table is EVENTS else [SALE]
            for rows in self._rows(table, asked, ()):
                active[rows.ids] = True
                for measure, kind in measures.items():
                    ids = rows.of(asked.index(kind) + 1).ids
                    np.add.at(times[measure], ids, np.ones(len(ids), dtype=np.int32))
        active[NOBODY] = False
        frames = []
        for measure, counts in times.items():
            customers = np.bincount(counts[active])
            value = np.flatnonzero(customers)
            frames.append(pd.DataFrame({"measure": measure, "value": value, "customers": customers[value]}))
        return pd.concat(frames, ignore_index=True)

    def paths(self, midnights: Numbers, depths: Mapping[str, int], *, bought: int) -> pd.DataFrame:
        """As PATHS: the first steps (0: none further), customers."""
        all_ids, all_keys = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.int64)]
        depth_of = np.array([0, *depths.values()])
        for rows in self._rows(EVENTS, [*depths], ("second",)):
            all_ids.append(rows.ids)
            # Keys are in the order of moments and depths.
            all_keys.append(rows.moments << _DEPTH_BITS | depth_of[rows.kinds])
        for rows in self._rows(ORDERS, (SALE,), ("second",)):
            all_ids.append(rows.ids)
            all_keys.append(rows.latest_moments(self._since, midnights) << _DEPTH_BITS | bought)
        steps = list(_first_steps(np.concatenate(all_ids), np.concatenate(all_keys), len(self._mask)))
        for step in steps:
            step[NOBODY] = 0
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
            seen[rows.ids] = True
        seen[NOBODY] = False
        return seen

    def _rows(
        self, table: FactTable, kinds: Collection[str], columns: Collection[str], *, of: Mask | None = None
    ) -> Iterator[_Rows]:
        """Of most customers it takes less to read the rows of all, and to give those of others to NOBODY."""
        mask = self._mask if of is None else of
        are_most = 2 * np.count_nonzero(mask) > len(mask)
        are_all = are_most and bool(mask[1:].all())
        number_of = {kind: number for number, kind in enumerate(kinds, start=1)}
        names = ("customer_id", "kind", table.day, *columns)
        wanted = Wanted(table, self._since, self._until, names, kinds=() if are_most else kinds)
        for part in parts_by_file(self._manifest, wanted, ANY if are_most else mask):
            found = part.numbers
            ids, of_kind = found["customer_id"], np.zeros(len(found["kind"]), dtype=np.uint8)
            for code, text in enumerate(part.texts["kind"]):
                if text in kinds:
                    of_kind += (found["kind"] == code) * np.uint8(number_of[text])
            if are_most:
                of_kind *= ids > 0 if are_all else mask.take(ids, mode="clip")
                ids = ids * (of_kind > 0)
            if ids.max(initial=0) >= len(self._mask) - 1:
                raise NoColumns
            yield _Rows(ids, of_kind, found[table.day], found.get("second", _NONE))

    def _places(self, rows: _Rows) -> NDArray[np.int64]:
        return rows.days.astype(np.int64) - (self._since - EPOCH).days


@dataclass(frozen=True, eq=False)
class _Rows:
    """Of a file. kinds: which of those that were asked for, from 1 on; what is NOBODY's has none."""

    ids: Numbers
    kinds: Numbers
    days: Numbers
    seconds: Numbers  # where they have been asked for

    def of(self, kind: int) -> _Rows:
        places = np.flatnonzero(self.kinds == kind)
        seconds = self.seconds[places] if len(self.seconds) else self.seconds
        return _Rows(self.ids[places], self.kinds[places], self.days[places], seconds)

    @property
    def moments(self) -> Numbers:
        """As AT."""
        moments = self.days.astype(np.int64)
        moments *= _DAY
        moments += np.where(self.seconds == NO_SECOND, 0, self.seconds)
        return moments

    def latest_moments(self, since: dt.date, midnights: Numbers) -> Numbers:
        """As AT_LATEST."""
        moments = self.moments
        is_of_day = self.seconds == midnights[self.days.astype(np.int64) - (since - EPOCH).days]
        moments[is_of_day | (self.seconds == NO_SECOND)] += _DAY - 1
        return moments


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
