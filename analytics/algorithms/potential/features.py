"""Buyers as numbers: how they bought and looked around, what their profile says, and which of it is worth having."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.stats import false_discovery_control, rankdata
from scipy.stats import t as students_t
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer

from analytics.algorithms.btyd.histories import FloatArray
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
TEXT_DIMENSIONS = 8
MOST_TERMS = 2000
# A term that fewer profiles hold says nothing about others, and may be somebody's name.
FEWEST_PROFILES_OF_A_TERM = 5
FEWEST_PROFILES = 50
# A customer is not thought more overdue than this many of their usual intervals.
_MOST_OVERDUE = 20.0
_WORD = re.compile(r"[^\W\d_]+")
_HAN = re.compile(r"[\u3400-\u9fff]+")


@dataclass(frozen=True, eq=False)
class ProfileTexts:
    """TF-IDF of the terms of profiles, condensed to few dimensions; both learned from the profiles of one day.

    Source: latent semantic indexing, Deerwester et al. (1990), by a truncated singular value decomposition.
    """

    terms: TfidfVectorizer
    condensing: TruncatedSVD

    @classmethod
    def learned_from(cls, texts: Sequence[str], rng: np.random.Generator) -> Self | None:
        """None where too few have a profile, or these have nothing in common."""
        written = [text for text in texts if text]
        if len(written) < FEWEST_PROFILES:
            return None
        terms = TfidfVectorizer(
            analyzer=terms_of, min_df=FEWEST_PROFILES_OF_A_TERM, max_features=MOST_TERMS, sublinear_tf=True
        )
        try:
            weights = terms.fit_transform(written)
        except ValueError:  # no term is left
            return None
        if weights.shape[1] <= TEXT_DIMENSIONS:
            return None
        condensing = TruncatedSVD(TEXT_DIMENSIONS, random_state=int(rng.integers(2**31)))
        return cls(terms, condensing.fit(weights))

    def of(self, texts: Sequence[str]) -> FloatArray:
        """Shape (n, 8); nothing but zeros of who has no profile."""
        found: FloatArray = self.condensing.transform(self.terms.transform(texts))
        return found


def terms_of(text: str) -> list[str]:
    """Words in lower case; of Han characters, which no space separates, the pairs that follow each other."""
    found: list[str] = []
    for word in _WORD.findall(text.lower()):
        if _HAN.fullmatch(word):
            found += ["".join(pair) for pair in pairwise(word)] or [word]
        else:
            found.append(word)
    return found


@dataclass(frozen=True, eq=False)
class Design:
    """How buyers become rows of numbers, learned at one cut-off. columns: for each target the selected ones."""

    texts: ProfileTexts | None
    columns: dict[Target, NDArray[np.intp]]

    @classmethod
    def learned_from(cls, window: Window, rng: np.random.Generator) -> Self:
        texts = ProfileTexts.learned_from(window.known.frame["text"].tolist(), rng)
        every = cls(texts, {}).matrix(window.known)
        return cls(texts, {target: selected(every, came) for target, came in window.came.items()})

    @property
    def names(self) -> tuple[str, ...]:
        return (*BOUGHT, *(f"text_{place + 1}" for place in range(TEXT_DIMENSIONS if self.texts else 0)))

    def matrix(self, known: Known) -> FloatArray:
        """Shape (n, columns), in the order of `names`."""
        bought = _bought(known)
        return np.column_stack([bought, self.texts.of(known.frame["text"].tolist())]) if self.texts else bought

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
