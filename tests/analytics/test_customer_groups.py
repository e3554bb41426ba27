"""The features that customers are grouped by."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analytics.algorithms.maps import customer_map
from analytics.algorithms.preparing import prepared
from analytics.customer_groups import category_shares, places_on, with_shares


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


class Known(Lines):
    """Facts that know how customers bought as well."""

    def __init__(self, customers: pd.DataFrame, *rows: tuple[int, int, int]) -> None:
        super().__init__(*rows)
        self._customers = customers

    def customers(self, columns: list[str], *, window_days: int | None) -> pd.DataFrame:
        return self._customers[columns]


def test_customers_lie_on_a_kept_map_where_they_lay_when_it_was_drawn():
    chance = np.random.default_rng(3)
    ids = range(1, 31)
    lines = [(pk, category, int(chance.integers(1, 9))) for pk in ids for category in (3, 7)]
    customers = pd.DataFrame(
        {"customer_id": ids, "frequency": chance.integers(1, 9, 30), "monetary_minor": chance.integers(1, 10**6, 30)}
    )
    known = shares(Lines(*lines), *ids)
    assert known is not None
    original = customers[["monetary_minor", "frequency"]].set_axis(["monetary", "frequency"], axis=1).join(known)
    scaled, preparation = prepared(original.astype(float), log_features=["monetary"], together=list(known.columns))
    drawn = customer_map(scaled, list(original.columns), np.array(ids), rng=chance).to_json()
    drawn |= {"preparation": preparation.to_json(), "middle": scaled.mean(axis=0).tolist()}
    some = customers[customers["customer_id"] > 20].reset_index(drop=True)
    places = places_on(Known(some, *lines[40:]), drawn, window_days=365)  # type: ignore[arg-type]
    found = list(places.itertuples(index=False, name=None))
    assert np.array(found) == pytest.approx(np.array(drawn["points"][20:]), abs=1e-3)
