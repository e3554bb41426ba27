import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import silhouette_samples

from analytics.algorithms import cluster_quality
from analytics.algorithms.cluster_quality import silhouettes


@given(st.integers(0, 2**32 - 1), st.integers(5, 90), st.integers(1, 6))
def test_silhouettes_are_those_of_scikit_learn(seed, n, features):
    rng = np.random.default_rng(seed)
    # Coarse, so that some points are equal.
    points = rng.normal(size=(n, features)).round(1)
    labellings = [rng.permutation(np.arange(n) % k) for k in (2, 3, n - 1)]

    found = silhouettes(points, labellings)

    for labels, values in zip(labellings, found, strict=True):
        np.testing.assert_allclose(values, silhouette_samples(points, labels), atol=1e-7)


@pytest.mark.parametrize("points_at_once", [1, 7, 1000])
def test_blocks_and_other_labellings_change_nothing(monkeypatch, points_at_once):
    rng = np.random.default_rng(4)
    points = rng.normal(size=(50, 3))
    labellings = [rng.integers(0, k, 50) for k in (2, 5)]
    expected = [silhouettes(points, [labels])[0] for labels in labellings]

    monkeypatch.setattr(cluster_quality, "_POINTS_AT_ONCE", points_at_once)

    np.testing.assert_allclose(silhouettes(points, labellings), expected, atol=1e-12)


def test_by_hand():
    points = np.array([[0.0], [2.0], [10.0]])

    # To its companion 2, to the other cluster 10 or 8; the last point is alone.
    assert silhouettes(points, [np.array([7, 7, 3])])[0].tolist() == pytest.approx([0.8, 0.75, 0.0])


def test_clusters_on_one_spot_are_no_clusters():
    assert silhouettes(np.ones((4, 2)), [np.array([0, 0, 1, 1])])[0].tolist() == [0.0] * 4


@pytest.mark.parametrize("labels", [[1, 1, 1], [1, 2, 3]])
def test_labels_that_are_all_equal_or_all_different_are_refused(labels):
    with pytest.raises(ValueError, match="different labels"):
        silhouettes(np.eye(3), [np.array([1, 1, 2]), np.array(labels)])
