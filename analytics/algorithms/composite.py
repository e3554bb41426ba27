"""Composite value: what customers are worth by several indicators at once, each scaled by its rank."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics.algorithms.errors import InvalidInput, NotEnoughData

FloatArray = NDArray[np.float64]


class Dimension(StrEnum):
    PURCHASES = "purchases"
    SERVICE_USE = "service_use"
    FEEDBACK = "feedback"
    REFERRALS = "referrals"


class MissingRule(StrEnum):
    """What an indicator that is not known of a customer counts as.

    left_out: it does not count, and the weights of the known ones are scaled up. middle: the middle of the scale.
    """

    LEFT_OUT = "left_out"
    MIDDLE = "middle"


@dataclass(frozen=True)
class Indicator:
    """A column of the input. falling: less of it is worth more."""

    name: str
    dimension: Dimension
    weight: float
    falling: bool = False


# A new source of value, such as tickets, is a line here, a column of the features and a word for it.
INDICATORS: tuple[Indicator, ...] = (
    Indicator("monetary", Dimension.PURCHASES, 0.2),
    Indicator("frequency", Dimension.PURCHASES, 0.1),
    Indicator("recency", Dimension.PURCHASES, 0.1, falling=True),
    Indicator("service_uses", Dimension.SERVICE_USE, 0.1),
    Indicator("service_seconds", Dimension.SERVICE_USE, 0.1),
    Indicator("rating", Dimension.FEEDBACK, 0.1),
    Indicator("satisfaction", Dimension.FEEDBACK, 0.1),
    Indicator("referred", Dimension.REFERRALS, 0.1),
    Indicator("referred_spend", Dimension.REFERRALS, 0.1),
)


@dataclass(frozen=True)
class Composite:
    """scores: customer_id, score (0–1) and one column per dimension, missing where nothing of it is known. used: the
    weights that counted, which sum to 1. known: share of the customers whose indicator is known. left_out: indicators
    that tell nobody from another, or have no weight."""

    scores: pd.DataFrame
    used: Mapping[str, float]
    known: Mapping[str, float]
    left_out: tuple[str, ...]


def composite(customers: pd.DataFrame, *, weights: Mapping[str, float], missing: MissingRule) -> Composite:
    """customers: customer_id and a column per indicator, missing where nobody knows. weights: of each, 0 or more; only
    their proportions count. Customers of whom no indicator that counts is known are left out of the scores.

    Raises `InvalidInput` for a weight that is negative, and `NotEnoughData` if there are no customers, or all are alike
    in every indicator that has a weight.
    """
    if any(not np.isfinite(weights[each.name]) or weights[each.name] < 0 for each in INDICATORS):
        raise InvalidInput("weights must not be negative")
    if customers.empty:
        raise NotEnoughData("no_customers")
    values = {each.name: customers[each.name].to_numpy(dtype=np.float64) for each in INDICATORS}
    counted = [each for each in INDICATORS if weights[each.name] > 0 and _tells(values[each.name])]
    if not counted:
        raise NotEnoughData("no_variation")
    ranks = {each.name: scaled(-values[each.name] if each.falling else values[each.name]) for each in counted}
    total = sum(weights[each.name] for each in counted)
    used = {each.name: weights[each.name] / total for each in counted}
    columns = {"customer_id": customers["customer_id"], "score": _mean(list(used), ranks, used, missing)}
    for dimension in Dimension:
        names = [each.name for each in counted if each.dimension == dimension]
        columns[dimension.value] = _mean(names, ranks, used, MissingRule.LEFT_OUT)
    scores = pd.DataFrame(columns)
    return Composite(
        scores=scores[scores["score"].notna()].reset_index(drop=True),
        used=used,
        known={name: float(np.isfinite(each).mean()) for name, each in values.items()},
        left_out=tuple(each.name for each in INDICATORS if each not in counted),
    )


def scaled(values: FloatArray) -> FloatArray:
    """Shape (n,), 0–1: of the others whose value is known, the share that lies strictly below, so that equal values are
    equal and the lowest is 0; nan where the value is missing."""
    found = np.full(len(values), np.nan)
    known = np.isfinite(values)
    ranked = np.sort(values[known])
    below = np.searchsorted(ranked, values[known], side="left")
    found[known] = below / max(len(ranked) - 1, 1)
    return found


def _tells(values: FloatArray) -> bool:
    known = values[np.isfinite(values)]
    return len(known) > 1 and bool(known.min() < known.max())


def _mean(
    names: list[str], ranks: Mapping[str, FloatArray], weights: Mapping[str, float], missing: MissingRule
) -> FloatArray:
    """Weighted mean of these indicators, shape (n,); nan of whom none is known."""
    size = len(next(iter(ranks.values())))
    total, weight = np.zeros(size), np.zeros(size)
    any_known = np.zeros(size, dtype=bool)
    for name in names:
        known = np.isfinite(ranks[name])
        any_known |= known
        counts = known if missing == MissingRule.LEFT_OUT else np.ones(size, dtype=bool)
        total += weights[name] * np.where(known, ranks[name], 0.5) * counts
        weight += weights[name] * counts
    mean: FloatArray = np.divide(total, weight, out=np.full(size, np.nan), where=any_known & (weight > 0))
    return mean
