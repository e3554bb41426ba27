from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from analytics.algorithms.drift import LARGE, NOTICEABLE, distributions, stability_index


def column(values, earlier=None):
    return distributions(pd.DataFrame({"x": values}), {"x": earlier} if earlier else {})["x"]


def test_the_index_of_shares_known_by_hand():
    # (.6 − .4) ln(.6 / .4) + (.4 − .6) ln(.4 / .6)
    found = stability_index(np.array([40_000, 60_000]), np.array([60_000, 40_000]))
    assert found == pytest.approx(2 * 0.2 * np.log(1.5), rel=1e-4)


def test_what_stays_is_still_and_what_moves_is_told_by_how_much():
    rng = np.random.default_rng(1)
    before = column(rng.normal(size=5000))
    assert before["psi"] is None
    assert sum(before["counts"]) == 5000
    assert column(rng.normal(size=5000), before)["psi"] < 0.02
    assert NOTICEABLE < column(rng.normal(0.4, size=5000), before)["psi"] < LARGE
    assert column(rng.normal(1.0, size=5000), before)["psi"] > LARGE


def test_ties_missing_values_and_words_have_their_own_bins():
    bought = column(np.array([1.0] * 90 + [2.0] * 5 + [np.nan] * 5))
    assert bought["counts"][-1] == 5
    assert column(np.array([1.0] * 40 + [np.nan] * 60), bought)["psi"] > LARGE
    bands = column(pd.Series(["low"] * 50 + ["high"] * 50))
    assert bands["counts"] == {"low": 50, "high": 50}
    assert column(pd.Series(["low"] * 50 + ["very high"] * 50), bands)["psi"] > LARGE
    json.dumps([bought, bands], allow_nan=False)


def test_nothing_at_all_moves_nowhere():
    empty = column(np.array([]))
    assert empty == {"edges": [], "counts": [0, 0], "psi": None}
    assert column(np.array([]), empty)["psi"] == 0
