"""What the models know of a customer: how often they came back, when last, and for how long they have been known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics.algorithms.errors import InvalidInput, NotEnoughData

FloatArray = NDArray[np.float64]

# Fewer buyers, or fewer who came back, leave the likelihood too flat to say anything.
LEAST_CUSTOMERS = 50
LEAST_RETURNING = 10
# Whole numbers below this fit by threes into 63 bits.
_MOST_IN_A_KEY = 2**20


@dataclass(frozen=True, eq=False)
class Histories:
    """Purchase histories, all arrays of shape (n,), times in one unit.

    repeats (x): purchase days after the first one. last_repeat (t_x): time from the first to the last purchase, 0 for
    who bought once. Not the recency of RFM, which counts from today back. age (T): time from the first purchase to the
    end of observation. weights: how many customers have this history.
    """

    repeats: FloatArray
    last_repeat: FloatArray
    age: FloatArray
    weights: FloatArray

    def __post_init__(self) -> None:
        shapes = {self.repeats.shape, self.last_repeat.shape, self.age.shape, self.weights.shape}
        if len(shapes) != 1 or len(self.repeats.shape) != 1:
            raise InvalidInput(f"histories must be arrays of one length, not {sorted(shapes)}")
        faults = {
            "a number is missing or infinite": ~np.isfinite(self.repeats + self.last_repeat + self.age + self.weights),
            "repeats below 0": self.repeats < 0,
            "the last purchase lies after the end": self.last_repeat > self.age,
            "a last repeat before the first purchase": self.last_repeat < 0,
            "a last repeat of somebody who bought once": (self.repeats == 0) & (self.last_repeat != 0),
            "a weight that is not positive": self.weights <= 0,
        }
        found = [f"{fault}: {int(rows.sum())} rows" for fault, rows in faults.items() if rows.any()]
        if found:
            raise InvalidInput("; ".join(found))

    @classmethod
    def of(cls, repeats: Any, last_repeat: Any, age: Any) -> Histories:
        """One customer a row."""
        x, t_x, T = (np.asarray(values, dtype=np.float64) for values in (repeats, last_repeat, age))
        return cls(x, t_x, T, weights=np.ones(len(x)))

    def __len__(self) -> int:
        return len(self.repeats)

    @property
    def customers(self) -> float:
        return float(self.weights.sum())

    def part(self, rows: NDArray[np.integer[Any]]) -> Histories:
        """Of those rows, in that order."""
        return Histories(self.repeats[rows], self.last_repeat[rows], self.age[rows], self.weights[rows])

    def scaled(self, factor: float) -> Histories:
        """The same in a unit of time that is 1 / factor as long."""
        return Histories(self.repeats, self.last_repeat * factor, self.age * factor, self.weights)

    def merged(self) -> Histories:
        """Equal histories as one row with their weights added: at day grain a million customers are far fewer."""
        whole = np.stack([self.repeats, self.last_repeat, self.age])
        if self.is_one_a_row and (whole == np.floor(whole)).all() and whole.max(initial=0) < _MOST_IN_A_KEY:
            return self._merged_by_key(whole.astype(np.int64))
        columns = {"repeats": self.repeats, "last_repeat": self.last_repeat, "age": self.age, "weights": self.weights}
        rows = pd.DataFrame(columns).groupby(["repeats", "last_repeat", "age"], as_index=False)["weights"].sum()
        return Histories(*(rows[name].to_numpy(dtype=np.float64) for name in columns))

    @property
    def is_one_a_row(self) -> bool:
        return bool((self.weights == 1).all())

    def _merged_by_key(self, whole: NDArray[np.int64]) -> Histories:
        """One number for all three sorts several times faster than three columns."""
        keys = (whole[0] * _MOST_IN_A_KEY + whole[1]) * _MOST_IN_A_KEY + whole[2]
        found, counts = np.unique(keys, return_counts=True)
        rest, age = np.divmod(found, _MOST_IN_A_KEY)
        repeats, last_repeat = np.divmod(rest, _MOST_IN_A_KEY)
        return Histories(*(each.astype(np.float64) for each in (repeats, last_repeat, age, counts)))

    def demand_enough(self) -> None:
        """Raises `NotEnoughData` where no model can be fitted."""
        if self.customers < LEAST_CUSTOMERS:
            raise NotEnoughData("too_few_buyers", found=int(self.customers), needed=LEAST_CUSTOMERS)
        returning = float(self.weights[self.repeats > 0].sum())
        if returning < LEAST_RETURNING:
            raise NotEnoughData("too_few_returning", found=int(returning), needed=LEAST_RETURNING)
        if not self.age.max() > 0:
            raise NotEnoughData("no_time_observed")


def histories_at(customers: pd.DataFrame, *, as_of: date) -> Histories:
    """Histories in days at `as_of`, one row per customer, in the order of the rows.

    customers: first_purchase_date and last_purchase_date (days, not missing, not after `as_of`) and frequency (purchase
    days ever, at least 1).
    """
    first, last = (pd.to_datetime(customers[f"{end}_purchase_date"]) for end in ("first", "last"))
    return Histories.of(
        repeats=customers["frequency"].to_numpy(dtype=np.float64) - 1,
        last_repeat=(last - first).dt.days.to_numpy(),
        age=(pd.Timestamp(as_of) - first).dt.days.to_numpy(),
    )
