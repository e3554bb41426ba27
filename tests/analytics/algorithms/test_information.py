from math import log2

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.algorithms.information import entropy, of_categories, of_numbers


def bits(*counts):
    total = sum(counts)
    return -sum(count / total * log2(count / total) for count in counts if count)


def test_gain_and_ratio_of_the_weather_are_those_computed_by_hand():
    """Sunny: 2 of 5 played; overcast: 4 of 4; rain: 3 of 5 (the fourteen days of Quinlan 1986, table 1)."""
    outlook = np.repeat(["sunny", "overcast", "rain"], [5, 4, 5])
    played = np.array(list("yynnn" + "yyyy" + "yyynn"))
    found = of_categories(outlook, played)
    gain = bits(9, 5) - 5 / 14 * bits(2, 3) - 5 / 14 * bits(3, 2)
    assert found.gain == pytest.approx(gain)
    assert found.ratio == pytest.approx(gain / bits(5, 4, 5))
    assert (found.gain, found.ratio) == (pytest.approx(0.2467, abs=5e-5), pytest.approx(0.1564, abs=5e-5))


def test_wind_tells_less_than_the_outlook():
    """Weak wind: 6 of 8 played; strong: 3 of 6."""
    found = of_categories(np.repeat([0, 1], [8, 6]), np.array(list("yyyyyynn" + "yyynnn")))
    assert (found.gain, found.ratio) == (pytest.approx(0.0481, abs=5e-5), pytest.approx(0.0488, abs=5e-5))


def test_a_feature_that_names_everybody_has_all_the_gain_and_a_poor_ratio():
    found = of_categories(np.arange(8), np.array(list("yyyynnnn")))
    assert (found.gain, found.ratio) == (1.0, pytest.approx(1 / 3))


def test_a_number_is_cut_where_it_tells_most():
    """At most 2: three of n. Above: one of n, four of y. Gain 1 − 5/8 · H(1, 4), own entropy H(3, 5)."""
    found = of_numbers(np.array([5.0, 1, 2, 4, 2, 3, 6, 7]), np.array(list("ynnnnyyy")))
    assert found.threshold == 2.5
    assert found.gain == pytest.approx(1 - 5 / 8 * bits(1, 4))
    assert found.ratio == pytest.approx(found.gain / bits(3, 5))


def test_what_never_varies_tells_nothing():
    assert of_numbers(np.ones(4), np.array(list("ynyn"))).gain == 0
    assert of_categories(np.ones(4), np.array(list("ynyn"))).ratio == 0
    assert of_categories(np.array([]), np.array([])).gain == 0
    assert entropy(np.zeros(3)) == 0


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3)), min_size=1, max_size=40))
def test_no_cut_gains_more_than_the_labels_hold_or_less_than_nothing(pairs):
    values, labels = np.array(pairs, dtype=float).T
    whole = float(entropy(np.unique(labels, return_counts=True)[1].astype(float)))
    cut, branches = of_numbers(values, labels), of_categories(values, labels)
    assert 0 <= cut.gain <= branches.gain + 1e-9
    assert branches.gain <= whole + 1e-9
    assert of_categories(labels, labels).gain == pytest.approx(whole)
    # The order of the customers does not matter, nor another scale of the feature.
    assert of_numbers(values[::-1] * 3, labels[::-1]).gain == pytest.approx(cut.gain)
