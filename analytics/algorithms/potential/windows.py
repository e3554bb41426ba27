"""What was known of buyers on a day, and what came after it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics.algorithms.btyd.histories import FloatArray, Histories, histories_at
from analytics.algorithms.potential.texts import Texts


class Target(StrEnum):
    PURCHASES = "purchases"
    SPEND = "spend"


# Of n buyers what each model expects, by its name.
Expected = Mapping[Target, FloatArray]


@dataclass(frozen=True, eq=False)
class Known:
    """n buyers as they were known on a day.

    frame: first_purchase_date, last_purchase_date, frequency (purchase days ever, at least 1), mean_spend_minor of such
    a day, events, and of the `recent_days` before: recent (purchase days), recent_spent_minor; year: purchase days of
    365 days; season: those of `recent_days` from a year before on. texts: what their profiles said.
    """

    frame: pd.DataFrame
    texts: Texts
    as_of: date
    recent_days: int

    def __len__(self) -> int:
        return len(self.frame)

    def column(self, name: str) -> FloatArray:
        return self.frame[name].to_numpy(dtype=np.float64)

    def histories(self) -> Histories:
        return histories_at(self.frame, as_of=self.as_of)

    def part(self, rows: NDArray[np.integer[Any]]) -> Known:
        return Known(self.frame.iloc[rows], self.texts.part(rows), self.as_of, self.recent_days)


@dataclass(frozen=True, eq=False)
class Window:
    """What was known at a cut-off, and what came in the `days` after it: purchase days and amounts, shape (n,)."""

    known: Known
    days: int
    came: Expected

    def __len__(self) -> int:
        return len(self.known)

    def part(self, rows: NDArray[np.integer[Any]]) -> Window:
        return Window(self.known.part(rows), self.days, {target: values[rows] for target, values in self.came.items()})

    def sample(self, most: int, rng: np.random.Generator) -> Window:
        """At most so many of them, drawn at random."""
        return self if len(self) <= most else self.part(np.sort(rng.choice(len(self), most, replace=False)))

    def split(self, share: float, rng: np.random.Generator) -> tuple[Window, Window]:
        """At random: that share of them, and the others."""
        order = rng.permutation(len(self))
        first = int(share * len(self))
        return self.part(np.sort(order[:first])), self.part(np.sort(order[first:]))
