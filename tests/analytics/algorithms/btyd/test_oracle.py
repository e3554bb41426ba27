"""lifetimes, which is archived and slower, computes the same."""

from __future__ import annotations

import lifetimes
import numpy as np
import pandas as pd
import pytest

from analytics.algorithms.btyd.beta_geometric import BetaGeometric, fit_beta_geometric
from analytics.algorithms.btyd.gamma_gamma import GammaGamma, fit_gamma_gamma
from analytics.algorithms.btyd.histories import Histories
from analytics.algorithms.btyd.pareto import Pareto

from .simulated import beta_geometric_customers


def some_histories() -> Histories:
    """Also of who bought once, bought yesterday, and fell silent after much."""
    repeats, last, age = [0, 0, 1, 2, 5, 30, 30], [0, 0, 9, 30.43, 60, 70, 20], [1, 80, 10, 38.86, 70, 70, 70]
    return Histories.of(repeats, last, age)


def test_mbg_nbd_predicts_as_lifetimes_does():
    customers, params = some_histories(), {"r": 0.525, "alpha": 6.183, "a": 0.891, "b": 1.614}
    oracle, ours = lifetimes.ModifiedBetaGeoFitter(), BetaGeometric(**params, leaves_at_first=True)
    oracle.params_ = pd.Series(params)
    seen = (customers.repeats, customers.last_repeat, customers.age)
    alive = oracle.conditional_probability_alive(*seen)
    assert np.allclose(ours.probability_alive(customers), alive, rtol=1e-9)
    expected = oracle.conditional_expected_number_of_purchases_up_to_time(30, *seen)
    assert np.allclose(ours.expected_purchases(customers, horizon=30), expected, rtol=1e-6)


def test_pareto_nbd_predicts_as_lifetimes_does():
    customers, params = some_histories(), {"r": 0.553, "alpha": 10.578, "s": 0.606, "beta": 11.669}
    oracle, ours = lifetimes.ParetoNBDFitter(), Pareto(**params)
    oracle.params_ = pd.Series(params)
    seen = (customers.repeats, customers.last_repeat, customers.age)
    assert np.allclose(ours.probability_alive(customers), oracle.conditional_probability_alive(*seen), rtol=1e-5)
    expected = oracle.conditional_expected_number_of_purchases_up_to_time(30, *seen)
    assert np.allclose(ours.expected_purchases(customers, horizon=30), expected, rtol=1e-5)


def test_gamma_gamma_fits_and_predicts_as_lifetimes_does():
    rng = np.random.default_rng(5)
    purchases = rng.integers(1, 12, 1500).astype(float)
    spends = rng.gamma(6.0 * purchases, 1 / rng.gamma(4.0, 1 / 12.0, 1500)) / purchases
    oracle = lifetimes.GammaGammaFitter()
    oracle.fit(purchases, spends)
    theirs = {name: float(oracle.params_[letter]) for name, letter in (("p", "p"), ("q", "q"), ("gamma", "v"))}
    assert fit_gamma_gamma(purchases, spends).to_json() == pytest.approx(theirs, rel=0.02)
    expected = oracle.conditional_expected_average_profit(purchases, spends)
    assert np.allclose(GammaGamma(**theirs).expected_spend(purchases, spends), expected, rtol=1e-9)


def test_bg_nbd_fits_and_predicts_as_lifetimes_does():
    drawn = beta_geometric_customers(2000, r=0.6, alpha=5, a=0.8, b=2.5, leaves_at_first=False, age=60, seed=8)
    customers = Histories.of(drawn.repeats, drawn.last_repeat, drawn.age)
    oracle = lifetimes.BetaGeoFitter()
    oracle.fit(customers.repeats, customers.last_repeat, customers.age)
    ours = fit_beta_geometric(customers, leaves_at_first=False)
    theirs = {name: float(oracle.params_[name]) for name in ("r", "alpha", "a", "b")}
    assert {name: value for name, value in ours.to_json().items() if name in theirs} == pytest.approx(theirs, rel=0.01)
    same = BetaGeometric(**theirs, leaves_at_first=False)
    assert ours.log_likelihood(customers) >= same.log_likelihood(customers) - 0.001
    expected = oracle.conditional_expected_number_of_purchases_up_to_time(
        30, customers.repeats, customers.last_repeat, customers.age
    )
    assert np.allclose(same.expected_purchases(customers, horizon=30), expected, rtol=1e-6)
    alive = oracle.conditional_probability_alive(customers.repeats, customers.last_repeat, customers.age)
    assert np.allclose(same.probability_alive(customers), alive, rtol=1e-9)
