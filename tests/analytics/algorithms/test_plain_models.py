"""What is kept of a fitted regression says the same as scikit-learn's own."""

from __future__ import annotations

import json

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeRegressor

from analytics.algorithms.plain_models import MOST_LEAVES, Boosted, Nodes, plain_from_json, plain_of


@pytest.mark.parametrize(
    ("estimator", "link"),
    [
        (HistGradientBoostingRegressor(loss="poisson", max_iter=10, max_leaf_nodes=15), "exp"),
        (HistGradientBoostingClassifier(max_iter=10, max_leaf_nodes=MOST_LEAVES), "logistic"),
        (DecisionTreeRegressor(min_samples_leaf=5), "identity"),
        (make_pipeline(StandardScaler(), Ridge()), "identity"),
        (make_pipeline(StandardScaler(), LogisticRegression()), "logistic"),
    ],
)
def test_kept_as_numbers_it_says_what_the_estimator_says(estimator, link):
    rng = np.random.default_rng(3)
    # Many values are equal, so that some fall on a threshold.
    features = np.round(rng.gamma(1, 2, (600, 4)), 1)
    outcome = rng.poisson(np.where(features[:, 1] > 2, 3.0, features[:, 0] / 4))
    estimator.fit(features, outcome > 1 if link == "logistic" else outcome)
    plain = plain_from_json(json.loads(json.dumps(plain_of(estimator, link=link).to_json())))
    unseen = np.round(rng.gamma(1, 3, (20_000, 4)), 1)
    expected = estimator.predict_proba(unseen)[:, 1] if link == "logistic" else estimator.predict(unseen)
    assert plain.predict(unseen) == pytest.approx(expected, rel=1e-12)
    typical = np.median(features, axis=0)
    for feature, found in enumerate(plain.predict_each(unseen, typical)):
        replaced = unseen.copy()
        replaced[:, feature] = typical[feature]
        assert found == pytest.approx(plain.predict(replaced), rel=1e-9)


def test_a_boosted_tree_with_too_many_leaves_is_refused():
    """A chain: each threshold sends one more value to the left."""
    inner = np.arange(MOST_LEAVES)
    nodes = Nodes(
        feature=np.concatenate([np.zeros(MOST_LEAVES, np.intp), np.full(MOST_LEAVES + 1, -1)]),
        threshold=np.arange(2 * MOST_LEAVES + 1, dtype=np.float64),
        left=np.concatenate([MOST_LEAVES + inner, np.zeros(MOST_LEAVES + 1, np.intp)]),
        right=np.concatenate([inner[1:], [2 * MOST_LEAVES], np.zeros(MOST_LEAVES + 1, np.intp)]),
        value=np.zeros(2 * MOST_LEAVES + 1),
    )
    with pytest.raises(ValueError, match="leaves"):
        Boosted(0.0, (nodes,), "identity").predict(np.zeros((1, 1)))
