"""The Theta method: simple exponential smoothing with half the slope of the trend as drift."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.signal import lfilter

from analytics.evaluation import FloatArray

_LEAST_ALPHA, _MOST_ALPHA = 0.01, 0.99
# One-sided 5 %: a season that the autocorrelation does not show is none.
_CRITICAL = 1.645


@dataclass(frozen=True, eq=False)
class Smoothed:
    """Simple exponential smoothing: the last level, the first, and the errors one step ahead, shape (n,)."""

    level: float
    initial_level: float
    errors: FloatArray


def smoothed(values: FloatArray, *, alpha: float, initial_level: float | None = None) -> Smoothed:
    """Simple exponential smoothing of `values`, shape (n,). The level before the first value is the one with the least
    squared errors, where none is given: errors are linear in it."""
    kept = 1 - alpha
    levels_from_zero = lfilter([alpha], [1, -kept], values)
    weights = kept ** np.arange(len(values))
    errors_from_zero = values - np.concatenate([[0.0], levels_from_zero[:-1]])
    if initial_level is None:
        initial_level = float(weights @ errors_from_zero / (weights @ weights))
    return Smoothed(
        level=float(levels_from_zero[-1] + initial_level * kept ** len(values)),
        initial_level=initial_level,
        errors=errors_from_zero - weights * initial_level,
    )


def best_alpha(values: FloatArray) -> float:
    """The weight of the newest value with the least squared errors one step ahead."""

    def squared_errors(alpha: float) -> float:
        errors = smoothed(values, alpha=alpha).errors
        return float(errors @ errors)

    found = minimize_scalar(squared_errors, bounds=(_LEAST_ALPHA, _MOST_ALPHA), method="bounded")
    return float(found.x)


def theta(values: FloatArray, *, alpha: float, horizon: int) -> FloatArray:
    """Forecasts of a series without a season, shape (horizon,).

    Equal to the mean of the regression line and of simple exponential smoothing of the line bent by 2 (Assimakopoulos
    and Nikolopoulos 2000); in the form of Hyndman and Billah, "Unmasking the Theta method" (2003), equation 13.
    """
    n = len(values)
    slope = float(np.polyfit(np.arange(n), values, 1)[0])
    steps = np.arange(horizon)
    drift = slope / 2 * (steps + (1 - (1 - alpha) ** n) / alpha)
    return np.asarray(smoothed(values, alpha=alpha).level + drift, dtype=np.float64)


def spread(values: FloatArray, *, alpha: float, horizon: int) -> FloatArray:
    """Standard errors of `theta`, shape (horizon,): those of an integrated moving average (the same, section 4)."""
    errors = smoothed(values, alpha=alpha).errors
    deviation = float(np.sqrt(errors @ errors / max(len(values) - 3, 1)))
    return np.asarray(deviation * np.sqrt(1 + np.arange(horizon) * alpha**2), dtype=np.float64)


def has_season(values: FloatArray, *, season: int) -> bool:
    """Whether the autocorrelation after a season, shape (n,) and detrended, exceeds chance (Bartlett's limit)."""
    if season == 1 or len(values) <= season:
        return False
    places = np.arange(len(values))
    rest = values - np.polyval(np.polyfit(places, values, 1), places)
    total = float(rest @ rest)
    if total <= 1e-12 * float(values @ values):
        return False
    found = np.array([float(rest[lag:] @ rest[:-lag]) / total for lag in range(1, season + 1)])
    limit = _CRITICAL * np.sqrt((1 + 2 * (found[:-1] @ found[:-1])) / len(values))
    return bool(found[-1] > limit)


def seasonal_means(values: FloatArray, *, season: int) -> FloatArray:
    """By how much each place of the season exceeds the centred moving average, shape (season,), summing to 0; the
    classical decomposition, which the method comes with."""
    window = np.full(season + 1 - season % 2, 1 / season)
    if season % 2 == 0:
        window[[0, -1]] /= 2
    half = len(window) // 2
    rest = values[half : len(values) - half] - np.convolve(values, window, mode="valid")
    places = (np.arange(len(rest)) + half) % season
    means = np.array([rest[places == place].mean() for place in range(season)])
    centred: FloatArray = means - means.mean()
    return centred
