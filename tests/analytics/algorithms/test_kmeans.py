import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_iris
from sklearn.metrics import adjusted_rand_score

from analytics.algorithms.cluster_profiles import describe_clusters
from analytics.algorithms.cluster_quality import size_entropy
from analytics.algorithms.errors import InvalidInput, NotEnoughData
from analytics.algorithms.kmeans import KMeansFit, KMeansParams, assign, cluster_customers


def rng(seed=3):
    return np.random.default_rng(seed)


def three_groups(n=150, seed=0):
    """Regulars, occasional and one-time buyers, a third each, in this order; far apart but for some noise."""
    generator = rng(seed)
    group = np.repeat([0, 1, 2], n // 3)
    return pd.DataFrame(
        {
            "customer_id": np.arange(100, 100 + len(group)),
            "recency_days": generator.normal(np.array([5, 60, 400])[group], 1),
            "frequency": np.array([40, 8, 1])[group],
            "monetary": np.exp(generator.normal(np.array([13, 10, 7])[group], 0.2)),
        }
    )


@pytest.fixture(scope="module")
def found():
    return cluster_customers(three_groups(), params=KMeansParams(), rng=rng())


# Published figures


def iris_params(k_min, k_max):
    return KMeansParams(
        features=("a", "b", "c", "d"), log_features=(), order_by="c", standardise=False, k_min=k_min, k_max=k_max
    )


def iris():
    return pd.DataFrame(load_iris().data, columns=["a", "b", "c", "d"]).assign(customer_id=range(150))


def test_silhouette_and_inertia_are_those_known_of_iris():
    two = cluster_customers(iris(), params=iris_params(2, 3), rng=rng())
    three = cluster_customers(iris(), params=iris_params(3, 3), rng=rng())

    assert two.fit.k == 2
    assert two.quality.silhouette_by_k == pytest.approx({2: 0.6810, 3: 0.5528}, abs=5e-5)
    assert two.quality.inertia == pytest.approx(152.35, abs=5e-3)
    assert three.quality.inertia == pytest.approx(78.85, abs=5e-3)


# Known truth


def test_three_groups_are_found_and_numbered_by_what_they_spend(found):
    assert found.fit.k == 3
    assert found.assignments["cluster"].tolist() == [1] * 50 + [2] * 50 + [3] * 50
    assert found.assignments["customer_id"].tolist() == three_groups()["customer_id"].tolist()


def test_real_groups_beat_permuted_columns(found):
    assert found.quality.beats
    assert found.quality.silhouette > 0.8
    assert found.quality.stability > 0.99
    assert found.quality.entropy == pytest.approx(np.log2(3))


def test_parts_of_the_customers_are_looked_at_by_themselves_unless_they_are_few():
    """Sixty of 210 lie anywhere between the groups: whatever the sample, theirs is the smaller silhouette."""
    generator = rng(4)
    between = pd.DataFrame(
        {
            "customer_id": range(60),
            "recency_days": generator.uniform(5, 400, 60),
            "frequency": generator.integers(1, 40, 60),
            "monetary": np.exp(generator.uniform(7, 13, 60)),
        }
    )
    customers = pd.concat([three_groups(), between], ignore_index=True).sample(frac=1, random_state=1)
    lies_between = customers["customer_id"].to_numpy() < 60
    parts = {"between": lies_between, "in_a_group": ~lies_between, "few": customers["customer_id"].to_numpy() < 20}
    params = KMeansParams(k_min=3, k_max=3, sample_rows=180)
    quality = cluster_customers(customers, params=params, parts=parts, rng=rng()).quality
    assert set(quality.slices) == {"between", "in_a_group"}
    assert sum(each.observations for each in quality.slices.values()) == 180
    assert quality.slices["in_a_group"].model > quality.slices["between"].model + 0.2
    assert quality.slices["in_a_group"].baseline == quality.against_permuted.baseline


def test_features_without_connection_do_not_beat_permuted_columns():
    noise = pd.DataFrame(rng().uniform(1, 100, size=(600, 3)), columns=["recency_days", "frequency", "monetary"])

    clusters = cluster_customers(
        noise.assign(customer_id=range(600)), params=KMeansParams(log_features=(), k_max=4), rng=rng()
    )

    assert not clusters.quality.beats


def test_profiles_say_how_the_best_customers_differ(found):
    best = found.profiles[0]

    assert (best.cluster, best.customers, best.share) == (1, 50, pytest.approx(1 / 3))
    assert best.means["frequency"] == 40
    assert best.means_of_rest["frequency"] == 4.5
    traits = {trait.feature: trait for trait in best.traits}
    assert traits["frequency"].direction == "higher"
    assert traits["frequency"].ratio == pytest.approx(40 / 4.5)
    assert traits["recency_days"].direction == "lower"


def test_strongest_trait_comes_first(found):
    for profile in found.profiles:
        differences = [abs(trait.difference) for trait in profile.traits]
        assert differences == sorted(differences, reverse=True)


def test_an_ordinary_cluster_has_no_traits_and_a_negative_mean_no_ratio():
    labels = np.repeat([1, 2], 10)
    original = pd.DataFrame({"steady": np.tile([1.0, 2.0], 10), "refunded": np.repeat([-5.0, 5.0], 10)})
    standardised = ((original - original.mean()) / original.std(ddof=0)).to_numpy()

    profile, _ = describe_clusters(original, standardised=standardised, labels=labels)

    assert [(trait.feature, trait.direction, trait.ratio) for trait in profile.traits] == [("refunded", "lower", None)]


def test_centres_are_stated_in_original_units(found):
    typical = dict(zip(found.fit.params.features, found.fit.typical_values[0], strict=True))

    assert typical["frequency"] == pytest.approx(40)
    assert typical["monetary"] == pytest.approx(np.exp(13), rel=0.1)


# Stability of numbers and randomness


def test_same_seed_same_result(found):
    again = cluster_customers(three_groups(), params=KMeansParams(), rng=rng())

    assert again.fit == found.fit
    assert again.quality == found.quality


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_other_seeds_and_row_orders_give_the_same_numbers(found, seed):
    shuffled = three_groups().sample(frac=1, random_state=seed)

    clusters = cluster_customers(shuffled, params=KMeansParams(), rng=rng(seed))

    both = clusters.assignments.merge(found.assignments, on="customer_id")
    assert (both["cluster_x"] == both["cluster_y"]).all()


UNSCALED = KMeansParams(log_features=("monetary",), k_min=3, k_max=3, inits=2)


@pytest.fixture(scope="module")
def unscaled():
    return cluster_customers(three_groups(), params=UNSCALED, rng=rng()).assignments


@settings(max_examples=10, deadline=None)
@given(st.floats(1e-3, 1e3), st.floats(-1e3, 1e3))
def test_unit_and_origin_of_a_standardised_feature_do_not_matter(unscaled, scale, shift):
    customers, expected = three_groups(), unscaled

    changed = cluster_customers(
        customers.assign(recency_days=customers["recency_days"] * scale + shift), params=UNSCALED, rng=rng()
    )

    assert changed.assignments["cluster"].tolist() == expected["cluster"].tolist()
    assert changed.assignments["distance"].to_numpy() == pytest.approx(expected["distance"].to_numpy(), abs=1e-6)


def test_a_constant_feature_does_not_matter(found):
    params = KMeansParams(features=(*KMeansParams().features, "visits"))

    clusters = cluster_customers(three_groups().assign(visits=0.1), params=params, rng=rng())

    assert clusters.assignments["cluster"].tolist() == found.assignments["cluster"].tolist()


def test_k_chosen_on_a_sample_still_places_all():
    customers = three_groups(3000)
    params = KMeansParams(sample_rows=200)

    clusters = cluster_customers(customers, params=params, rng=rng())

    assert clusters.quality.sample_size == 200
    assert clusters.quality.customers == 3000
    assert adjusted_rand_score(np.repeat([0, 1, 2], 1000), clusters.assignments["cluster"]) == 1


# Assigning with a fit


def test_assign_repeats_the_run_from_stored_parameters(found):
    fit = KMeansFit.from_json(json.loads(json.dumps(found.fit.to_json())))

    pd.testing.assert_frame_equal(assign(fit, three_groups()), found.assignments)


def test_a_customer_at_a_centre_has_no_distance(found):
    at_centre = pd.DataFrame([found.fit.typical_values[1]], columns=list(found.fit.params.features))

    result = assign(found.fit, at_centre.assign(customer_id=1))

    assert result["cluster"].tolist() == [2]
    assert result["distance"].to_numpy() == pytest.approx([0], abs=1e-6)


def test_quality_is_json(found):
    data = json.loads(json.dumps(found.quality.to_json()))

    assert data["against_permuted"]["beats"] is True
    assert set(data["silhouette_by_k"]) == {str(k) for k in range(2, 9)}


def test_refunds_may_make_amounts_negative():
    customers = three_groups()
    customers.loc[:9, "monetary"] *= -1

    clusters = cluster_customers(customers, params=KMeansParams(), rng=rng())

    assert np.isfinite(clusters.assignments["distance"]).all()


# Not enough, or wrong


def test_too_few_customers_are_not_clustered():
    with pytest.raises(NotEnoughData) as error:
        cluster_customers(three_groups(48), params=KMeansParams(), rng=rng())

    assert (error.value.reason, error.value.facts) == ("too_few_customers", {"found": 48, "needed": 50})


def test_customers_who_are_all_alike_are_not_clustered():
    alike = three_groups().assign(recency_days=1, frequency=1, monetary=1)

    with pytest.raises(NotEnoughData) as error:
        cluster_customers(alike, params=KMeansParams(), rng=rng())

    assert error.value.reason == "no_variation"


def test_no_more_clusters_than_kinds_of_customers():
    two_kinds = three_groups().assign(recency_days=1, monetary=[1] * 75 + [9] * 75, frequency=[1] * 75 + [2] * 75)

    clusters = cluster_customers(two_kinds, params=KMeansParams(), rng=rng())

    assert list(clusters.quality.silhouette_by_k) == [2]
    assert clusters.quality.silhouette == 1


def test_infinite_values_are_refused():
    customers = three_groups()
    customers.loc[3, "monetary"] = np.inf

    with pytest.raises(InvalidInput, match="infinite values"):
        cluster_customers(customers, params=KMeansParams(), rng=rng())


def test_one_enormous_amount_does_not_hide_the_others_from_each_other():
    """By mean and deviation it would press all others together, and they would be one group."""
    customers = three_groups()
    customers.loc[0, "monetary"] = 1e300
    params = KMeansParams(features=("monetary",), log_features=("monetary",))

    clusters = cluster_customers(customers, params=params, rng=rng())

    assert adjusted_rand_score(np.repeat([0, 1, 2], 50)[1:], clusters.assignments["cluster"][1:]) == 1
    assert clusters.fit.preparation.outliers == (pytest.approx(1 / 150),)


def test_who_lacks_a_value_is_placed_by_the_median_and_counted(found):
    customers = three_groups()
    customers.loc[75, "recency_days"] = np.nan  # of those in the middle

    clusters = cluster_customers(customers, params=KMeansParams(), rng=rng())

    assert clusters.assignments["cluster"].tolist() == found.assignments["cluster"].tolist()
    assert clusters.fit.preparation.missing[0] == pytest.approx(1 / 150)
    pd.testing.assert_frame_equal(assign(clusters.fit, customers), clusters.assignments)


def test_missing_features_are_named():
    with pytest.raises(InvalidInput, match="missing columns: frequency"):
        cluster_customers(three_groups().drop(columns="frequency"), params=KMeansParams(), rng=rng())


@pytest.mark.parametrize(
    "params",
    [
        {"features": ()},
        {"features": ("monetary", "monetary")},
        {"log_features": ("visits",)},
        {"order_by": "visits"},
        {"k_min": 1},
        {"k_min": 5, "k_max": 4},
        {"min_customers": 8},
        {"inits": 0},
        {"cut_off": 0.5},
    ],
)
def test_impossible_params_are_refused(params):
    with pytest.raises(ValueError):
        KMeansParams(**params)


@given(st.lists(st.integers(1, 6), min_size=1, max_size=60))
def test_entropy_lies_between_one_cluster_and_equal_clusters(labels):
    assert -1e-12 <= size_entropy(np.array(labels)) <= np.log2(len(set(labels))) + 1e-12
