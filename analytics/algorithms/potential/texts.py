"""What profiles say, as few numbers: read once, however many models learn from it on however many days."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import CountVectorizer

from analytics.algorithms.btyd.histories import FloatArray

TEXT_DIMENSIONS = 8
MOST_TERMS = 2000
# A term that fewer profiles hold says nothing about others, and may be somebody's name.
FEWEST_PROFILES_OF_A_TERM = 5
FEWEST_PROFILES = 50
NOTHING_WRITTEN = -1
_WORD = re.compile(r"[^\W\d_]+")
_HAN = re.compile(r"[\u3400-\u9fff]+")


@dataclass(frozen=True, eq=False)
class Texts:
    """places: shape (n,), of each of n buyers the row of `counts` for what their profile says, or `NOTHING_WRITTEN`.
    counts: different texts × terms, sparse, how often each holds it; columns in the order of `terms`."""

    places: NDArray[np.intp]
    counts: Any
    terms: pd.Index[str]

    @classmethod
    def of(cls, texts: Sequence[str]) -> Self:
        """One text a row, empty where nothing is written."""
        places, different = pd.factorize(np.array(texts, dtype=object))
        reading = CountVectorizer(analyzer=terms_of, dtype=np.float64)
        try:
            counts = sparse.csr_array(reading.fit_transform(different))
        except ValueError:  # there is no term in any
            return cls.none(len(texts))
        written = np.array([bool(text) for text in different])
        found = np.where(written[places], places, NOTHING_WRITTEN)
        return cls(found, counts, pd.Index(reading.get_feature_names_out()))

    @classmethod
    def none(cls, rows: int) -> Self:
        return cls(np.full(rows, NOTHING_WRITTEN), sparse.csr_array((1, 0)), pd.Index([], dtype=object))

    def __len__(self) -> int:
        return len(self.places)

    def part(self, rows: NDArray[np.integer[Any]] | NDArray[np.bool_]) -> Texts:
        return Texts(self.places[rows], self.counts, self.terms)

    def of_rows(self, rows: NDArray[np.intp], *, is_known: NDArray[np.bool_]) -> Texts:
        """Of those rows, in that order; nothing is written where it is not known."""
        if not len(self):
            return Texts.none(len(rows))
        return Texts(np.where(is_known, self.places[rows], NOTHING_WRITTEN), self.counts, self.terms)


@dataclass(frozen=True, eq=False)
class ProfileTexts:
    """TF-IDF of the terms of profiles, condensed to few dimensions; both learned from the profiles of one day.

    rarity: shape (t,), of each of `terms`. axes: shape (8, t).

    Source: latent semantic indexing, Deerwester et al. (1990), by a truncated singular value decomposition.
    """

    terms: tuple[str, ...]
    rarity: FloatArray
    axes: FloatArray

    @classmethod
    def learned_from(cls, texts: Texts, rng: np.random.Generator) -> Self | None:
        """None where too few have a profile, or these have nothing in common."""
        counts = texts.counts[texts.places[texts.places != NOTHING_WRITTEN]]
        profiles = counts.shape[0]
        if profiles < FEWEST_PROFILES:
            return None
        holding = np.bincount(counts.indices, minlength=counts.shape[1])
        kept = np.flatnonzero(holding >= FEWEST_PROFILES_OF_A_TERM)
        often = np.asarray(counts.sum(axis=0)).ravel()[kept]
        kept = np.sort(kept[np.argsort(-often, kind="stable")[:MOST_TERMS]])
        if len(kept) <= TEXT_DIMENSIONS:
            return None
        rarity = np.log((1 + profiles) / (1 + holding[kept])) + 1
        weights = _sublinear(counts[:, kept])
        lengths = _lengths(weights, rarity)
        scaled = sparse.diags_array(1 / lengths) @ weights @ sparse.diags_array(rarity)
        condensing = TruncatedSVD(TEXT_DIMENSIONS, random_state=int(rng.integers(2**31)))
        axes = condensing.fit(sparse.csr_matrix(scaled)).components_
        return cls(tuple(texts.terms[kept]), rarity, axes)

    def of(self, texts: Texts) -> FloatArray:
        """Shape (n, 8); nothing but zeros of who has no profile."""
        places, inverse = np.unique(texts.places, return_inverse=True)
        written = places != NOTHING_WRITTEN
        found = np.zeros((len(places), TEXT_DIMENSIONS))
        weights = _sublinear(texts.counts[places[written]])
        columns = texts.terms.get_indexer(pd.Index(self.terms, dtype=object))
        heard = columns >= 0
        rarity, axes = np.zeros(len(texts.terms)), np.zeros((len(texts.terms), TEXT_DIMENSIONS))
        rarity[columns[heard]] = self.rarity[heard]
        axes[columns[heard]] = (self.axes * self.rarity).T[heard]
        found[written] = (weights @ axes) / _lengths(weights, rarity)[:, None]
        return found[inverse]

    def to_json(self) -> dict[str, Any]:
        return {"terms": list(self.terms), "rarity": self.rarity.tolist(), "axes": self.axes.tolist()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        return cls(tuple(data["terms"]), np.array(data["rarity"]), np.array(data["axes"]))


def terms_of(text: str) -> list[str]:
    """Words in lower case; of Han characters, which no space separates, the pairs that follow each other."""
    words = _WORD.findall(text.lower())
    if text.isascii():
        return words
    found: list[str] = []
    for word in words:
        if _HAN.fullmatch(word):
            found += ["".join(pair) for pair in pairwise(word)] or [word]
        else:
            found.append(word)
    return found


def _sublinear(counts: Any) -> Any:
    return sparse.csr_array((1 + np.log(counts.data), counts.indices, counts.indptr), shape=counts.shape)


def _lengths(weights: Any, rarity: FloatArray) -> FloatArray:
    """Of the rows once each term is weighed by its rarity; 1 where there is nothing."""
    squared = np.asarray(weights.power(2) @ rarity**2).ravel()
    return np.where(squared > 0, np.sqrt(squared), 1.0)
