"""Gamma–Gamma: what a customer spends on a purchase, told from few purchases.

Amounts of a customer are gamma distributed (p, ν), and ν over the customers likewise (q, γ). The mean of few purchases
is drawn towards the mean of all customers. How much and how often are taken for independent.

Source: Fader and Hardie, "The Gamma-Gamma model of monetary value" (2013).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
from scipy.special import gammaln, psi

from analytics.algorithms.btyd.histories import LEAST_RETURNING, FloatArray
from analytics.algorithms.btyd.maximising import maximum
from analytics.algorithms.errors import InvalidInput, NotEnoughData


@dataclass(frozen=True)
class GammaGamma:
    """A fitted model; γ in the unit of the amounts. With q > 1 there is a mean over all customers."""

    p: float
    q: float
    gamma: float

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        return cls(**data)

    @property
    def population_mean(self) -> float:
        return self.p * self.gamma / (self.q - 1)

    def expected_spend(self, purchases: FloatArray, mean_spend: FloatArray) -> FloatArray:
        """Shape (n,): amount expected of a customer's next purchase, between their own mean and that of all customers.

        purchases: shape (n,), how many purchases the mean is of, 0 for nobody knows. mean_spend: shape (n,), not read
        where purchases is 0. Fader and Hardie (2013), eq. 5.
        """
        known = np.where(purchases > 0, purchases * mean_spend, 0.0)
        expected: FloatArray = self.p * (self.gamma + known) / (self.p * purchases + self.q - 1)
        return expected


def fit_gamma_gamma(purchases: FloatArray, mean_spend: FloatArray) -> GammaGamma:
    """The maximum likelihood estimate, by eq. 1a of Fader and Hardie (2013).

    purchases, mean_spend: shape (n,), both positive. Raises `NotEnoughData` for too few customers, or where amounts
    vary so widely that no mean exists (q ≤ 1).
    """
    if purchases.shape != mean_spend.shape or (purchases <= 0).any() or not (mean_spend > 0).all():
        raise InvalidInput("purchases and mean_spend must be positive and of one length")
    if len(purchases) < LEAST_RETURNING:
        raise NotEnoughData("too_few_returning", found=len(purchases), needed=LEAST_RETURNING)
    unit = float(mean_spend.mean())
    x, log_x, m = purchases, np.log(purchases), mean_spend / unit
    log_m, log_sum = np.log(m), np.log(purchases * m)

    def log_likelihood(params: FloatArray) -> tuple[float, FloatArray]:
        p, q, gamma = params
        px = p * x
        log_total = np.log(gamma + x * m)
        value = gammaln(px + q) - gammaln(px) - gammaln(q) + q * np.log(gamma) + (px - 1) * log_m + px * log_x
        value -= (px + q) * log_total
        together = psi(px + q)
        gradient = (
            x * (together - psi(px) + log_sum - log_total),
            together - psi(q) + np.log(gamma) - log_total,
            q / gamma - (px + q) / (gamma + x * m),
        )
        return float(value.mean()), np.array([part.mean() for part in gradient])

    p, q, gamma = maximum(log_likelihood, start=(1.0, 2.0, 1.0))
    if q <= 1:
        raise NotEnoughData("no_mean_spend")
    return GammaGamma(float(p), float(q), float(gamma) * unit)
