import json

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier

from analytics.algorithms.errors import NotEnoughData
from analytics.algorithms.explaining import Model, learn
from analytics.algorithms.plain_labels import plain_labels_from_json, plain_labels_of
from analytics.algorithms.preparing import prepared


def rng():
    return np.random.default_rng(9)


def customers(rows=600):
    """Who buys often and spends little is a regular, who buys seldom and spends much an investor, others are new."""
    generator = rng()
    often, much = generator.uniform(0, 20, rows), generator.uniform(0, 100, rows)
    labels = np.where(often > 10, np.where(much <= 50, "regular", "new"), np.where(much > 50, "investor", "new"))
    return pd.DataFrame({"often": often, "much": much, "noise": generator.normal(size=rows)}), labels


@pytest.fixture(scope="module")
def learned():
    values, labels = customers()
    return learn(values, prepared(values)[0], labels, rng=rng())


def test_a_tree_finds_what_the_labels_were_made_by_and_beats_the_commonest(learned):
    explanation = learned.explanation
    assert explanation.champion in (Model.CART_GINI, Model.CART_ENTROPY)
    assert explanation.beats
    assert explanation.errors[explanation.champion].error < 0.05
    # Corners that lie across from each other are no matter of lines.
    assert explanation.errors["logistic"].error > 0.15
    assert explanation.against_majority.baseline == pytest.approx(0.5, abs=0.1)
    assert (explanation.trained, explanation.chosen_on, explanation.tested) == (300, 150, 150)
    json.dumps(explanation.to_json(), allow_nan=False)


def test_the_rules_of_a_label_are_the_few_that_lead_to_it(learned):
    [rule] = [rule for rule in learned.explanation.rules if rule.label == "regular"]
    limits = {condition.feature: condition for condition in rule.conditions}
    assert set(limits) == {"often", "much"}
    assert (limits["often"].above, limits["often"].at_most) == (pytest.approx(10, abs=0.7), None)
    assert (limits["much"].above, limits["much"].at_most) == (None, pytest.approx(50, abs=3))
    assert rule.correct > 0.9
    assert rule.covered > 0.9


def test_noise_tells_less_than_what_the_labels_were_made_by(learned):
    gains = {name: found.gain for name, found in learned.explanation.information.items()}
    assert gains["noise"] < min(gains["often"], gains["much"])


def test_all_are_given_a_label_by_the_champion(learned):
    values, labels = customers()
    found, probability = learned.labeller.labels_of(values, prepared(values)[0])
    assert (found == labels).mean() > 0.95
    assert ((probability > 1 / 3) & (probability <= 1)).all()


def test_kept_as_numbers_it_gives_the_same_labels_whichever_model_won(learned):
    values, labels = customers()
    scaled = prepared(values)[0]
    two = np.where(labels == "new", "new", "known")
    trees = {"max_depth": 4, "min_samples_leaf": 6, "random_state": 1}
    for given in (labels, two):
        for estimator, seen in (
            (DecisionTreeClassifier(criterion="entropy", **trees), values.to_numpy()),
            (LogisticRegression(max_iter=500), scaled),
            (LinearSVC(dual=False, random_state=1), scaled),
        ):
            estimator.fit(seen, given)
            plain = plain_labels_from_json(json.loads(json.dumps(plain_labels_of(estimator).to_json())))
            found, probability = plain.labels_of(seen)
            assert (found == estimator.predict(seen)).all()
            if hasattr(estimator, "predict_proba"):
                assert probability == pytest.approx(estimator.predict_proba(seen).max(axis=1), rel=1e-9)
            else:
                assert np.isnan(probability).all()


def test_parts_of_the_customers_are_judged_by_themselves_unless_they_are_few():
    values, labels = customers()
    parts = {"seldom": values["often"].to_numpy() <= 10, "few": np.arange(600) < 40}
    explanation = learn(values, prepared(values)[0], labels, rng=rng(), parts=parts).explanation
    assert set(explanation.slices) == {"seldom"}
    assert 50 < explanation.slices["seldom"].observations < 100
    assert explanation.slices["seldom"].beats


def test_with_shuffled_labels_hardly_any_of_20_small_runs_claims_to_beat_the_commonest():
    """By chance 2.5 % of such intervals lie on the better side of zero."""
    values, labels = customers(200)
    scaled, claims = prepared(values)[0], 0
    for seed in range(20):
        generator = np.random.default_rng(seed)
        claims += learn(values, scaled, generator.permutation(labels), rng=generator).explanation.beats
    assert claims <= 1


def test_rare_labels_are_left_out_and_one_label_is_too_few():
    values, labels = customers(300)
    rare = np.where(np.arange(300) < 5, "rare", labels)
    assert learn(values, prepared(values)[0], rare, rng=rng()).explanation.left_out == ("rare",)
    with pytest.raises(NotEnoughData, match="one_label"):
        learn(values, prepared(values)[0], np.full(300, "same"), rng=rng())
    with pytest.raises(NotEnoughData, match="too_few_labelled"):
        learn(values[:30], prepared(values[:30])[0], labels[:30], rng=rng())
