from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from analytics.algorithms.errors import InvalidInput, NotEnoughData
from analytics.algorithms.recommenders import item_to_item as module
from analytics.algorithms.recommenders.item_to_item import PairTable, fit_ease, fit_items
from analytics.algorithms.recommenders.methods import RecommenderParams
from tests.analytics.algorithms.recommenders.purchases import (
    AS_OF,
    fitting_of,
    known_of,
    purchase_frame,
    purchase_histories,
    tastes,
)

# Products 1 and 2 go together, 3 stands alone.
BASKETS = {11: [1, 2], 12: [1, 2], 13: [1, 2, 3], 14: [1], 15: [3]}

# Each example is fitted and asked anew.
few = settings(max_examples=20)


def pair_values(purchases, **params):
    """Similarity and share of the pairs kept: `{(product, other): (similarity, share)}`."""
    fitting = fitting_of(known_of(purchases), **params)
    items, shares = fitting.items()
    ids = fitting.catalogue.product_ids.tolist()
    owned, candidate = np.nonzero(items.weights.values)
    return {
        (ids[i], ids[j]): (items.weights.values[i, j], shares.values[i, j])
        for i, j in zip(owned.tolist(), candidate.tolist(), strict=True)
    }


def test_similarity_and_share_by_hand():
    pairs = pair_values(purchase_frame(BASKETS), shrinkage=1)

    # Four bought product 1, three of them product 2: cosine 3 / sqrt(4 · 3), shrunk by 3 / (3 + 1).
    assert pairs[1, 2] == pytest.approx((3 / np.sqrt(12) * 3 / 4, 3 / 4))
    assert pairs[2, 1] == pytest.approx((3 / np.sqrt(12) * 3 / 4, 1))
    assert pairs[3, 2] == pytest.approx((1 / np.sqrt(6) * 1 / 2, 1 / 2))


@few
@given(purchase_histories(), st.sampled_from(["bought", "liking"]), st.sampled_from([0.0, 2.5]))
def test_similarities_are_those_of_the_formula_on_filled_matrices(purchases, of, shrinkage):
    quantities = purchases.pivot_table(
        index="customer_id", columns="product_id", values="quantity", aggfunc="sum", fill_value=0
    ).to_numpy(float)
    x = (quantities > 0).astype(float) if of == "bought" else quantities / quantities.max()
    joint = (quantities > 0).astype(float).T @ (quantities > 0)
    lengths = np.linalg.norm(x, axis=0)
    similarity = np.nan_to_num(x.T @ x / np.outer(lengths, lengths) * joint / np.maximum(joint + shrinkage, 1e-9))
    apart = 1 - np.eye(len(joint))

    items, shares = fit_items(sparse.csr_array(x), neighbours=100, shrinkage=shrinkage, of=of)

    np.testing.assert_allclose(items.weights.values, similarity * apart, atol=1e-6)
    np.testing.assert_allclose(shares.values, joint / np.diag(joint)[:, None] * apart, atol=1e-6)


def test_few_products_and_many_are_fitted_alike(monkeypatch):
    purchases = tastes(customers=200, weeks=6)
    monkeypatch.setattr(module, "_CELLS_AT_ONCE", 1000)
    few = pair_values(purchases)

    monkeypatch.setattr(module, "FILLED_PER_PURCHASE", 0)
    monkeypatch.setattr(module, "_PRODUCTS_AT_ONCE", 7)

    assert pair_values(purchases) == few


def test_a_filled_table_of_pairs_and_a_sparse_one_say_the_same(monkeypatch):
    rng = np.random.default_rng(2)
    owned, candidate = np.nonzero(rng.random((30, 30)) < 0.2)
    pairs = (owned, candidate, rng.random(len(owned)))
    filled = PairTable.of(*pairs, products=30)
    monkeypatch.setattr(module, "FILLED_PRODUCTS", 0)
    listed = PairTable.of(*pairs, products=30)
    asked = rng.integers(0, 30, (2, 50))
    weights = sparse.csr_array(np.eye(4, 30, dtype=np.float32))

    assert listed.at(*asked).tolist() == filled.at(*asked).tolist()
    np.testing.assert_array_equal(listed.mean_for(weights), filled.mean_for(weights))


# EASE


def test_ease_of_two_products_by_hand():
    # Three have both, one the first alone, two the second alone: G = [[4, 3], [3, 5]], and with a ridge of 1
    # [[5, 3], [3, 6]]. Its inverse is [[6, -3], [-3, 5]] / 21, so that −P₁₂ / P₂₂ = 3 / 5 and −P₂₁ / P₁₁ = 3 / 6.
    bought = sparse.csr_array(np.array([[1, 1], [1, 1], [1, 1], [1, 0], [0, 1], [0, 1]]))

    weights = fit_ease(bought, ridge=1.0).weights.values

    np.testing.assert_allclose(weights, [[0, 3 / 5], [3 / 6, 0]], rtol=1e-6)


@few
@given(purchase_histories(), st.floats(0.5, 50))
def test_ease_predicts_each_product_as_ridge_regression_on_the_others_does(purchases, ridge):
    bought = fitting_of(known_of(purchases)).histories.bought
    x = (bought.toarray() > 0).astype(float)

    weights = fit_ease(bought, ridge=ridge).weights.values

    for j in range(x.shape[1]):
        others = np.delete(x, j, axis=1)
        expected = np.linalg.solve(others.T @ others + ridge * np.eye(others.shape[1]), others.T @ x[:, j])
        np.testing.assert_allclose(np.delete(weights[:, j], j), expected, atol=1e-5)
        assert weights[j, j] == 0


# Properties and input


@few
@given(purchase_histories())
def test_similarity_is_symmetric_and_within_bounds(purchases):
    pairs = pair_values(purchases)

    for (owned, candidate), (similarity, share) in pairs.items():
        assert similarity == pytest.approx(pairs[candidate, owned][0], rel=1e-6)
        assert 0 < similarity <= 1
        assert 0 < share <= 1


def test_only_the_most_similar_are_kept():
    assert set(pair_values(purchase_frame(BASKETS), neighbours=1)) == {(1, 2), (2, 1), (3, 2)}


def test_products_stand_in_order_of_recent_popularity():
    old, recent = AS_OF - timedelta(days=200), AS_OF - timedelta(days=89)
    purchases = pd.concat(
        [
            purchase_frame({11: [1], 12: [1], 13: [1, 4]}, ordered_date=old),
            purchase_frame({11: [2], 12: [2], 13: [3, 5]}, ordered_date=recent),
        ]
    )

    catalogue = fitting_of(known_of(purchases)).catalogue

    # 3 and 5 are equal: the smaller number stands first. Of the three recent customers two bought product 2.
    assert catalogue.product_ids.tolist() == [2, 3, 5, 1, 4]
    assert catalogue.popularity().tolist() == pytest.approx([2 / 3, 1 / 3, 1 / 3, 0, 0])
    of_all_time = fitting_of(known_of(purchases), popularity_days=None).catalogue
    assert of_all_time.product_ids.tolist() == [1, 2, 3, 4, 5]


@few
@given(purchase_histories())
def test_a_row_per_pair_with_the_last_day_says_the_same_as_a_row_per_purchase(purchases):
    pairs = purchases.groupby(["customer_id", "product_id"], as_index=False).agg(
        ordered_date=("ordered_date", "max"), quantity=("quantity", "sum")
    )

    by_pair, by_purchase = (fitting_of(known_of(each)) for each in (pairs, purchases))

    assert by_pair.catalogue.product_ids.tolist() == by_purchase.catalogue.product_ids.tolist()
    assert pair_values(pairs) == pair_values(purchases)


def test_a_product_wholly_returned_was_not_bought():
    purchases = purchase_frame({11: [1, 2, 2], 12: [1]}).assign(quantity=[1, 3, -3, 1])

    assert fitting_of(known_of(purchases)).catalogue.product_ids.tolist() == [1]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"product_id": 0}, "product_id must be positive"),
        ({"customer_id": np.nan}, "missing values"),
        ({"quantity": np.nan}, "missing values"),
    ],
)
def test_input_that_breaks_the_contract_is_refused(changes, message):
    with pytest.raises(InvalidInput, match=message):
        known_of(purchase_frame(BASKETS).assign(**changes))


def test_without_purchases_there_is_nothing_to_fit():
    with pytest.raises(NotEnoughData, match="no_purchases"):
        fitting_of(known_of(purchase_frame(BASKETS), as_of=AS_OF - timedelta(days=1)))


@pytest.mark.parametrize("params", [{"ridge": 0}, {"shrinkage": -1}, {"neighbours": 0}, {"popularity_days": 0}])
def test_impossible_params_are_refused(params):
    with pytest.raises(ValueError):
        RecommenderParams(**params)
