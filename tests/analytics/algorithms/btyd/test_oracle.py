"""lifetimes, which is archived and slower, computes the same."""

from __future__ import annotations

import lifetimes
import numpy as np
import pytest

from analytics.algorithms.btyd.beta_geometric import BetaGeometric, fit_beta_geometric
from analytics.algorithms.btyd.histories import Histories

from .simulated import beta_geometric_customers


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
