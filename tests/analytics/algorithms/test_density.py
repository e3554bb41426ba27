from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score

from analytics.algorithms.density import NO_GROUP, DensityParams, dense_groups
from analytics.algorithms.errors import InvalidInput, NotEnoughData

PARAMS = DensityParams(
    features=("x", "y"), log_features=(), order_by="x", principal_components=2, sample_rows=200, size_shares=(0.25,)
)


def rng():
    return np.random.default_rng(5)


def ring_and_middle():
    """A ring of 200 around a dense middle of 100, which no means could tell apart, and ten who are like nobody."""
    generator = rng()
    angle = generator.uniform(0, 2 * np.pi, 200)
    ring = np.stack([10 * np.cos(angle), 10 * np.sin(angle)], axis=1) + generator.normal(0, 0.3, (200, 2))
    middle = generator.normal([1, 0], 0.4, (100, 2))
    turn = np.arange(10) * 2 * np.pi / 10
    alone = 24 * np.stack([np.cos(turn), np.sin(turn)], axis=1)
    points = np.concatenate([ring, middle, alone])
    order = generator.permutation(310)
    made = np.repeat([1, 2, 0], [200, 100, 10])[order]
    return pd.DataFrame(points[order], columns=["x", "y"]).assign(customer_id=range(310)), made


@pytest.fixture(scope="module")
def found():
    customers, _made = ring_and_middle()
    return dense_groups(customers, params=PARAMS, rng=rng())


def test_a_ring_and_its_middle_are_told_apart_and_who_is_like_nobody_is_in_no_group(found):
    _customers, made = ring_and_middle()
    cluster = found.assignments["cluster"].to_numpy()
    assert len(found.profiles) == 2
    assert adjusted_rand_score(made, cluster) > 0.8
    assert (cluster[made == 0] == NO_GROUP).mean() >= 0.8
    assert found.quality.no_group == (cluster == NO_GROUP).sum()


def test_groups_are_numbered_by_the_feature_asked_for(found):
    means = [profile.means["x"] for profile in found.profiles]
    assert [profile.cluster for profile in found.profiles] == [1, 2]
    assert means[0] > means[1]


def test_half_of_the_customers_decide_for_all(found):
    assert found.quality.sample_size == 200
    assert len(found.assignments) == found.quality.customers == 310
    strength, cluster = found.assignments["strength"], found.assignments["cluster"]
    assert strength.between(0, 1).all()
    assert ((strength > 0) == (cluster != NO_GROUP)).all()


def test_the_size_with_the_largest_silhouette_is_chosen_and_the_groups_beat_chance():
    # In two features shuffled columns would make as neat corners.
    middles = np.repeat(rng().uniform(0, 9, (3, 5)), 50, axis=0)
    three = pd.DataFrame(middles + rng().normal(0, 0.5, (150, 5)), columns=list("xyuvw")).assign(customer_id=range(150))
    wide = replace(PARAMS, features=tuple("xyuvw"), size_shares=(0.04, 0.2))
    parts = {"first": np.arange(150) < 50, "few": np.arange(150) < 20}
    quality = dense_groups(three, params=wide, parts=parts, rng=rng()).quality
    assert [candidate.size for candidate in quality.candidates] == [6, 30]
    best = max(quality.candidates, key=lambda candidate: candidate.score)
    assert (quality.min_cluster_size, best.groups) == (best.size, 3)
    assert quality.against_permuted.model == max(candidate.score for candidate in quality.candidates)
    assert quality.beats
    assert quality.stability > 0.9
    assert quality.entropy == pytest.approx(np.log2(3), abs=0.05)
    assert {name: each.observations for name, each in quality.slices.items()} == {"first": 50}
    assert quality.slices["first"].beats


def test_evenly_spread_customers_do_not_beat_shuffled_columns():
    grid = pd.DataFrame(rng().uniform(0, 1, (150, 2)), columns=["x", "y"]).assign(customer_id=range(150))
    small = replace(PARAMS, size_shares=(0.05,))
    assert not dense_groups(grid, params=small, rng=rng()).quality.beats


def test_too_few_or_equal_customers_and_missing_columns_are_named():
    customers, _made = ring_and_middle()
    with pytest.raises(NotEnoughData, match="too_few_customers"):
        dense_groups(customers.iloc[:20], params=PARAMS, rng=rng())
    with pytest.raises(NotEnoughData, match="no_variation"):
        dense_groups(customers.assign(x=1.0, y=2.0), params=PARAMS, rng=rng())
    with pytest.raises(InvalidInput, match="y"):
        dense_groups(customers.drop(columns="y"), params=PARAMS, rng=rng())


def test_parameters_that_mean_nothing_are_refused():
    for wrong in ({"size_shares": ()}, {"size_shares": (0.9,)}, {"order_by": "age"}, {"min_samples": 1}):
        with pytest.raises(ValueError):
            DensityParams(**wrong)
