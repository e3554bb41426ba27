"""A series taken apart into trend, season and remainder, and what stands out of it. Only who computes imports this."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from statsmodels.nonparametric.smoothers_lowess import lowess
from statsmodels.tsa.seasonal import STL

from analytics.evaluation import FloatArray

# Of a normal distribution, the standard deviation in median absolute deviations.
_DEVIATIONS = 1.4826
# So many of these are an outlier (Iglewicz and Hoaglin 1993).
OUTLYING = 3.5
# Each brings a filled value nearer to where it stays, by two thirds and more.
_FILLINGS = 8
# Without a season the trend follows half a year of weeks.
_TREND_WEEKS = 26


@dataclass(frozen=True, eq=False)
class Parts:
    """Trend and season of each period, shape (n,): their sum, or where `is_multiplicative` their product, and the
    remainder make the value."""

    trend: FloatArray
    season: FloatArray
    is_multiplicative: bool

    @property
    def expected(self) -> FloatArray:
        return self.trend * self.season if self.is_multiplicative else self.trend + self.season

    def remainder(self, values: FloatArray) -> FloatArray:
        """0 is as expected, or 1 where multiplicative."""
        return values / self.expected if self.is_multiplicative else values - self.expected


@dataclass(frozen=True, eq=False)
class Range:
    """What was to be expected of each period, and which lay outside."""

    low: FloatArray
    high: FloatArray
    is_outside: NDArray[np.bool_]


def additive(values: FloatArray, *, season: int, width: float = OUTLYING) -> Parts:
    """Trend and season that add up, by STL with a season that is the same every year.

    values: shape (n,), at least two seasons. season: periods in one; with 1 there is a trend alone, by LOWESS.
    width: what lies further out than so many deviations, at most a tenth of the values, has no part in either.

    Source: Cleveland, Cleveland, McRae and Terpenning (1990); the season's smoother spans the series, as R's
    `s.window = "periodic"` has it. Departure: of three years their robust weights follow two and call the third one an
    outlier. Here the one that lies furthest out is left out, then the next one, as long as one does.
    """
    left_out = np.zeros(len(values), dtype=bool)
    cleaned = values
    for _round in range(len(values) // 10):
        trend, seasonal = _trend_and_season(cleaned, season)
        rest = np.where(left_out, 0.0, cleaned - trend - seasonal)
        furthest = int(np.argmax(np.abs(rest)))
        if not _is_outside(rest, width * _spread(rest[~left_out], season))[furthest]:
            break
        left_out[furthest] = True
        cleaned = _filled(values, left_out, season)
    return Parts(*_trend_and_season(cleaned, season), is_multiplicative=False)


def multiplicative(values: FloatArray, *, season: int, width: float = OUTLYING) -> Parts | None:
    """Trend and season that multiply: those of the logarithms. None where a value is not above zero."""
    if not (values > 0).all():
        return None
    parts = additive(np.log(values), season=season, width=width)
    return Parts(np.exp(parts.trend), np.exp(parts.season), is_multiplicative=True)


def better(values: FloatArray, one: Parts, other: Parts | None) -> Parts:
    """The decomposition that leaves less over, in the unit of the series."""
    if other is None:
        return one
    left = [float(np.abs(values - parts.expected).sum()) for parts in (one, other)]
    return one if left[0] <= left[1] else other


def expected_range(values: FloatArray, parts: Parts, *, season: int, width: float = OUTLYING) -> Range:
    """Expected values ± `width` robust standard deviations of the remainder, on the scale of the decomposition.

    The deviation is the median absolute deviation, raised for what trend and season have taken out of the remainder. A
    series that follows them exactly has no range, and nothing in it stands out. What was never below zero is not
    expected there.
    """
    remainder = parts.remainder(values)
    if parts.is_multiplicative:
        remainder = np.log(remainder)
        reach = width * _spread(remainder, season)
        low, high = parts.expected * np.exp(-reach), parts.expected * np.exp(reach)
    else:
        reach = width * _spread(remainder, season)
        low, high = parts.expected - reach, parts.expected + reach
        if (values >= 0).all():
            low = np.maximum(low, 0.0)
    return Range(low, high, _is_outside(remainder, reach))


def _trend_and_season(values: FloatArray, season: int) -> tuple[FloatArray, FloatArray]:
    if season == 1:
        places = np.arange(len(values), dtype=np.float64)
        trend = lowess(values, places, frac=min(1.0, _TREND_WEEKS / len(values)), it=0, return_sorted=False)
        return np.asarray(trend, dtype=np.float64), np.zeros(len(values))
    found = STL(values, period=season, seasonal=10 * len(values) + 1, seasonal_deg=0).fit()
    return np.asarray(found.trend, dtype=np.float64), np.asarray(found.seasonal, dtype=np.float64)


def _filled(values: FloatArray, left_out: NDArray[np.bool_], season: int) -> FloatArray:
    """With what trend and season make of the others in the place of those left out: by filling and smoothing anew."""
    filled = values
    for _step in range(_FILLINGS):
        trend, seasonal = _trend_and_season(filled, season)
        filled = np.where(left_out, trend + seasonal, values)
    return filled


def _spread(remainder: FloatArray, season: int) -> float:
    taken = season - 1 + max(2.0, len(remainder) / _TREND_WEEKS)
    left = max(len(remainder) - taken, 1.0)
    deviation = float(np.median(np.abs(remainder - np.median(remainder))))
    return _DEVIATIONS * deviation * float(np.sqrt(len(remainder) / left))


def _is_outside(remainder: FloatArray, reach: float) -> NDArray[np.bool_]:
    # What differs by rounding alone does not stand out.
    outside: NDArray[np.bool_] = np.abs(remainder) > max(reach, 1e-9)
    return outside if reach > 0 else np.zeros(len(remainder), dtype=bool)
