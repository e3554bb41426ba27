from __future__ import annotations

import datetime as dt
import json

import numpy as np
import pytest

from analytics.algorithms.btyd.outlook import ModelName
from analytics.algorithms.potential.challengers import FeatureModel, FeatureModels
from analytics.algorithms.potential.features import AT_LEAST, BOUGHT, Design, selected
from analytics.algorithms.potential.intervals import Bands, coverage
from analytics.algorithms.potential.outlook import Basis, Learned, learn, look_ahead
from analytics.algorithms.potential.texts import ProfileTexts, Texts, terms_of
from analytics.algorithms.potential.windows import Target, Window

from .shops import readers_and_others, window_of


@pytest.fixture(scope="module")
def windows() -> dict[int, Window]:
    """As of 2025-10-01, for a quarter and for half a year."""
    days, texts = readers_and_others(900, seed=5)
    today = dt.date(2025, 10, 1)
    return {length: window_of(days, today - dt.timedelta(days=length), length, texts) for length in (91, 182)}


def test_words_are_told_apart_and_han_characters_in_pairs():
    assert terms_of("Likes TEA, 7 cups: 喜欢绿茶!") == ["likes", "tea", "cups", "喜欢", "欢绿", "绿茶"]
    assert terms_of("茶") == ["茶"]


def test_what_few_profiles_hold_teaches_nothing(windows):
    rng = np.random.default_rng(1)
    assert ProfileTexts.learned_from(Texts.of(["tea"] * 49), rng) is None
    assert ProfileTexts.learned_from(Texts.of([f"only{number}" for number in range(200)]), rng) is None
    learned = ProfileTexts.learned_from(windows[91].known.texts, rng)
    assert learned is not None
    assert not learned.of(Texts.of(["", "unheard"])).any()


def test_features_that_tell_something_are_selected_and_noise_is_not():
    rng = np.random.default_rng(4)
    features = rng.normal(size=(400, 12))
    outcome = np.exp(features[:, 2]) + 0.1 * features[:, 7]
    features[:, 5] = 1.0
    assert 2 in selected(features, outcome)
    assert len(selected(features, outcome)) <= 4
    assert [BOUGHT[place] for place in selected(features, np.ones(400))] == sorted(AT_LEAST, key=BOUGHT.index)


def test_the_profile_is_selected_where_it_tells_who_buys(windows):
    design = Design.learned_from(windows[91], np.random.default_rng(1))
    assert "text_1" in design.chosen_names(Target.SPEND) or "text_2" in design.chosen_names(Target.SPEND)


@pytest.mark.parametrize("name", list(FeatureModel))
def test_models_of_features_find_the_level_and_never_expect_less_than_nothing(windows, name):
    learned, unseen = windows[91].split(0.7, np.random.default_rng(2))
    model = FeatureModels.learned_from(learned, [name], rng=np.random.default_rng(3))
    for target, expected in model.expected(unseen.known, days=91)[name].items():
        assert (expected >= 0).all()
        assert expected.sum() == pytest.approx(unseen.came[target].sum(), rel=0.2)


def test_blocks_make_no_difference(windows, monkeypatch):
    model = FeatureModels.learned_from(windows[91], [FeatureModel.RIDGE], rng=np.random.default_rng(3))
    whole = model.expected(windows[91].known, days=91)["ridge"][Target.SPEND]
    monkeypatch.setattr("analytics.algorithms.potential.challengers._BLOCK", 100)
    assert model.expected(windows[91].known, days=91)["ridge"][Target.SPEND] == pytest.approx(whole)


def test_intervals_hold_what_they_promise_of_cases_not_seen():
    rng = np.random.default_rng(9)
    expected = rng.gamma(1, 2, 8000)
    came = rng.poisson(expected).astype(float)
    bands = Bands.calibrated(expected[:4000], came[:4000])
    low, high = bands.around(expected[4000:])
    assert (low >= 0).all()
    assert (low <= high).all()
    assert 0.78 < coverage(low, high, came[4000:]) < 0.9


def test_a_horizon_without_a_window_is_extended_and_expects_no_less(windows):
    used = {Target.PURCHASES: "pareto_nbd", Target.SPEND: "ridge"}
    learned = learn(
        windows[91].known,
        {**windows, 365: None},
        used=used,
        leaving=ModelName.PARETO_NBD,
        staying=ModelName.MBG_NBD,
        most=600,
        rng=np.random.default_rng(1),
    )
    found = look_ahead(Learned.from_json(json.loads(json.dumps(learned.to_json()))), windows[91].known)
    spend, purchases = found.ranges[Target.SPEND], found.ranges[Target.PURCHASES]
    assert [spend[days].basis for days in (91, 182, 365)] == [Basis.WINDOW, Basis.WINDOW, Basis.EXTENDED]
    assert purchases[365].basis == Basis.MODEL
    for ranges in (spend, purchases):
        assert (ranges[91].expected <= ranges[182].expected).all()
        assert (ranges[182].expected <= ranges[365].expected).all()
        assert all((each.low <= each.high).all() for each in ranges.values())
    assert "rate" in learned.features()["spend"]
    # Who bought once may have left, which BG/NBD would not say of anybody.
    once = windows[91].known.histories().repeats == 0
    assert once.any()
    assert (found.alive[once] < 1).all()
