"""Buyers as numbers: how they bought and looked around, what their profile says, and which of it is worth having."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.stats import false_discovery_control, rankdata
from scipy.stats import t as students_t

from analytics.algorithms.btyd.histories import FloatArray
from analytics.algorithms.potential.texts import TEXT_DIMENSIONS, ProfileTexts
from analytics.algorithms.potential.windows import Known, Target, Window

BOUGHT = (
    "silence",
    "frequency",
    "tenure",
    "recent",
    "year",
    "season",
    "basket",
    "recent_spend",
    "events",
    "overdue",
    "rate",
    "spend_rate",
)
# What is left where nothing has to do with the outcome: recency, frequency, amount.
AT_LEAST = ("silence", "frequency", "basket")
FALSE_DISCOVERY_RATE = 0.05
# A customer is not thought more overdue than this many of their usual intervals.
_MOST_OVERDUE = 20.0


@dataclass(frozen=True, eq=False)
class Design:
    """How buyers become rows of numbers, learned at one cut-off. columns: for each target the selected ones."""

    texts: ProfileTexts | None
    columns: dict[Target, NDArray[np.intp]]

    @classmethod
    def learned_from(cls, window: Window, rng: np.random.Generator) -> Self:
        texts = ProfileTexts.learned_from(window.known.texts, rng)
        every = cls(texts, {}).matrix(window.known)
        columns = {target: selected(every, came) for target, came in window.came.items()}
        needs_texts = any((chosen >= len(BOUGHT)).any() for chosen in columns.values())
        return cls(texts if needs_texts else None, columns)

    @property
    def names(self) -> tuple[str, ...]:
        return (*BOUGHT, *(f"text_{place + 1}" for place in range(TEXT_DIMENSIONS if self.texts else 0)))

    def matrix(self, known: Known) -> FloatArray:
        """Shape (n, columns), in the order of `names`."""
        bought = _bought(known)
        return np.column_stack([bought, self.texts.of(known.texts)]) if self.texts else bought

    def to_json(self) -> dict[str, Any]:
        return {
            "texts": self.texts and self.texts.to_json(),
            "columns": {target.value: columns.tolist() for target, columns in self.columns.items()},
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        columns = {Target(name): np.array(columns, dtype=np.intp) for name, columns in data["columns"].items()}
        return cls(ProfileTexts.from_json(data["texts"]) if data["texts"] else None, columns)

    def chosen_names(self, target: Target) -> list[str]:
        return [self.names[column] for column in self.columns[target]]


def _bought(known: Known) -> FloatArray:
    """In the order of BOUGHT: logarithms, but for the overdue, the silence over the usual interval (1 of who bought
    once), and the rates, purchase days and amount per `recent_days` since the first purchase."""
    today = np.datetime64(known.as_of)
    silence, tenure = (
        (today - known.frame[f"{end}_purchase_date"].to_numpy(dtype="datetime64[D]")).astype(np.float64)
        for end in ("last", "first")
    )
    frequency = known.column("frequency")
    interval = (tenure - silence) / np.maximum(frequency - 1, 1)
    overdue = np.where(frequency > 1, silence / np.maximum(interval, 1.0), 1.0)
    counted = {
        "silence": silence,
        "frequency": frequency - 1,
        "tenure": tenure,
        "basket": known.column("mean_spend_minor"),
        "recent_spend": known.column("recent_spent_minor"),
        **{name: known.column(name) for name in ("recent", "year", "season", "events")},
    }
    columns = {name: np.log1p(np.maximum(values, 0.0)) for name, values in counted.items()}
    columns["overdue"] = np.minimum(overdue, _MOST_OVERDUE)
    columns["rate"] = frequency / (1 + tenure / known.recent_days)
    columns["spend_rate"] = columns["rate"] * known.column("mean_spend_minor")
    return np.column_stack([columns[name] for name in BOUGHT])


def selected(features: FloatArray, outcome: FloatArray) -> NDArray[np.intp]:
    """The columns whose rank correlation with the outcome differs from 0 at a false discovery rate of 5 in 100.

    features: shape (n, k). outcome: shape (n,). Returns their places in order; those of AT_LEAST where none does.

    Source: Benjamini and Hochberg (1995), on the t test of Spearman's coefficient.
    """
    moving = np.flatnonzero(features.std(axis=0) > 0)
    freedom = len(outcome) - 2
    if len(moving) and outcome.std() > 0 and freedom > 0:
        ranks, outcome_ranks = rankdata(features[:, moving], axis=0), rankdata(outcome)
        ranks, outcome_ranks = ranks - ranks.mean(axis=0), outcome_ranks - outcome_ranks.mean()
        norms = np.sqrt((ranks**2).sum(axis=0) * (outcome_ranks**2).sum())
        r = np.clip(ranks.T @ outcome_ranks / norms, -1 + 1e-12, 1 - 1e-12)
        chances = 2 * students_t.sf(np.abs(r) * np.sqrt(freedom / (1 - r**2)), freedom)
        found: NDArray[np.intp] = moving[false_discovery_control(chances) <= FALSE_DISCOVERY_RATE]
        if len(found):
            return found
    return np.array([BOUGHT.index(name) for name in AT_LEAST], dtype=np.intp)
