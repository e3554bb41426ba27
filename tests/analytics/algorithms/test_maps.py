import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from analytics.algorithms.maps import customer_map, positioning


def rng():
    return np.random.default_rng(4)


def test_the_first_axis_is_the_one_that_customers_vary_on_and_points_where_it_grows():
    varied = rng().normal(size=(200, 1)) * [5.0, 4.0, 0.1]
    found = customer_map(varied, ["spent", "often", "noise"], np.repeat([1, 2], 100), rng=rng())
    assert found.explained[0] > 0.99
    spent, often, _noise = found.loadings
    assert (spent[0], often[0]) == (
        pytest.approx(5 / np.hypot(5, 4), abs=1e-3),
        pytest.approx(4 / np.hypot(5, 4), abs=1e-3),
    )
    assert len(found.points) == 200


def test_groups_stand_at_the_mean_of_their_customers():
    places = np.array([[0.0, 0], [2, 0], [10, 2], [12, 2]])
    found = customer_map(places, ["a", "b"], np.array([2, 2, 1, 1]), rng=rng())
    (one, first, _), (two, second, _) = found.centroids
    assert (one, two) == (1, 2)
    assert first - second == pytest.approx(np.hypot(10, 2), abs=0.2)


def test_one_feature_has_no_second_axis_and_nothing_that_varies_none():
    single = customer_map(np.arange(4.0)[:, None], ["a"], np.ones(4), rng=rng())
    assert (single.explained, {y for _group, _x, y in single.points}) == ((1.0, 0.0), {0.0})
    assert customer_map(np.ones((3, 2)), ["a", "b"], np.ones(3), rng=rng()).explained == (0.0, 0.0)


def test_positions_of_a_small_table_are_those_computed_by_hand():
    """Each row buys of one column only: χ² over the sum is 1, and the two rows lie 2 apart, at their columns."""
    found = positioning(np.array([[4.0, 0], [0, 4]]))
    assert found.inertia == pytest.approx(1)
    assert found.explained == (pytest.approx(1), pytest.approx(0))
    assert {row[0] for row in found.rows} == {1.0, -1.0}
    assert found.rows[0][0] == found.columns[0][0]
    assert found.ratios == ((2.0, 0.0), (0.0, 2.0))


def test_who_buys_alike_stands_in_one_place():
    found = positioning(np.array([[1.0, 2, 3], [2, 4, 6]]))
    assert (found.inertia, found.explained) == (pytest.approx(0), (0.0, 0.0))
    assert found.rows == ((0.0, 0.0), (0.0, 0.0))


def test_empty_rows_are_refused():
    with pytest.raises(ValueError, match="above 0"):
        positioning(np.array([[0.0, 0], [1, 2]]))


@given(arrays(np.float64, st.tuples(st.integers(2, 5), st.integers(2, 5)), elements=st.integers(1, 50)))
def test_inertia_is_chi_squared_over_the_sum_and_the_origin_the_mean(counts):
    found = positioning(counts)
    total = counts.sum()
    expected = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / total
    assert found.inertia == pytest.approx((np.square(counts - expected) / expected).sum() / total, abs=1e-9)
    assert sum(found.explained) <= 1 + 1e-9
    for places, weights in ((found.rows, counts.sum(axis=1)), (found.columns, counts.sum(axis=0))):
        assert weights @ np.array(places) / total == pytest.approx([0, 0], abs=1e-3)
    # Twice as many of everything changes nothing.
    assert np.array(positioning(counts * 2).ratios) == pytest.approx(np.array(found.ratios))
