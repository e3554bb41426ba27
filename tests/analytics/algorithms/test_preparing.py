import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.algorithms.errors import InvalidInput
from analytics.algorithms.preparing import FARTHEST, Preparation, prepared


def test_the_scale_is_that_of_the_quartiles_whatever_the_outlier():
    for farthest in (10.0, 1e9):
        values, how = prepared(pd.DataFrame({"basket": [1.0, 2.0, 3.0, 4.0, farthest]}))
        assert (how.centres, how.scales) == ((3.0,), (pytest.approx(2 / 1.349),))
        assert values[:4, 0] == pytest.approx(np.array([-2, -1, 0, 1]) * 1.349 / 2)
    assert values[4, 0] == FARTHEST
    assert how.outliers == (0.2,)


def test_a_missing_value_is_taken_to_be_the_median_and_counted():
    values, how = prepared(pd.DataFrame({"basket": [1.0, np.nan, 3.0, 5.0], "unknown": [np.nan] * 4}))
    assert values[1, 0] == 0
    assert values[:, 1].tolist() == [0, 0, 0, 0]
    assert how.missing == (0.25, 1.0)


def test_features_of_one_unit_are_scaled_by_one_number():
    values, how = prepared(
        pd.DataFrame({"tea": [0.0, 0.0, 0.0, 1.0], "coffee": [0.0, 0.5, 0.0, 0.5]}), together=("tea", "coffee")
    )
    assert how.scales[0] == how.scales[1] == pytest.approx(np.sqrt((0.1875 + 0.0625) / 2))
    assert np.ptp(values[:, 0]) == pytest.approx(2 * np.ptp(values[:, 1]))


def test_infinite_values_are_refused():
    with pytest.raises(InvalidInput):
        prepared(pd.DataFrame({"basket": [1.0, np.inf]}))


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=30), st.floats(0.01, 100))
def test_another_currency_changes_nothing(amounts, rate):
    values, _ = prepared(pd.DataFrame({"basket": amounts}))
    converted, _ = prepared(pd.DataFrame({"basket": [amount * rate for amount in amounts]}))
    assert np.abs(values).max() <= FARTHEST
    # A constant but for rounding may tell nothing apart in one currency and next to nothing in the other.
    if np.ptp(amounts) > 1e-6 * (1 + np.abs(amounts).max()):
        assert converted == pytest.approx(values, abs=1e-6)


@pytest.mark.parametrize("scaled", [True, False])
def test_a_preparation_that_was_stored_gives_the_same_values_again(scaled):
    known = pd.DataFrame({"spent": [-3.0, 0.0, np.nan, 20.0, 1e9], "tea": [0.0, 0.25, 1.0, 0.5, 0.0]})
    values, how = prepared(known, log_features=("spent",), together=("tea",), scaled=scaled)
    kept = Preparation.from_json(json.loads(json.dumps(how.to_json())))
    assert kept == how
    assert kept.applied(known) == pytest.approx(values)
    spent = kept.in_own_units(values)[:, 0]
    assert spent[[0, 1, 3]] == pytest.approx([-3, 0, 20], abs=1e-9)
    # Between nothing and 20, in logarithms.
    assert kept.filled(known)["spent"][2] == pytest.approx(np.sqrt(21) - 1)
