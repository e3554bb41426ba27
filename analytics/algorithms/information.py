"""How much a feature tells of a label: information gain as ID3 has it, gain ratio and cut points as C4.5 has them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analytics.evaluation import FloatArray

AnyArray = NDArray[Any]


@dataclass(frozen=True)
class Information:
    """gain: bits of the label's entropy that the feature takes away. ratio: gain by the feature's own entropy.
    threshold: where a numeric feature is cut in two, at most `threshold` and above; None for a constant."""

    gain: float
    ratio: float
    threshold: float | None = None

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def entropy(counts: FloatArray) -> FloatArray:
    """Shannon entropy in bits along the last axis of counts, shape (…, k); 0 where all are 0."""
    total = counts.sum(axis=-1, keepdims=True)
    shares = np.divide(counts, total, out=np.zeros_like(counts, dtype=np.float64), where=total > 0)
    logs = np.log2(shares, out=np.zeros_like(shares), where=shares > 0)
    # 0 less a sum of 0 would be -0.
    found: FloatArray = np.abs((shares * logs).sum(axis=-1))
    return found


def of_categories(values: AnyArray, labels: AnyArray) -> Information:
    """Of a feature with few values of any kind, shape (n,), each of which is a branch; labels: shape (n,).

    Source: Quinlan (1986), sections 4 and 6.2: gain = H(label) − Σ share(value) · H(label | value), ratio = gain /
    H(value). The ratio of a feature with one value is 0.
    """
    _values, branch = np.unique(values, return_inverse=True)
    _labels, label = np.unique(labels, return_inverse=True)
    counts = np.zeros((branch.max(initial=-1) + 1, label.max(initial=-1) + 1))
    np.add.at(counts, (branch, label), 1)
    return _information(counts)


def of_numbers(values: FloatArray, labels: AnyArray) -> Information:
    """Of a number, shape (n,), cut in two where the gain is largest; of equal cuts at the lowest.

    Source: Quinlan (1993), section 2.4. Departures: the cut lies in the middle between two values, not on one of them,
    and a gain is not reduced for the number of cuts tried (Quinlan 1996), which matters in small samples alone.
    """
    order = np.argsort(values, kind="stable")
    ordered, label = values[order], np.unique(labels, return_inverse=True)[1][order]
    ends = np.flatnonzero(np.diff(ordered) > 0)
    if not len(ends):
        return Information(0.0, 0.0)
    one_hot = np.zeros((len(label), label.max() + 1))
    one_hot[np.arange(len(label)), label] = 1
    sums = one_hot.cumsum(axis=0)
    below, total = sums[ends], sums[-1]
    sizes = below.sum(axis=1) / len(label)
    gains = entropy(total) - sizes * entropy(below) - (1 - sizes) * entropy(total - below)
    best = int(gains.argmax())
    found = _information(np.stack([below[best], total - below[best]]))
    return Information(found.gain, found.ratio, float((ordered[ends[best]] + ordered[ends[best] + 1]) / 2))


def _information(counts: FloatArray) -> Information:
    """counts: branches × labels."""
    if not counts.size:
        return Information(0.0, 0.0)
    sizes = counts.sum(axis=1)
    gain = float(entropy(counts.sum(axis=0)) - (sizes / sizes.sum()) @ entropy(counts))
    own = float(entropy(sizes))
    return Information(max(gain, 0.0), max(gain, 0.0) / own if own > 0 else 0.0)
