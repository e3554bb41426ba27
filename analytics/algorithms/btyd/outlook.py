"""What is to be expected of each customer, by whichever of the models was chosen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

import numpy as np
from scipy.stats import nbinom

from analytics.algorithms.btyd.beta_geometric import BetaGeometric, fit_beta_geometric
from analytics.algorithms.btyd.histories import FloatArray, Histories
from analytics.algorithms.btyd.pareto import Pareto, fit_pareto

Model = BetaGeometric | Pareto

# The interval of a number of purchases holds this share of the cases.
INTERVAL = 0.8
# Who will not have bought again by then with a chance of one half gets no date.
FURTHEST_DAYS = 730
_BISECTIONS = 12


class ModelName(StrEnum):
    BG_NBD = "bg_nbd"
    MBG_NBD = "mbg_nbd"
    PARETO_NBD = "pareto_nbd"


_FITS: Mapping[ModelName, Callable[[Histories], Model]] = {
    ModelName.BG_NBD: partial(fit_beta_geometric, leaves_at_first=False),
    ModelName.MBG_NBD: partial(fit_beta_geometric, leaves_at_first=True),
    ModelName.PARETO_NBD: fit_pareto,
}


@dataclass(frozen=True, eq=False)
class Outlook:
    """Arrays of shape (n,), but where said otherwise. `horizons`: h lengths of time after the end of observation.

    expected, low, high: shape (n, h), purchase days; low and high hold `INTERVAL` of the cases. next_after: time until
    a purchase has a chance of one half; nan where that is further than `FURTHEST_DAYS`.
    """

    horizons: tuple[int, ...]
    alive: FloatArray
    expected: FloatArray
    low: FloatArray
    high: FloatArray
    next_after: FloatArray


def fit(name: ModelName, histories: Histories, *, most: int, rng: np.random.Generator) -> Model:
    """The named model, fitted on a random sample of at most `most` customers."""
    if len(histories) > most:
        chosen = np.sort(rng.choice(len(histories), most, replace=False))
        histories = histories.part(chosen)
    return _FITS[name](histories)


def outlook(model: Model, histories: Histories, *, horizons: Sequence[int]) -> Outlook:
    """What `model`, fitted in days, expects of customers with these histories.

    The interval is that of a negative binomial with the model's own shape and the expected number of who is alive,
    mixed with nothing at all for who has left: an approximation, whose true coverage is measured on later days.
    """
    alive = model.probability_alive(histories)
    lasting = [model.expected_if_alive(histories, horizon=horizon) for horizon in horizons]
    ends = [_interval(alive, model.r + histories.repeats, mean) for mean in lasting]
    return Outlook(
        horizons=tuple(horizons),
        alive=alive,
        expected=np.column_stack([alive * mean for mean in lasting]),
        low=np.column_stack([low for low, _high in ends]),
        high=np.column_stack([high for _low, high in ends]),
        next_after=_next_after(model, histories, alive),
    )


def _interval(alive: FloatArray, shape: FloatArray, mean: FloatArray) -> tuple[FloatArray, FloatArray]:
    success = shape / (shape + np.maximum(mean, 1e-12))
    return tuple(_quantile(level, alive, shape, success) for level in ((1 - INTERVAL) / 2, (1 + INTERVAL) / 2))  # type: ignore[return-value]


def _quantile(level: float, alive: FloatArray, shape: FloatArray, success: FloatArray) -> FloatArray:
    """Of a mixture of 0, with the chance of not being alive, and a negative binomial."""
    within = (level - (1 - alive)) / np.maximum(alive, 1e-12)
    found = np.zeros(len(alive))
    beyond = within > 0
    found[beyond] = nbinom.ppf(within[beyond], shape[beyond], success[beyond])
    return found


def _next_after(model: Model, histories: Histories, alive: FloatArray) -> FloatArray:
    """By bisection, for those who reach one half at all."""
    found = np.full(len(histories), np.nan)
    furthest = alive * model.purchase_if_alive(histories, horizon=FURTHEST_DAYS)
    rows = np.flatnonzero(furthest >= 0.5)
    some, chance = histories.part(rows), alive[rows]
    low, high = np.zeros(len(rows)), np.full(len(rows), float(FURTHEST_DAYS))
    for _step in range(_BISECTIONS):
        middle = (low + high) / 2
        reached = chance * model.purchase_if_alive(some, horizon=middle) >= 0.5
        low, high = np.where(reached, low, middle), np.where(reached, middle, high)
    found[rows] = high
    return found
