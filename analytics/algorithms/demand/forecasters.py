"""The models that forecast a series, all behind one form. Only who computes imports this.

A forecaster learns its parameters from the values known at one time, and brings its state up to date with them when it
forecasts from a later one. Values are on the scale of `analytics.algorithms.demand.scale`.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from scipy.signal import lfilter
from statsmodels.tools.sm_exceptions import ConvergenceWarning, EstimationWarning
from statsmodels.tsa.holtwinters import ExponentialSmoothing
from statsmodels.tsa.statespace.sarimax import SARIMAX
from threadpoolctl import threadpool_limits

from analytics.algorithms.demand import theta as theta_method
from analytics.evaluation import FloatArray

Learnt = Mapping[str, Any]


class ModelName(StrEnum):
    SEASONAL_NAIVE = "seasonal_naive"
    THETA = "theta"
    HOLT_WINTERS = "holt_winters"
    REGRESSION = "regression"
    SARIMA = "sarima"


@dataclass(frozen=True, eq=False)
class Ahead:
    """Medians and standard errors 1, 2, … periods ahead, each of shape (horizon,)."""

    median: FloatArray
    spread: FloatArray


@dataclass(frozen=True)
class Forecaster:
    """learn: values and season to parameters. forecast: values, season, parameters and horizon to what is ahead."""

    learn: Callable[[FloatArray, int], Learnt]
    forecast: Callable[[FloatArray, int, Learnt, int], Ahead]


def _nothing(values: FloatArray, season: int) -> Learnt:
    return {}


# --- the same as a season ago


def _as_a_season_ago(values: FloatArray, season: int, learnt: Learnt, horizon: int) -> Ahead:
    """Errors of several seasons ahead add up (Hyndman and Athanasopoulos 2021, section 5.5)."""
    steps = np.arange(horizon)
    changes = values[season:] - values[:-season]
    deviation = float(np.sqrt(np.mean(changes**2)))
    return Ahead(values[len(values) - season + steps % season], deviation * np.sqrt(steps // season + 1))


# --- Theta


def _learn_theta(values: FloatArray, season: int) -> Learnt:
    is_seasonal = theta_method.has_season(values, season=season)
    rest = values - _season_of(values, season)[: len(values)] if is_seasonal else values
    return {"is_seasonal": is_seasonal, "alpha": theta_method.best_alpha(rest)}


def _theta(values: FloatArray, season: int, learnt: Learnt, horizon: int) -> Ahead:
    n, alpha = len(values), learnt["alpha"]
    recurring = _season_of(values, season, horizon) if learnt["is_seasonal"] else np.zeros(n + horizon)
    rest = values - recurring[:n]
    return Ahead(
        theta_method.theta(rest, alpha=alpha, horizon=horizon) + recurring[n:],
        theta_method.spread(rest, alpha=alpha, horizon=horizon),
    )


def _season_of(values: FloatArray, season: int, horizon: int = 0) -> FloatArray:
    means = theta_method.seasonal_means(values, season=season)
    return np.resize(means, len(values) + horizon)


# --- Holt–Winters


def _learn_holt_winters(values: FloatArray, season: int) -> Learnt:
    fit = _holt_winters(values, season).fit()
    names = ("smoothing_level", "smoothing_trend", "smoothing_seasonal", "damping_trend")
    # Without a season the parameter is there, and is no number.
    found = {name: float(fit.params[name]) for name in names}
    return {name: value for name, value in found.items() if np.isfinite(value)}


def _forecast_holt_winters(values: FloatArray, season: int, learnt: Learnt, horizon: int) -> Ahead:
    """Holt–Winters with a damped trend; variances of its linear form (Hyndman et al. 2008, table 6.1)."""
    fit = _holt_winters(values, season).fit(**learnt, optimized=False)
    errors = np.asarray(fit.resid, dtype=np.float64)
    deviation = float(np.sqrt(errors @ errors / max(len(values) - len(learnt) - 1, 1)))
    steps = np.arange(1, horizon)
    damped = np.cumsum(learnt["damping_trend"] ** steps)
    effects = learnt["smoothing_level"] * (1 + learnt["smoothing_trend"] * damped)
    effects = effects + learnt.get("smoothing_seasonal", 0.0) * (steps % season == 0)
    spread = deviation * np.sqrt(1 + np.concatenate([[0.0], np.cumsum(effects**2)]))
    return Ahead(np.asarray(fit.forecast(horizon), dtype=np.float64), spread)


def _holt_winters(values: FloatArray, season: int) -> Any:
    seasonal = {"seasonal": "add", "seasonal_periods": season} if season > 1 else {}
    return ExponentialSmoothing(values, trend="add", damped_trend=True, initialization_method="heuristic", **seasonal)


# --- regression


def _regression(values: FloatArray, season: int, learnt: Learnt, horizon: int) -> Ahead:
    """Least squares on a straight trend and an indicator for each place of the season."""
    n = len(values)
    design = np.column_stack([np.arange(n + horizon), np.eye(season)[np.arange(n + horizon) % season]])
    seen, ahead = design[:n], design[n:]
    coefficients = np.linalg.lstsq(seen, values, rcond=None)[0]
    errors = values - seen @ coefficients
    variance = float(errors @ errors / max(n - season - 1, 1))
    leverage = np.einsum("ij,jk,ik->i", ahead, np.linalg.pinv(seen.T @ seen), ahead)
    return Ahead(ahead @ coefficients, np.sqrt(variance * (1 + leverage)))


# --- SARIMA


def sarima(values: FloatArray, season: int) -> Any:
    """The airline model (0,1,1)(0,1,1) of Box and Jenkins (1976), or (0,1,1) where there is no season.

    It is handed the differenced series, half as many states, in a fraction of the time; the likelihood is that of R's
    `arima`, which leaves the first differences out of it too.
    """
    seasonal = (0, 1, 1, season) if season > 1 else (0, 0, 0, 0)
    return SARIMAX(values, order=(0, 1, 1), seasonal_order=seasonal, simple_differencing=True)


def _learn_sarima(values: FloatArray, season: int) -> Learnt:
    with warnings.catch_warnings(), threadpool_limits(1):
        # Of few observations it starts from zeros, and says so; a poor fit is found out by the judge.
        warnings.simplefilter("ignore", EstimationWarning)
        warnings.simplefilter("ignore", ConvergenceWarning)
        return {"params": [float(each) for each in sarima(values, season).fit(disp=False, maxiter=100).params]}


def _forecast_sarima(values: FloatArray, season: int, learnt: Learnt, horizon: int) -> Ahead:
    """Forecasts of the differences, summed up again; variances by the weights of past shocks (Box and Jenkins, 5.1)."""
    with threadpool_limits(1):
        differences = sarima(values, season).filter(learnt["params"]).forecast(horizon)
    *moving, variance = learnt["params"]
    # As polynomials in the lag, the constant first.
    differencing, shocks = np.array([1.0, -1.0]), np.array([1.0, moving[0]])
    if season > 1:
        differencing = np.convolve(differencing, _lagged(-1.0, season))
        shocks = np.convolve(shocks, _lagged(moving[1], season))
    past = list(values[-len(differencing) + 1 :])
    for difference in differences:
        past.append(float(difference) - float(differencing[1:] @ past[: -len(differencing) : -1]))
    impulse = np.eye(1, horizon)[0]
    weights = lfilter(shocks, differencing, impulse)
    return Ahead(np.array(past[-horizon:]), np.sqrt(variance * np.cumsum(weights**2)))


def _lagged(coefficient: float, lag: int) -> FloatArray:
    polynomial = np.zeros(lag + 1)
    polynomial[[0, lag]] = 1.0, coefficient
    return polynomial


FORECASTERS: Mapping[ModelName, Forecaster] = {
    ModelName.SEASONAL_NAIVE: Forecaster(_nothing, _as_a_season_ago),
    ModelName.THETA: Forecaster(_learn_theta, _theta),
    ModelName.HOLT_WINTERS: Forecaster(_learn_holt_winters, _forecast_holt_winters),
    ModelName.REGRESSION: Forecaster(_nothing, _regression),
    ModelName.SARIMA: Forecaster(_learn_sarima, _forecast_sarima),
}
