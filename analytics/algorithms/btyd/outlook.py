"""What is to be expected of each customer, by whichever of the models was chosen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import partial
from typing import Any

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


def fit(name: ModelName, histories: Histories, *, most: int, rng: np.random.Generator) -> Model:
    """The named model, fitted on a random sample of at most `most` customers."""
    if len(histories) > most:
        chosen = np.sort(rng.choice(len(histories), most, replace=False))
        histories = histories.part(chosen)
    return _FITS[name](histories)


def model_from_json(name: str, data: Mapping[str, Any]) -> Model:
    return Pareto.from_json(data) if name == ModelName.PARETO_NBD else BetaGeometric.from_json(data)


def intervals(model: Model, histories: Histories, *, horizon: int) -> tuple[FloatArray, FloatArray]:
    """The ends, shape (n,), of what `model`, fitted in days, expects within the horizon in `INTERVAL` of the cases.

    Of a negative binomial with the model's own shape and the expected number of who is alive, mixed with nothing at all
    for who has left: an approximation.
    """
    alive, mean = model.probability_alive(histories), model.expected_if_alive(histories, horizon=horizon)
    shape = model.r + histories.repeats
    success = shape / (shape + np.maximum(mean, 1e-12))
    low, high = (_quantile(level, alive, shape, success) for level in ((1 - INTERVAL) / 2, (1 + INTERVAL) / 2))
    return low, high


def _quantile(level: float, alive: FloatArray, shape: FloatArray, success: FloatArray) -> FloatArray:
    """Of a mixture of 0, with the chance of not being alive, and a negative binomial."""
    within = (level - (1 - alive)) / np.maximum(alive, 1e-12)
    found = np.zeros(len(alive))
    beyond = within > 0
    found[beyond] = nbinom.ppf(within[beyond], shape[beyond], success[beyond])
    return found


def next_after(model: Model, histories: Histories, alive: FloatArray) -> FloatArray:
    """Days until a purchase has a chance of one half, shape (n,); nan where that is further than `FURTHEST_DAYS`.

    alive: what `probability_alive` says of them. By bisection, for those who reach one half at all.
    """
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
