"""Of few nobody is told who may not be, nor by what is left of a sum."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest

from reports.charts.distributions import told_edges
from reports.charts.drawing import of_all
from reports.semantics.facts import FEWEST_OF_A_GROUP
from reports.semantics.few import together_told, told_of, untold


def hidden(sizes: list[int], earlier: list[int] | None = None) -> list[bool]:
    frame = pd.DataFrame({"split": "", "customers": sizes, "customers_earlier": earlier or sizes})
    return untold(frame, counts=["customers", "customers_earlier"], sums={"split": True}).tolist()


def test_as_many_are_put_together_as_it_takes():
    assert hidden([100, 6, 5]) == [False, False, False]
    assert hidden([100, 3, 4, 0]) == [False, True, True, False], "seven together"
    assert hidden([100, 6, 4]) == [False, True, True], "the sum less 106 would be 4"
    assert hidden([4]) == [True]
    assert hidden([100, 9, 6], earlier=[100, 9, 1]) == [False, True, True]
    assert hidden([100, 3, 0], earlier=[100, 0, 3]) == [True, True, True], "three in each of two times"


def test_who_shares_customers_is_no_more_than_the_largest():
    frame = pd.DataFrame({"split": ["a", "a", "a"], "customers": [3, 3, 100]})
    assert untold(frame, counts=["customers"], sums={"split": False}).all()
    assert untold(frame, counts=["customers"], sums={"split": True}).tolist() == [True, True, False]


def test_ranges_of_nobody_but_few_are_empty():
    assert told_of(pd.DataFrame({"customers": [2, 0, 1]})).empty
    assert told_of(pd.DataFrame({"customers": [9, 0, 1, 30]}))["customers"].tolist() == [0, 30]


def test_what_is_said_of_everybody_counts_those_too_who_are_not_told():
    told = told_of(pd.DataFrame({"customers": [9, 2, 30, 4], "spent": [1, 20, 300, 4_000]}))
    assert told["customers"].tolist() == [9, 30], "six are not few"
    assert (of_all(told, "customers"), of_all(told.assign(label=""), "spent")) == (45, 4_321)


def test_ranges_of_few_are_put_together_with_their_neighbours():
    values = pd.DataFrame({"value": [1, 2, 3, 5, 6], "customers": [9, 2, 3, 7, 1]})
    assert told_edges([0, 1, 2, 3, 4, 5, 6, 7], values, 5) == [0, 1, 2, 4, 5, 7]
    assert told_edges([0, 1, 2, 3, 4, 5, 6, 7], values, 0) == [0, 1, 2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize("seed", range(3))
def test_no_sum_of_a_table_leaves_few(seed):
    sizes = np.random.default_rng(seed).choice([0, 1, 3, 4, 5, 8, 40], size=(6, 5))
    cells = list(itertools.product(range(6), range(5)))
    frame = pd.DataFrame(cells, columns=["key", "split"]).assign(customers=sizes.ravel())
    few = untold(frame, counts=["customers"], sums={"key": True, "split": True})
    assert few.any()
    assert few[frame["customers"].between(1, FEWEST_OF_A_GROUP - 1)].all()
    for column in ("key", "split"):
        for _name, part in frame.assign(few=few).groupby(column):
            left = part.loc[part["few"], "customers"].sum()
            everybody_is_hidden = left == part["customers"].sum()
            assert left == 0 or left >= FEWEST_OF_A_GROUP or everybody_is_hidden
    told = together_told(frame, few, counts=["customers"], of="split", are_different=True)
    for _name, part in frame[told].groupby("split"):
        assert part["customers"].sum() >= FEWEST_OF_A_GROUP
