"""Features made comparable without letting outliers rule: filled, logarithms taken, scaled robustly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from analytics.algorithms.errors import InvalidInput
from analytics.evaluation import FloatArray

# The range between the quartiles of a normal distribution, in standard deviations.
_NORMAL_RANGE = 1.349
_CONSTANT = 1e-12
# So many scales from the median is where a value is cut off, and called an outlier.
FARTHEST = 4.0


@dataclass(frozen=True)
class Preparation:
    """How values of `features` were made comparable: (log of the value, or the median − centre) / scale, cut off at
    ±`FARTHEST`. missing, outliers: shares of the values of each feature that were filled and cut off."""

    features: tuple[str, ...]
    logarithmic: tuple[bool, ...]
    centres: tuple[float, ...]
    scales: tuple[float, ...]
    missing: tuple[float, ...]
    outliers: tuple[float, ...]

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def prepared(
    values: pd.DataFrame, *, log_features: Sequence[str] = (), together: Sequence[str] = ()
) -> tuple[FloatArray, Preparation]:
    """Values of shape (n, d) in a space where distances mean something, and how that was done.

    values: a column per feature, nan where one is missing. log_features: those that enter as sign(x)·log(1 + |x|).
    together: those that have one unit already, such as shares: they are scaled by one number, the root of their mean
    variance, and neither centred by a median nor cut off.

    A missing value becomes the median of those known, 0 where none is. The scale is the range between the quartiles
    over 1.349, the standard deviation where that is 0, and 1 for a constant, which so tells nothing apart.
    Raises `InvalidInput` for infinite values.
    """
    found = values.to_numpy(dtype=np.float64, copy=True)
    if np.isinf(found).any():
        raise InvalidInput("infinite values")
    features, logarithmic = tuple(values.columns), np.isin(values.columns, list(log_features))
    found[:, logarithmic] = np.sign(found[:, logarithmic]) * np.log1p(np.abs(found[:, logarithmic]))
    missing = np.isnan(found)
    with_any = ~missing.all(axis=0)
    centres = np.zeros(len(features))
    centres[with_any] = np.nanmedian(found[:, with_any], axis=0)
    found[missing] = np.broadcast_to(centres, found.shape)[missing]
    joint = np.isin(values.columns, list(together))
    centres[joint] = found[:, joint].mean(axis=0)
    scales = _scales(found)
    if joint.any():
        scales[joint] = np.sqrt(found[:, joint].var(axis=0).mean()) or 1.0
    found -= centres
    found /= scales
    outlying = (np.abs(found) > FARTHEST) & ~joint
    np.clip(found, -FARTHEST, FARTHEST, out=found, where=~joint)
    return found, Preparation(
        features=features,
        logarithmic=tuple(map(bool, logarithmic)),
        centres=tuple(centres.tolist()),
        scales=tuple(scales.tolist()),
        missing=tuple(missing.mean(axis=0).tolist()),
        outliers=tuple(outlying.mean(axis=0).tolist()),
    )


def _scales(found: FloatArray) -> FloatArray:
    lower, upper = np.quantile(found, [0.25, 0.75], axis=0)
    least = _CONSTANT * (1 + np.abs(found).max(axis=0))
    spread = found.std(axis=0)
    ranges = (upper - lower) / _NORMAL_RANGE
    scales: FloatArray = np.where(ranges > least, ranges, np.where(spread > least, spread, 1.0))
    return scales
