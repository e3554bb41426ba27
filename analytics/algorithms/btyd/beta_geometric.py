"""BG/NBD and MBG/NBD: Poisson purchases, and a chance of leaving after each.

A customer buys at a rate λ and leaves after a purchase with probability p; over the customers λ is gamma distributed
(r, α) and p beta distributed (a, b). In BG/NBD who has bought once is alive for certain; in MBG/NBD the first purchase
may be the last. Both are one set of formulas: MBG/NBD counts one more chance to leave.

Sources: Fader, Hardie and Lee, "Counting Your Customers the Easy Way", Marketing Science 24 (2005); Batislam, Denizel
and Filiztekin, "Empirical validation and comparison of models for customer base analysis", IJRM 24 (2007).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh_tridiagonal
from scipy.special import expit, gammaln, psi

from analytics.algorithms.btyd.histories import FloatArray, Histories
from analytics.algorithms.btyd.maximising import maximum

# Nodes of the integral over p. The relative error stays below 1e-6 while a horizon is at most ten times α + T.
_NODES = 64
# Bounds the arrays of customers × nodes to some 50 MB.
_AT_ONCE = 100_000


@dataclass(frozen=True)
class BetaGeometric:
    """A fitted model, in the unit of time of its histories. `leaves_at_first`: MBG/NBD."""

    r: float
    alpha: float
    a: float
    b: float
    leaves_at_first: bool

    @property
    def name(self) -> str:
        return "mbg_nbd" if self.leaves_at_first else "bg_nbd"

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        return cls(**data)

    def log_likelihood(self, histories: Histories) -> float:
        """Of all customers. Fader, Hardie and Lee (2005), eq. 6; Batislam et al. (2007), eq. 3."""
        mean, _gradient = _Likelihood(histories, self.leaves_at_first)(np.array([self.r, self.alpha, self.a, self.b]))
        return mean * histories.customers

    def probability_alive(self, histories: Histories) -> FloatArray:
        """Shape (n,), 0–1, at the end of observation. Fader, Hardie and Lee, "Computing P(alive)" (2008), eq. 7.

        BG/NBD takes who bought once for alive: it says nothing about churn there.
        """
        return self._alive(histories.repeats, histories.last_repeat, histories.age)

    def expected_purchases(self, histories: Histories, *, horizon: float) -> FloatArray:
        """Shape (n,): purchase days expected within `horizon` after the end of observation.

        Fader, Hardie and Lee (2005), eq. 10.
        """
        expected: FloatArray = self.expected_if_alive(histories, horizon=horizon) * self.probability_alive(histories)
        return expected

    def expected_if_alive(self, histories: Histories, *, horizon: float) -> FloatArray:
        """Shape (n,): what `expected_purchases` is of somebody who is alive at the end of observation.

        Departure: their hypergeometric function is written as the integral over
        p that it stands for, by Gauss–Jacobi quadrature: no overflow for frequent buyers, no exception at a = 1.
        """
        found = np.zeros(len(histories))
        for repeats in np.unique(histories.repeats):
            rows = np.flatnonzero(histories.repeats == repeats)
            nodes, weights = _beta_nodes(self.a, self.b + repeats + self.leaves_at_first)
            for block in np.array_split(rows, len(rows) // _AT_ONCE + 1):
                age = histories.age[block]
                grown = np.log1p(nodes[:, None] * horizon / (self.alpha + age))
                found[block] = weights @ (-np.expm1(-(self.r + repeats) * grown) / nodes[:, None])
        return found

    def probability_of_purchase(self, histories: Histories, *, horizon: float) -> FloatArray:
        """Shape (n,), 0–1: at least one purchase within `horizon` after the end of observation."""
        bought: FloatArray = self.purchase_if_alive(histories, horizon=horizon) * self.probability_alive(histories)
        return bought

    def purchase_if_alive(self, histories: Histories, *, horizon: FloatArray | float) -> FloatArray:
        """Shape (n,), 0–1: the same of somebody alive at the end: a gamma-mixed Poisson that is not zero."""
        growth = np.log1p(horizon / (self.alpha + histories.age))
        bought: FloatArray = -np.expm1(-(self.r + histories.repeats) * growth)
        return bought

    def expected_from_first(self, horizon: FloatArray) -> FloatArray:
        """Shape (k,): repeat purchases expected within each horizon, shape (k,), after a customer's first purchase.

        Fader, Hardie and Lee (2005), eq. 9.
        """
        nodes, weights = _beta_nodes(self.a, self.b + self.leaves_at_first)
        grown = np.log1p(nodes[:, None] * np.asarray(horizon, dtype=np.float64) / self.alpha)
        stays = self.b / (self.a + self.b) if self.leaves_at_first else 1.0
        expected: FloatArray = stays * (weights @ (-np.expm1(-self.r * grown) / nodes[:, None]))
        return expected

    def _alive(self, repeats: FloatArray, last_repeat: FloatArray, age: FloatArray) -> FloatArray:
        chances = repeats + self.leaves_at_first
        with np.errstate(divide="ignore"):
            log_odds_left = (
                np.log(self.a)
                - np.log(np.maximum(self.b + chances - 1, 0.0))
                + (self.r + repeats) * (np.log(self.alpha + age) - np.log(self.alpha + last_repeat))
            )
        alive: FloatArray = np.where(chances > 0, expit(-log_odds_left), 1.0)
        return alive


def fit_beta_geometric(histories: Histories, *, leaves_at_first: bool) -> BetaGeometric:
    """The maximum likelihood estimate. Raises `NotEnoughData` where there is too little to fit.

    Equal histories are summed up and times scaled, so that a million customers cost what their different histories do.
    """
    histories.demand_enough()
    factor = 10 / float(histories.age.max())
    likelihood = _Likelihood(histories.merged().scaled(factor), leaves_at_first)
    r, alpha, a, b = maximum(likelihood, start=(0.5, 1.0, 1.0, 2.0))
    return BetaGeometric(float(r), float(alpha) / factor, float(a), float(b), leaves_at_first)


class _Likelihood:
    """Mean log-likelihood of a customer and its gradient, at (r, α, a, b).

    With k = x (BG) or x + 1 (MBG) chances to have left, a customer's likelihood is

        B(a, b + k) / B(a, b) · Γ(r + x) αʳ / Γ(r) · [ (α + T)^-(r+x) + 1{k > 0} · a / (b + k − 1) · (α + t_x)^-(r+x) ].

    What depends on x alone is computed once for each different x.
    """

    def __init__(self, histories: Histories, leaves_at_first: bool) -> None:
        self._shift = float(leaves_at_first)
        self._customers = histories.customers
        self._repeats, index = np.unique(histories.repeats, return_inverse=True)
        self._counts = np.bincount(index, weights=histories.weights)
        may_have_left = histories.repeats + self._shift > 0
        self._certain = _Rows.of(histories, ~may_have_left, index)
        self._uncertain = _Rows.of(histories, may_have_left, index)

    def __call__(self, params: FloatArray) -> tuple[float, FloatArray]:
        r, alpha, a, b = params
        x, chances = self._repeats, self._repeats + self._shift
        by_x = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
        by_x += gammaln(a + b) + gammaln(b + chances) - gammaln(b) - gammaln(a + b + chances)
        together = psi(a + b) - psi(a + b + chances)
        value = self._counts @ by_x
        d_r = self._counts @ (psi(r + x) - psi(r) + np.log(alpha))
        d_a = self._counts @ together
        d_b = self._counts @ (together + psi(b + chances) - psi(b))
        d_alpha = self._counts.sum() * r / alpha

        alive = self._certain
        logs = alive.of_age(np.log, alpha)
        value -= alive.weights @ ((r + alive.repeats) * logs)
        d_r -= alive.weights @ logs
        d_alpha -= alive.weights @ ((r + alive.repeats) * alive.of_age(np.reciprocal, alpha))

        some = self._uncertain
        exponent = r + some.repeats
        age_logs, last_logs = some.of_age(np.log, alpha), some.of_last_repeat(np.log, alpha)
        # One below the chances: what b is raised by at the moment of leaving; nobody here has had none.
        leaving = np.maximum(b + chances - 1, np.finfo(np.float64).tiny)
        lead = age_logs - last_logs
        log_odds = np.log(a) - np.log(leaving)[some.index] + exponent * lead
        # The logistic function and log(1 + e^x), by one exponential.
        small = np.exp(-np.abs(log_odds))
        left = np.where(log_odds > 0, 1.0, small) / (1 + small)
        value += some.weights @ (np.maximum(log_odds, 0) + np.log1p(small) - exponent * age_logs)
        d_r -= some.weights @ (age_logs - left * lead)
        by_age, by_last = some.of_age(np.reciprocal, alpha), some.of_last_repeat(np.reciprocal, alpha)
        d_alpha -= some.weights @ (exponent * (by_age + left * (by_last - by_age)))
        weighted = np.bincount(some.index, weights=some.weights * left, minlength=len(leaving))
        d_a += weighted.sum() / a
        d_b -= weighted @ (1 / leaving)
        return float(value) / self._customers, np.array([d_r, d_alpha, d_a, d_b]) / self._customers


@dataclass(frozen=True, eq=False)
class _Rows:
    """Histories of a part; `index` is the position of their x among the different ones.

    Times are few different days: a function of them is computed once for each, and looked up for the rows.
    """

    repeats: FloatArray
    weights: FloatArray
    index: NDArray[np.intp]
    ages: FloatArray
    age_index: NDArray[np.intp]
    last_repeats: FloatArray
    last_index: NDArray[np.intp]

    @classmethod
    def of(cls, histories: Histories, part: NDArray[np.bool_], index: NDArray[np.intp]) -> _Rows:
        ages, age_index = np.unique(histories.age[part], return_inverse=True)
        last_repeats, last_index = np.unique(histories.last_repeat[part], return_inverse=True)
        return cls(
            repeats=histories.repeats[part],
            weights=histories.weights[part],
            index=index[part],
            ages=ages,
            age_index=age_index,
            last_repeats=last_repeats,
            last_index=last_index,
        )

    def of_age(self, function: Callable[[FloatArray], FloatArray], alpha: float) -> FloatArray:
        """Of α + T, a row each."""
        found: FloatArray = function(alpha + self.ages)[self.age_index]
        return found

    def of_last_repeat(self, function: Callable[[FloatArray], FloatArray], alpha: float) -> FloatArray:
        found: FloatArray = function(alpha + self.last_repeats)[self.last_index]
        return found


def _beta_nodes(a: float, b: float) -> tuple[FloatArray, FloatArray]:
    """Nodes and weights, shapes (k,), so that weights @ f(nodes) is the mean of f over Beta(a, b).

    Source: Golub and Welsch, "Calculation of Gauss quadrature rules" (1969). The weights sum to 1, whatever the size of
    a and b, where tables that start from the beta function overflow.
    """
    n = np.arange(_NODES, dtype=np.float64)
    # Jacobi polynomials of weight (1 − y)^(b−1) (1 + y)^(a−1), y = 2p − 1.
    right, left = b - 1, a - 1
    total = 2 * n + right + left
    with np.errstate(divide="ignore", invalid="ignore"):
        diagonal = (left**2 - right**2) / (total * (total + 2))
    diagonal[0] = (left - right) / (left + right + 2)
    m = n[1:]
    total = total[1:]
    with np.errstate(divide="ignore", invalid="ignore"):
        squares = 4 * m * (m + right) * (m + left) * (m + right + left) / (total**2 * (total**2 - 1))
    squares[0] = 4 * (1 + right) * (1 + left) / ((2 + right + left) ** 2 * (3 + right + left))
    points, vectors = eigh_tridiagonal(diagonal, np.sqrt(squares))
    nodes: FloatArray = np.clip((points + 1) / 2, 1e-300, 1.0)
    return nodes, vectors[0] ** 2
