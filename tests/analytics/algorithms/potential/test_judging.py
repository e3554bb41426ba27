from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from analytics.algorithms.btyd.beta_geometric import fit_beta_geometric
from analytics.algorithms.btyd.outlook import ModelName
from analytics.algorithms.btyd.pareto import fit_pareto
from analytics.algorithms.potential.challengers import FeatureModel, Naive, NaiveModels
from analytics.algorithms.potential.judging import Names, judge
from analytics.algorithms.potential.windows import Target, Window

from .shops import cdnow_days, readers_and_others, window_of

EVERY = Names(tuple(ModelName), tuple(FeatureModel))
LEAVING = Names(tuple(ModelName), ())


@pytest.mark.real_data
def test_on_cdnow_bg_nbd_is_closer_than_those_alike_and_has_the_better_level(data_dir):
    """The two quarters of CDNOW that analytics is judged on: those after 1997-09-30 and after 1997-12-30."""
    days = cdnow_days(data_dir)
    choosing, judging = (window_of(days, day) for day in (dt.date(1997, 9, 30), dt.date(1997, 12, 30)))
    judged = judge(None, choosing, judging, names=LEAVING, most=50_000, rng=np.random.default_rng(1))
    purchases = judged[Target.PURCHASES]
    assert purchases.champion == ModelName.BG_NBD
    assert purchases.beats
    levels = {each.name: round(each.level - 1, 2) for each in purchases.challengers}
    assert (levels["bg_nbd"], levels["alike"]) == (-0.05, 0.13)
    assert {each.name for each in purchases.slices} >= {"bought_once", "returning", "small"}
    assert 0.75 < purchases.coverage < 0.97


@pytest.mark.real_data
def test_alive_of_bg_nbd_ranks_the_next_quarter_of_cdnow_with_an_auc_of_33(data_dir):
    """Who bought once is alive to it for certain; its chance of a purchase ranks well."""
    window = window_of(cdnow_days(data_dir), dt.date(1997, 12, 30))
    histories, came = window.known.histories(), window.came[Target.PURCHASES] > 0
    model = fit_beta_geometric(histories, leaves_at_first=False)
    assert (model.probability_alive(histories)[histories.repeats == 0] == 1).all()
    assert round(roc_auc_score(came, model.probability_alive(histories)), 2) == 0.33
    assert roc_auc_score(came, model.probability_of_purchase(histories, horizon=91)) > 0.79
    others = (fit_beta_geometric(histories, leaves_at_first=True), fit_pareto(histories))
    assert all(roc_auc_score(came, each.probability_alive(histories)) > 0.7 for each in others)


@pytest.fixture(scope="module")
def shop() -> list[Window]:
    days, texts = readers_and_others(900, seed=3)
    cutoffs = (dt.date(2025, 3, 1), dt.date(2025, 5, 31), dt.date(2025, 8, 30))
    return [window_of(days, cutoff, texts=texts) for cutoff in cutoffs]


def test_every_challenger_is_judged_on_the_later_window_beside_what_is_no_model(shop):
    judged = judge(*shop, names=EVERY, most=900, rng=np.random.default_rng(1))
    for target in Target:
        found = {each.name: each for each in judged[target].challengers}
        assert set(found) == {*ModelName, *FeatureModel, *Naive}
        assert found[judged[target].baseline].comparison.difference == 0
        assert min(found.values(), key=lambda each: each.chosen_on).name in {judged[target].champion, *Naive}
        assert all(0 < each.mae <= each.rmse for each in found.values())
        assert 0.7 < judged[target].coverage < 0.92
        # Of what a profile says of the spend, histories know nothing.
        assert (found["ridge"].rank or 0) > 0.5
    assert judged[Target.PURCHASES].beats
    assert judged[Target.PURCHASES].used == judged[Target.PURCHASES].champion


def test_a_short_history_leaves_the_models_of_features_out(shop):
    judged = judge(None, *shop[1:], names=EVERY, most=900, rng=np.random.default_rng(1))
    assert {each.name for each in judged[Target.PURCHASES].challengers} == {*ModelName, *Naive}


def test_what_is_no_model_expects_what_was_or_what_came_of_those_alike(shop):
    window = shop[0]
    expected = NaiveModels.learned_from(window).expected(window.known, days=182)
    recent = window.known.column("recent")
    assert expected[Naive.LAST_PERIOD][Target.PURCHASES] == pytest.approx(2 * recent)
    came, alike = window.came[Target.PURCHASES], expected[Naive.ALIKE][Target.PURCHASES]
    assert alike[recent == 0][0] == pytest.approx(came[recent == 0].mean())
    assert expected[Naive.RFM_CELLS][Target.SPEND].mean() == pytest.approx(window.came[Target.SPEND].mean())


def test_shuffled_outcomes_are_not_claimed_to_be_foreseen(shop):
    """What came has nothing to do with what was known: of 10 shops at most one may claim to beat the baseline."""
    claims = 0
    for seed in range(10):
        rng = np.random.default_rng(seed)
        windows = [_shuffled(window.part(rng.permutation(len(window))[:400]), rng) for window in shop]
        names = Names((ModelName.BG_NBD,), (FeatureModel.RIDGE,))
        judged = judge(*windows, names=names, most=400, rng=rng)
        claims += judged[Target.PURCHASES].beats
    assert claims <= 1


def _shuffled(window: Window, rng: np.random.Generator) -> Window:
    order = rng.permutation(len(window))
    return Window(window.known, window.days, {target: came[order] for target, came in window.came.items()})
