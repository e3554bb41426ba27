from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analytics.algorithms.btyd.backtest import Window, backtest
from analytics.algorithms.btyd.beta_geometric import BetaGeometric
from analytics.algorithms.btyd.histories import Histories
from analytics.algorithms.btyd.outlook import ModelName, fit, outlook

from .simulated import beta_geometric_customers

EVERY = tuple(ModelName)


def windows(data_dir) -> tuple[Window, Window]:
    """The two quarters of CDNOW that analytics is judged on: those after 1997-09-30 and after 1997-12-30."""
    columns = ["customer", "date", "discs", "dollars"]
    lines = pd.read_csv(data_dir / "cdnow" / "CDNOW_master.txt.xz", sep=r"\s+", names=columns, skiprows=1)
    lines["date"] = pd.to_datetime(lines["date"].astype(str))
    days = lines.groupby(["customer", "date"], as_index=False).size()

    def window(cutoff: str) -> Window:
        end, length = pd.Timestamp(cutoff), pd.Timedelta(days=91)
        known = days[days["date"] <= end].groupby("customer")["date"].agg(["min", "max", "nunique"])

        def bought(start: pd.Timestamp) -> np.ndarray:
            within = days[(days["date"] > start) & (days["date"] <= start + length)].groupby("customer").size()
            return within.reindex(known.index, fill_value=0).to_numpy(dtype=float)

        histories = Histories.of(
            known["nunique"] - 1, (known["max"] - known["min"]).dt.days, (end - known["min"]).dt.days
        )
        return Window(histories, before=bought(end - length), actual=bought(end), days=91)

    return window("1997-09-30"), window("1997-12-30")


@pytest.mark.real_data
def test_on_cdnow_bg_nbd_is_closer_than_those_alike_and_has_the_better_level(data_dir):
    judged = backtest(*windows(data_dir), candidates=EVERY, most=50_000, rng=np.random.default_rng(1))
    assert judged.champion == ModelName.BG_NBD
    assert judged.beats
    assert round(judged.level - 1, 2) == -0.05
    assert round(judged.baseline_level - 1, 2) == 0.13
    assert {each.name for each in judged.slices} == {"bought_once", "returning"}


def test_shuffled_outcomes_are_not_claimed_to_be_foreseen():
    """What came has nothing to do with what was known: of 40 shops at most 5 in 100 may claim to beat the baseline."""
    claims = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        known = beta_geometric_customers(400, r=0.8, alpha=9, a=0.8, b=2.5, leaves_at_first=False, age=60, seed=seed)
        before, outcome = rng.poisson(known.repeats / 3).astype(float), rng.poisson(known.repeats / 3).astype(float)
        choosing, judging = (Window(known, before, rng.permutation(outcome), days=30) for _ in range(2))
        claims += backtest(choosing, judging, candidates=(ModelName.BG_NBD,), most=1000, rng=rng).beats
    assert claims <= 2


def test_intervals_hold_what_they_promise_of_simulated_customers():
    truth = BetaGeometric(r=0.8, alpha=12.0, a=0.8, b=2.5, leaves_at_first=False)
    until, horizon = 120, 40
    drawn = beta_geometric_customers(20_000, **truth.to_json(), age=until, seed=21)
    model = fit(ModelName.BG_NBD, drawn, most=20_000, rng=np.random.default_rng(1))
    expected = outlook(model, drawn, horizons=(horizon,))
    assert (expected.low <= expected.expected + 1).all()
    assert (expected.low <= expected.high).all()
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
    within = (expected.low[:, 0] <= came) & (came <= expected.high[:, 0])
    assert within.mean() >= 0.8
    assert expected.expected.sum() == pytest.approx(came.sum(), rel=0.05)


def test_a_date_stands_where_a_purchase_becomes_likelier_than_none():
    customers = Histories.of([9, 9, 0], [350, 40, 0], [360, 360, 700])
    drawn = beta_geometric_customers(3000, r=0.8, alpha=40, a=0.8, b=2.5, leaves_at_first=False, age=400, seed=5)
    model = fit(ModelName.MBG_NBD, drawn, most=3000, rng=np.random.default_rng(1))
    faithful, silent, once = outlook(model, customers, horizons=(90,)).next_after
    assert 0 < faithful < 120
    assert np.isnan(silent)
    assert np.isnan(once)
    halfway = model.probability_of_purchase(customers.part(np.array([0])), horizon=faithful)
    assert halfway[0] == pytest.approx(0.5, abs=0.01)
