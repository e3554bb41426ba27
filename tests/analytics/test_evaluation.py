import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.algorithms.errors import NotEnoughData
from analytics.evaluation import (
    Comparison,
    bootstrap_interval,
    bootstrap_means,
    catalogue_coverage,
    compare_independent,
    compare_paired,
    ndcg_at,
    recall_at,
)


def rng():
    return np.random.default_rng(7)


def comparison(low, high, **changes):
    values = {"metric": "m", "model": 1.0, "baseline": 0.0, "difference": 1.0, "observations": 9, **changes}
    return Comparison(**values, low=low, high=high)


# Bootstrap


def test_interval_is_close_to_normal_theory():
    values = rng().normal(5, 2, size=4000)

    low, high = bootstrap_interval(values, rng=rng(), resamples=4000)

    half_width = 1.96 * values.std() / np.sqrt(len(values))
    assert [low, high] == pytest.approx([values.mean() - half_width, values.mean() + half_width], abs=0.1 * half_width)


def test_interval_covers_the_truth_as_often_as_it_says():
    generator = rng()
    intervals = [bootstrap_interval(generator.normal(size=80), rng=generator, resamples=300) for _ in range(300)]

    covered = np.mean([low <= 0 <= high for low, high in intervals])

    assert 0.91 <= covered <= 0.98


def test_same_seed_same_interval():
    values = np.arange(50.0)

    assert bootstrap_interval(values, rng=rng()) == bootstrap_interval(values, rng=rng())


def test_blocks_of_a_large_sample_give_all_resamples():
    means = bootstrap_means(np.ones(3_000_000), rng=rng(), resamples=3)

    assert means.tolist() == [1.0, 1.0, 1.0]


@pytest.mark.parametrize("values", [[], [1.0]])
def test_fewer_than_two_values_have_no_interval(values):
    with pytest.raises(NotEnoughData, match="too_few_observations"):
        bootstrap_interval(np.array(values), rng=rng())


# Comparisons


def test_a_difference_within_noise_does_not_beat():
    generator = rng()
    model, baseline = generator.normal(size=(2, 500))

    assert not compare_paired("m", model=model, baseline=baseline, rng=generator).beats


def test_pairing_finds_a_small_steady_gain_that_unrelated_samples_hide():
    generator = rng()
    baseline = generator.normal(scale=10, size=500)
    model = baseline + generator.normal(0.1, 0.2, size=500)

    assert compare_paired("m", model=model, baseline=baseline, rng=generator).beats
    assert not compare_independent("m", model=model, baseline=baseline, rng=generator).beats


@pytest.mark.parametrize(
    ("low", "high", "higher_is_better", "beats"),
    [
        (0.01, 0.2, True, True),
        (0.0, 0.2, True, False),
        (-0.1, 0.2, True, False),
        (-0.2, -0.01, True, False),
        (-0.2, -0.01, False, True),
        (-0.2, 0.0, False, False),
        (0.01, 0.2, False, False),
    ],
)
def test_beats_means_that_the_interval_lies_on_the_better_side_of_zero(low, high, higher_is_better, beats):
    assert comparison(low, high, higher_is_better=higher_is_better).beats is beats


def test_values_of_different_customers_cannot_be_paired():
    with pytest.raises(ValueError, match="not the same observations"):
        compare_paired("m", model=np.zeros(3), baseline=np.zeros(4), rng=rng())


def test_json_says_the_verdict_and_reads_back():
    data = json.loads(json.dumps(comparison(0.1, 0.3).to_json()))

    assert data["beats"] is True
    assert Comparison.from_json(data) == comparison(0.1, 0.3)


# Ranking metrics


def test_ndcg_by_hand():
    hits = np.array([[True, False, True], [False, False, False], [True, True, True]])

    # First: (1 + 1/2) / (1 + 1/log2(3)); two relevant products, ranks 1 and 3.
    assert ndcg_at(hits, np.array([2, 4, 7])) == pytest.approx([1.5 / (1 + 1 / np.log2(3)), 0, 1])


def test_recall_by_hand():
    hits = np.array([[True, False, True], [False, False, False]])

    assert recall_at(hits, np.array([4, 1])) == pytest.approx([0.5, 0])


def test_a_customer_with_nothing_relevant_has_no_metric():
    hits = np.zeros((1, 3), dtype=bool)

    assert np.isnan(ndcg_at(hits, np.array([0]))).all()
    assert np.isnan(recall_at(hits, np.array([0]))).all()


@given(st.lists(st.booleans(), min_size=1, max_size=12), st.integers(1, 5))
def test_ndcg_lies_between_0_and_1_and_earlier_hits_are_better(ranks, missed):
    hits = np.array([ranks, sorted(ranks, reverse=True)])

    value, best = ndcg_at(hits, hits.sum(axis=1) + missed)

    assert 0 <= value <= best <= 1


def test_coverage_counts_products_of_the_catalogue_once():
    assert catalogue_coverage(np.array([[1, 2], [2, 9]]), np.array([1, 2, 3, 4])) == 0.5
    assert catalogue_coverage(np.array([[1]]), np.array([], dtype=np.int64)) == 0.0
