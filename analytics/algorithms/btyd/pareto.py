"""Pareto/NBD: Poisson purchases until a customer leaves, at any moment and unseen.

A customer buys at a rate λ and leaves at a rate μ; over the customers λ is gamma distributed (r, α), μ likewise (s, β).

Sources: Schmittlein, Morrison and Colombo, "Counting Your Customers", Management Science 33 (1987); Fader and Hardie,
"A note on deriving the Pareto/NBD model" (2005).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
from scipy.special import expit, gammaln, psi

from analytics.algorithms.btyd.histories import FloatArray, Histories
from analytics.algorithms.btyd.maximising import maximum

_POINTS, _POINT_WEIGHTS = np.polynomial.legendre.leggauss(24)
# Past a decay of e^-40 an integrand no longer counts in double precision.
_DECAYED = 40.0
_AT_ONCE = 100_000


@dataclass(frozen=True)
class Pareto:
    """A fitted Pareto/NBD, in the unit of time of its histories."""

    r: float
    alpha: float
    s: float
    beta: float

    name = "pareto_nbd"

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        return cls(**data)

    def log_likelihood(self, histories: Histories) -> float:
        """Of all customers. Fader and Hardie (2005), eq. 21."""
        mean, _gradient = _Likelihood(histories)(np.array([self.r, self.alpha, self.s, self.beta]))
        return mean * histories.customers

    def probability_alive(self, histories: Histories) -> FloatArray:
        """Shape (n,), 0–1, at the end of observation. Fader and Hardie (2005), eq. 23."""
        found = [expit(-_log_odds_left(self._params, block)[0]) for block in _blocks(histories)]
        return np.concatenate(found) if found else np.zeros(0)

    def expected_purchases(self, histories: Histories, *, horizon: float) -> FloatArray:
        """Shape (n,): purchase days expected within `horizon` after the end. Fader and Hardie (2005), eq. 41."""
        expected: FloatArray = self.expected_if_alive(histories, horizon=horizon) * self.probability_alive(histories)
        return expected

    def expected_if_alive(self, histories: Histories, *, horizon: float) -> FloatArray:
        """Shape (n,): what `expected_purchases` is of somebody who is alive at the end of observation."""
        rate = (self.r + histories.repeats) / (self.alpha + histories.age)
        expected: FloatArray = rate * self._time_alive(histories.age, horizon)
        return expected

    def probability_of_purchase(self, histories: Histories, *, horizon: float) -> FloatArray:
        """Shape (n,), 0–1: at least one purchase within `horizon` after the end of observation."""
        bought: FloatArray = self.purchase_if_alive(histories, horizon=horizon) * self.probability_alive(histories)
        return bought

    def purchase_if_alive(self, histories: Histories, *, horizon: FloatArray | float) -> FloatArray:
        """Shape (n,), 0–1: the same of somebody alive at the end, who must buy before leaving.

        The integral over the moment u of the next purchase of E[λ exp(−(λ + μ) u)], both rates gamma distributed.
        """
        found = np.zeros(len(histories))
        shape = self.r + histories.repeats
        # Substituted by v = log(α + T + u), in which the integrand decays at an even pace.
        reach = np.minimum(np.log1p(horizon / (self.alpha + histories.age)), _DECAYED / shape)
        for point, weight in zip((_POINTS + 1) / 2, _POINT_WEIGHTS / 2, strict=True):
            v = reach * point
            moment = (self.alpha + histories.age) * np.expm1(v)
            stays = -self.s * np.log1p(moment / (self.beta + histories.age))
            found += weight * reach * shape * np.exp(-shape * v + stays)
        bought: FloatArray = np.minimum(found, 1.0)
        return bought

    def expected_from_first(self, horizon: FloatArray) -> FloatArray:
        """Shape (k,): repeat purchases expected within each horizon, shape (k,), after a customer's first purchase.

        Fader and Hardie (2005), eq. 27.
        """
        expected: FloatArray = (
            self.r / self.alpha * self._time_alive(np.zeros(1), np.asarray(horizon, dtype=np.float64))
        )
        return expected

    @property
    def _params(self) -> FloatArray:
        return np.array([self.r, self.alpha, self.s, self.beta])

    def _time_alive(self, age: FloatArray, horizon: FloatArray | float) -> FloatArray:
        """Expected time until leaving or the horizon of somebody alive at `age`, so written that s = 1 is no exception:
        (β+T)/(s−1) · [1 − ((β+T)/(β+T+t))^(s−1)]."""
        growth = np.log1p(horizon / (self.beta + age))
        z = (self.s - 1) * growth
        small = np.abs(z) < 1e-8
        factor = np.where(small, 1 - z / 2, -np.expm1(-z) / np.where(small, 1.0, z))
        lasting: FloatArray = (self.beta + age) * growth * factor
        return lasting


def fit_pareto(histories: Histories) -> Pareto:
    """The maximum likelihood estimate. Raises `NotEnoughData` where there is too little to fit."""
    histories.demand_enough()
    factor = 10 / float(histories.age.max())
    r, alpha, s, beta = maximum(_Likelihood(histories.scaled(factor).merged()), start=(0.5, 1.0, 0.5, 1.0))
    return Pareto(float(r), float(alpha) / factor, float(s), float(beta) / factor)


class _Likelihood:
    """Mean log-likelihood of a customer and its gradient, at (r, α, s, β).

    Γ(r + x) αʳ βˢ / Γ(r) · [ (α + T)^-(r+x) (β + T)^-s + s ∫ (α + τ)^-(r+x) (β + τ)^-(s+1) dτ ],  τ from t_x to T.
    """

    def __init__(self, histories: Histories) -> None:
        self._customers = histories.customers
        self._parts = list(_blocks(histories))
        self._repeats, index = np.unique(histories.repeats, return_inverse=True)
        self._counts = np.bincount(index, weights=histories.weights)

    def __call__(self, params: FloatArray) -> tuple[float, FloatArray]:
        r, alpha, s, beta = params
        x = self._repeats
        value = self._counts @ (gammaln(r + x) - gammaln(r)) + self._customers * (r * np.log(alpha) + s * np.log(beta))
        gradient = np.array(
            [
                self._counts @ (psi(r + x) - psi(r)) + self._customers * np.log(alpha),
                self._customers * r / alpha,
                self._customers * np.log(beta),
                self._customers * s / beta,
            ]
        )
        for part in self._parts:
            exponent = r + part.repeats
            log_odds, means = _log_odds_left(params, part)
            left = expit(log_odds)
            log_alpha, log_beta = np.log(alpha + part.age), np.log(beta + part.age)
            value += part.weights @ (np.logaddexp(0, log_odds) - exponent * log_alpha - s * log_beta)
            stays, w = 1 - left, part.weights
            gradient -= [
                w @ (stays * log_alpha + left * means.log_alpha),
                w @ (exponent * (stays / (alpha + part.age) + left * means.inverse_alpha)),
                w @ (stays * log_beta + left * (means.log_beta - 1 / s)),
                w @ (stays * s / (beta + part.age) + left * (s + 1) * means.inverse_beta),
            ]
        return float(value) / self._customers, gradient / self._customers


@dataclass(frozen=True, eq=False)
class _Means:
    """Means over the moment of leaving τ, given that the customer left, of log(α+τ), 1/(α+τ), log(β+τ), 1/(β+τ)."""

    log_alpha: FloatArray
    inverse_alpha: FloatArray
    log_beta: FloatArray
    inverse_beta: FloatArray


def _log_odds_left(params: FloatArray, histories: Histories) -> tuple[FloatArray, _Means]:
    """Log of the odds that a customer has left, shape (n,), and the means that the gradient needs.

    The integral over τ is substituted by u = log((α + τ) / (α + t_x)) and cut off where it has decayed.
    """
    r, alpha, s, beta = params
    exponent = r + histories.repeats
    begin = alpha + histories.last_repeat
    length = np.log((alpha + histories.age) / begin)
    reach = np.minimum(length, _DECAYED / np.maximum(exponent - 1, 1e-9))
    u = reach * ((_POINTS + 1) / 2)[:, None]
    moment = begin * np.exp(u)  # α + τ
    with np.errstate(divide="ignore"):
        logs = (
            -(exponent - 1) * u
            - (s + 1) * np.log(beta - alpha + moment)
            + np.log(reach * (_POINT_WEIGHTS / 2)[:, None])
        )
    peak = logs.max(axis=0)
    shares = np.exp(logs - np.where(np.isfinite(peak), peak, 0.0))
    total = shares.sum(axis=0)
    with np.errstate(divide="ignore"):
        log_integral = np.log(total) + peak + np.log(begin)
    shares /= np.where(total > 0, total, 1.0)
    stays = -exponent * length - s * np.log(beta + histories.age)
    return np.log(s) + log_integral - stays, _Means(
        (shares * np.log(moment)).sum(axis=0),
        (shares / moment).sum(axis=0),
        (shares * np.log(beta - alpha + moment)).sum(axis=0),
        (shares / (beta - alpha + moment)).sum(axis=0),
    )


def _blocks(histories: Histories) -> list[Histories]:
    """Parts that keep the arrays of customers × points within some 100 MB."""
    rows = np.arange(len(histories))
    return [histories.part(rows[start : start + _AT_ONCE]) for start in range(0, len(histories), _AT_ONCE)]
