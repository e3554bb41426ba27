from __future__ import annotations

import numpy as np
import pytest

from analytics.algorithms.btyd.beta_geometric import BetaGeometric
from analytics.algorithms.btyd.histories import Histories
from analytics.algorithms.btyd.outlook import ModelName, fit, intervals, next_after

from .simulated import beta_geometric_customers


def test_intervals_hold_what_they_promise_of_simulated_customers():
    truth = BetaGeometric(r=0.8, alpha=12.0, a=0.8, b=2.5, leaves_at_first=False)
    until, horizon = 120, 40
    drawn = beta_geometric_customers(20_000, **truth.to_json(), age=until, seed=21)
    model = fit(ModelName.BG_NBD, drawn, most=20_000, rng=np.random.default_rng(1))
    expected = model.probability_alive(drawn) * model.expected_if_alive(drawn, horizon=horizon)
    low, high = intervals(model, drawn, horizon=horizon)
    assert (low <= expected + 1).all()
    assert (low <= high).all()
    # The same customers' own future, drawn from what their history says of them.
    rng = np.random.default_rng(2)
    rate = rng.gamma(truth.r + drawn.repeats, 1 / (truth.alpha + drawn.age))
    leaving = rng.beta(truth.a, truth.b + drawn.repeats)
    alive = rng.random(len(drawn)) < model.probability_alive(drawn)
    moment, came = np.zeros(len(drawn)), np.zeros(len(drawn))
    while alive.any():
        moment += rng.exponential(1 / rate)
        alive &= moment <= horizon
        came += alive
        alive &= rng.random(len(drawn)) >= leaving
    within = (low <= came) & (came <= high)
    assert within.mean() >= 0.8
    assert expected.sum() == pytest.approx(came.sum(), rel=0.05)


def test_a_date_stands_where_a_purchase_becomes_likelier_than_none():
    customers = Histories.of([9, 9, 0], [350, 40, 0], [360, 360, 700])
    drawn = beta_geometric_customers(3000, r=0.8, alpha=40, a=0.8, b=2.5, leaves_at_first=False, age=400, seed=5)
    model = fit(ModelName.MBG_NBD, drawn, most=3000, rng=np.random.default_rng(1))
    faithful, silent, once = next_after(model, customers, model.probability_alive(customers))
    assert 0 < faithful < 120
    assert np.isnan(silent)
    assert np.isnan(once)
    halfway = model.probability_of_purchase(customers.part(np.array([0])), horizon=faithful)
    assert halfway[0] == pytest.approx(0.5, abs=0.01)
