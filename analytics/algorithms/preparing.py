"""Features made comparable without letting outliers rule: filled, logarithms taken, scaled robustly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics.algorithms.errors import InvalidInput
from analytics.evaluation import FloatArray

# The range between the quartiles of a normal distribution, in standard deviations.
_NORMAL_RANGE = 1.349
_CONSTANT = 1e-12
# So many scales from the median is where a value is cut off, and called an outlier.
FARTHEST = 4.0


@dataclass(frozen=True)
class Preparation:
    """How values of `features` were made comparable: (log of the value, or the value itself − centre) / scale, cut off
    at ±limit unless that is None. missing, outliers: shares of the values of each feature that were filled and cut
    off."""

    features: tuple[str, ...]
    logarithmic: tuple[bool, ...]
    centres: tuple[float, ...]
    scales: tuple[float, ...]
    limits: tuple[float | None, ...]
    missing: tuple[float, ...]
    outliers: tuple[float, ...]

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        return cls(**{name: tuple(values) for name, values in data.items()})

    def applied(self, values: pd.DataFrame) -> FloatArray:
        """Values of other rows in the same space, shape (n, d); a missing one falls on the centre."""
        found = _transformed(values[list(self.features)], self.logarithmic)
        found -= self.centres
        found /= self.scales
        found[np.isnan(found)] = 0
        limits = _reach(self.limits)
        np.clip(found, -limits, limits, out=found)
        return found

    def in_own_units(self, points: FloatArray) -> FloatArray:
        """Points of the space, shape (k, d), as values of the features."""
        values: FloatArray = points * self.scales + self.centres
        chosen = np.array(self.logarithmic)
        values[:, chosen] = np.sign(values[:, chosen]) * np.expm1(np.abs(values[:, chosen]))
        return values

    def filled(self, values: pd.DataFrame) -> pd.DataFrame:
        """The features in their own units, with what is missing at the centre."""
        centre = self.in_own_units(np.zeros((1, len(self.features))))[0]
        return values[list(self.features)].fillna(dict(zip(self.features, centre, strict=True)))


def prepared(
    values: pd.DataFrame,
    *,
    log_features: Sequence[str] = (),
    together: Sequence[str] = (),
    farthest: float | None = FARTHEST,
    scaled: bool = True,
) -> tuple[FloatArray, Preparation]:
    """Values of shape (n, d) in a space where distances mean something, and how that was done.

    values: a column per feature, nan where one is missing. log_features: those that enter as sign(x)·log(1 + |x|).
    together: those that have one unit already, such as shares: they are scaled by one number, the root of their mean
    variance, and neither centred by a median nor cut off. farthest: scales from the median at which a value is cut off.
    scaled: where it is not, values are neither scaled nor cut off.

    A missing value becomes the median of those known, 0 where none is. The scale is the range between the quartiles
    over 1.349, the standard deviation where that is 0, and 1 for a constant, which so tells nothing apart.
    Raises `InvalidInput` for infinite values.
    """
    features, logarithmic = tuple(values.columns), np.isin(values.columns, list(log_features))
    found = _transformed(values, logarithmic)
    missing = np.isnan(found)
    with_any = ~missing.all(axis=0)
    centres = np.zeros(len(features))
    centres[with_any] = np.nanmedian(found[:, with_any], axis=0)
    found[missing] = np.broadcast_to(centres, found.shape)[missing]
    joint = np.isin(values.columns, list(together))
    centres[joint] = found[:, joint].mean(axis=0)
    scales = _scales(found, joint) if scaled else np.ones(len(features))
    limits = tuple(None if is_joint or not scaled else farthest for is_joint in joint)
    found -= centres
    found /= scales
    reach = _reach(limits)
    outlying = np.abs(found) > reach
    np.clip(found, -reach, reach, out=found)
    return found, Preparation(
        features=features,
        logarithmic=tuple(map(bool, logarithmic)),
        centres=tuple(centres.tolist()),
        scales=tuple(scales.tolist()),
        limits=limits,
        missing=tuple(missing.mean(axis=0).tolist()),
        outliers=tuple(outlying.mean(axis=0).tolist()),
    )


def _transformed(values: pd.DataFrame, logarithmic: Sequence[bool] | NDArray[np.bool_]) -> FloatArray:
    found = values.to_numpy(dtype=np.float64, copy=True)
    if np.isinf(found).any():
        raise InvalidInput("infinite values")
    chosen = np.array(logarithmic, dtype=bool)
    # Refunds make amounts negative: the sign is kept, log1p alone would not take them.
    found[:, chosen] = np.sign(found[:, chosen]) * np.log1p(np.abs(found[:, chosen]))
    return found


def _reach(limits: Sequence[float | None]) -> FloatArray:
    return np.array([np.inf if limit is None else limit for limit in limits])


def _scales(found: FloatArray, joint: NDArray[np.bool_]) -> FloatArray:
    lower, upper = np.quantile(found, [0.25, 0.75], axis=0)
    least = _CONSTANT * (1 + np.abs(found).max(axis=0))
    spread = found.std(axis=0)
    ranges = (upper - lower) / _NORMAL_RANGE
    scales: FloatArray = np.where(ranges > least, ranges, np.where(spread > least, spread, 1.0))
    if joint.any():
        scales[joint] = np.sqrt(np.square(spread[joint]).mean()) or 1.0
    return scales
