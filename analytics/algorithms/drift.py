"""How far a distribution has moved from one run to the next: the population stability index."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd

# A column each; of a mapping they may be of different lengths.
Watched = pd.DataFrame | Mapping[Hashable, "pd.Series[Any]"]

# The customary reading: below the first nothing has changed, from the second on the model may see what it never learnt.
NOTICEABLE, LARGE = 0.1, 0.25

_BINS = 10
# Of a column of words: those beyond are taken together.
_MOST_VALUES = 50
_OTHERS = "…"


def distributions(watched: Watched, earlier: Mapping[str, Any]) -> dict[str, Any]:
    """Of each column how many rows lie where, as plain data, beside how far that moved since the `earlier` answer.

    watched: numbers are counted in tenths of their own quantiles, words by value, missing ones apart. By column:
    `edges` (upper ends of all bins but the last; not for words), `counts` (by bin, then the missing ones; by value for
    words), and `psi`, counted in the bins of `earlier`; None where `earlier` does not have the column.
    """
    return {str(name): _column(values, earlier.get(str(name))) for name, values in watched.items()}


def stability_index(before: np.ndarray[Any, Any], now: np.ndarray[Any, Any]) -> float:
    """Σ (p − q) ln(p / q) over the bins of two counts, each of shape (b,); half a row is added to each bin, so that an
    empty one is not infinitely far."""
    shares = [(counts + 0.5) / (counts.sum() + 0.5 * len(counts)) for counts in (before, now)]
    return float(((shares[1] - shares[0]) * np.log(shares[1] / shares[0])).sum())


def _column(values: pd.Series[Any], earlier: Mapping[str, Any] | None) -> dict[str, Any]:
    if pd.api.types.is_numeric_dtype(values):
        return _of_numbers(values.to_numpy(dtype=np.float64, na_value=np.nan), earlier)
    return _of_words(values, earlier)


def _of_numbers(values: np.ndarray[Any, Any], earlier: Mapping[str, Any] | None) -> dict[str, Any]:
    known = values[np.isfinite(values)]
    levels = np.linspace(0, 1, _BINS + 1)[1:-1]
    edges = np.unique(np.quantile(known, levels)) if len(known) else np.array([])
    psi = None
    if earlier is not None and "edges" in earlier:
        now = _counted(known, np.array(earlier["edges"]), missing=len(values) - len(known))
        psi = stability_index(np.array(earlier["counts"]), now)
    counts = _counted(known, edges, missing=len(values) - len(known))
    return {"edges": edges.tolist(), "counts": counts.tolist(), "psi": psi}


def _counted(known: np.ndarray[Any, Any], edges: np.ndarray[Any, Any], *, missing: int) -> np.ndarray[Any, Any]:
    counts = np.bincount(np.searchsorted(edges, known, side="left"), minlength=len(edges) + 1)
    return np.append(counts, missing)


def _of_words(values: pd.Series[Any], earlier: Mapping[str, Any] | None) -> dict[str, Any]:
    sizes = values.fillna("").astype(str).value_counts()
    counts = {str(value): int(size) for value, size in sizes.iloc[:_MOST_VALUES].items()}
    if len(sizes) > _MOST_VALUES:
        counts[_OTHERS] = int(sizes.iloc[_MOST_VALUES:].sum())
    psi = None
    if earlier is not None and "edges" not in earlier:
        names = sorted({*counts, *earlier["counts"]})
        before, now = (np.array([each.get(name, 0) for name in names]) for each in (earlier["counts"], counts))
        psi = stability_index(before, now)
    return {"counts": counts, "psi": psi}
