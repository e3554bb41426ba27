"""The features that customers are grouped by."""

from __future__ import annotations

import pandas as pd
import pytest

from analytics.customer_groups import category_shares, with_shares


class Lines:
    """Facts that know lines by category only."""

    def __init__(self, *rows: tuple[int, int, int]) -> None:
        self._rows = pd.DataFrame(rows, columns=["customer_id", "category_id", "order_lines"])

    def category_lines(self, *, window_days: int | None) -> pd.DataFrame:
        return self._rows


def shares(facts: Lines, *customer_ids: int, most: int = 20) -> pd.DataFrame | None:
    return category_shares(facts, pd.Series(customer_ids), window_days=365, most=most)  # type: ignore[arg-type]


def test_shares_stand_in_the_order_of_the_customers():
    found = shares(Lines((1, 7, 1), (1, 3, 3), (2, 3, 5)), 2, 1)
    assert found is not None
    assert found.to_dict("list") == {"category_3": [1.0, 0.75], "category_7": [0.0, 0.25]}


def test_a_customer_without_any_known_category_has_no_share():
    found = shares(Lines((1, 3, 3), (2, 7, 5)), 1, 2, 9)
    assert found is not None
    assert found.sum(axis=1).tolist() == [1.0, 1.0, 0.0]


def test_only_the_categories_with_the_most_buyers_are_kept():
    facts = Lines((1, 5, 1), (2, 5, 1), (1, 9, 8), (2, 8, 1), (1, 8, 1))
    found = shares(facts, 1, 2, most=2)
    assert found is not None
    assert found.to_dict("list") == {"category_5": [0.1, 0.5], "category_8": [0.1, 0.5]}


@pytest.mark.parametrize(
    ("facts", "customer_ids"),
    [
        (Lines(), (1, 2)),
        (Lines((1, 3, 3), (2, 3, 1)), (1, 2)),
        (Lines((1, 3, 3), (1, 4, 3)), (1, 2, 5)),
    ],
    ids=["no category", "one category", "most bought of none"],
)
def test_categories_that_say_too_little_are_left_out(facts, customer_ids):
    assert shares(facts, *customer_ids) is None


def test_profiles_show_shares_and_not_their_roots():
    profile = {
        "cluster": 1,
        "means": {"frequency": 2.0, "category_3": 0.9},
        "means_of_rest": {"frequency": 1.0, "category_3": 0.1},
        "traits": [
            {"feature": "category_3", "direction": "higher", "difference": 2.0, "ratio": 9.0},
            {"feature": "frequency", "direction": "higher", "difference": 1.0, "ratio": 2.0},
        ],
    }
    raw = pd.DataFrame({"category_3": [0.8, 0.6, 0.1, 0.3]})
    (found,) = with_shares([profile], raw, pd.Series([1, 1, 2, 2]))
    assert found["means"] == pytest.approx({"frequency": 2.0, "category_3": 0.7})
    assert found["means_of_rest"] == pytest.approx({"frequency": 1.0, "category_3": 0.2})
    assert [trait["ratio"] for trait in found["traits"]] == pytest.approx([3.5, 2.0])
