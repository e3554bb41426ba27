import json
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.algorithms import item_similarity as module
from analytics.algorithms.errors import InvalidInput, NotEnoughData
from analytics.algorithms.item_similarity import ItemSimilarity, RecommenderParams, fit_item_similarity
from tests.analytics.algorithms.purchases import AS_OF, purchase_frame, purchase_histories, tastes

# Products 1 and 2 go together, 3 stands alone.
BASKETS = {11: [1, 2], 12: [1, 2], 13: [1, 2, 3], 14: [1], 15: [3]}


def fitted(purchases, **params):
    return fit_item_similarity(purchases, as_of=AS_OF, params=RecommenderParams(**params))


def pair_values(model):
    rows = model.neighbours().itertuples(index=False)
    return {(row.product_id, row.similar_product_id): (row.similarity, row.share) for row in rows}


def test_similarity_and_share_by_hand():
    pairs = pair_values(fitted(purchase_frame(BASKETS), shrinkage=1))

    # Four bought product 1, three of them product 2: cosine 3 / sqrt(4 · 3), shrunk by 3 / (3 + 1).
    assert pairs[1, 2] == pytest.approx((3 / np.sqrt(12) * 3 / 4, 3 / 4))
    assert pairs[2, 1] == pytest.approx((3 / np.sqrt(12) * 3 / 4, 1))
    assert pairs[3, 2] == pytest.approx((1 / np.sqrt(6) * 1 / 2, 1 / 2))


@given(purchase_histories(), st.sampled_from(["binary", "log"]), st.sampled_from([0.0, 2.5]))
def test_similarities_are_those_of_the_formula_on_dense_matrices(purchases, weighting, shrinkage):
    quantities = purchases.pivot_table(
        index="customer_id", columns="product_id", values="quantity", aggfunc="sum", fill_value=0
    )
    x = np.log1p(quantities.to_numpy(float)) if weighting == "log" else (quantities > 0).to_numpy(float)
    joint = (quantities > 0).to_numpy(float).T @ (quantities > 0).to_numpy(float)
    lengths = np.linalg.norm(x, axis=0)
    with np.errstate(invalid="ignore"):
        similarity = np.nan_to_num(x.T @ x / np.outer(lengths, lengths) * joint / (joint + shrinkage))
    products = quantities.columns
    expected = {
        (products[i], products[j]): (similarity[i, j], joint[i, j] / joint[i, i])
        for i in range(len(products))
        for j in range(len(products))
        if i != j and joint[i, j] > 0
    }

    pairs = pair_values(fitted(purchases, weighting=weighting, shrinkage=shrinkage))

    assert pairs.keys() == expected.keys()
    for pair, values in pairs.items():
        assert values == pytest.approx(expected[pair])


@pytest.mark.parametrize("weighting", ["binary", "log"])
def test_few_products_and_many_are_fitted_alike(monkeypatch, weighting):
    purchases = tastes(customers=200, weeks=6)
    monkeypatch.setattr(module, "_CELLS_AT_ONCE", 1000)
    few = fitted(purchases, weighting=weighting)

    monkeypatch.setattr(module, "_DENSE_PRODUCTS", 0)
    monkeypatch.setattr(module, "_PRODUCTS_AT_ONCE", 7)
    many = fitted(purchases, weighting=weighting)

    pd.testing.assert_frame_equal(few.neighbours(), many.neighbours(), rtol=1e-12)


@given(purchase_histories())
def test_similarity_is_symmetric_and_within_bounds(purchases):
    pairs = pair_values(fitted(purchases))

    for (owned, candidate), (similarity, share) in pairs.items():
        assert similarity == pytest.approx(pairs[candidate, owned][0])
        assert 0 < similarity <= 1
        assert 0 < share <= 1


def test_only_the_most_similar_are_kept():
    model = fitted(purchase_frame(BASKETS), neighbours=1)

    assert set(pair_values(model)) == {(1, 2), (2, 1), (3, 2)}


def test_products_stand_in_order_of_recent_popularity():
    old, recent = AS_OF - timedelta(days=200), AS_OF - timedelta(days=89)
    purchases = pd.concat(
        [
            purchase_frame({11: [1], 12: [1], 13: [1, 4]}, ordered_date=old),
            purchase_frame({11: [2], 12: [2], 13: [3, 5]}, ordered_date=recent),
        ]
    )

    model = fitted(purchases)

    # 3 and 5 are equal: the smaller number stands first. Of the three recent customers two bought product 2.
    assert model.product_ids.tolist() == [2, 3, 5, 1, 4]
    assert model.popularity().tolist() == pytest.approx([2 / 3, 1 / 3, 1 / 3, 0, 0])
    assert fitted(purchases, popularity_days=None).product_ids.tolist() == [1, 2, 3, 4, 5]


@given(purchase_histories(), st.integers(0, 200))
def test_nothing_after_as_of_is_learned(purchases, days_ago):
    as_of = AS_OF - timedelta(days=days_ago)
    known = purchases[purchases["ordered_date"] <= pd.Timestamp(as_of)]
    if known.empty:
        with pytest.raises(NotEnoughData, match="no_purchases"):
            fit_item_similarity(purchases, as_of=as_of, params=RecommenderParams())
        return

    whole = fit_item_similarity(purchases, as_of=as_of, params=RecommenderParams())
    cut = fit_item_similarity(known, as_of=as_of, params=RecommenderParams())

    assert whole.to_json() == cut.to_json()
    pd.testing.assert_frame_equal(whole.products(), cut.products())
    pd.testing.assert_frame_equal(whole.neighbours(), cut.neighbours())


@given(purchase_histories())
def test_a_row_per_pair_with_the_last_day_says_the_same_as_a_row_per_purchase(purchases):
    pairs = purchases.groupby(["customer_id", "product_id"], as_index=False).agg(
        ordered_date=("ordered_date", "max"), quantity=("quantity", "sum")
    )

    by_pair, by_purchase = fitted(pairs, weighting="log"), fitted(purchases, weighting="log")

    pd.testing.assert_frame_equal(by_pair.products(), by_purchase.products())
    pd.testing.assert_frame_equal(by_pair.neighbours(), by_purchase.neighbours())


def test_a_product_wholly_returned_was_not_bought():
    purchases = purchase_frame({11: [1, 2, 2], 12: [1]}).assign(quantity=[1, 3, -3, 1])

    assert fitted(purchases).product_ids.tolist() == [1]


@given(purchase_histories())
def test_stored_model_reads_back(purchases):
    model = fitted(purchases)

    again = ItemSimilarity.from_stored(
        json.loads(json.dumps(model.to_json())), model.products(), model.neighbours().sample(frac=1, random_state=1)
    )

    assert again.to_json() == model.to_json()
    pd.testing.assert_frame_equal(again.products(), model.products())
    pd.testing.assert_frame_equal(again.neighbours(), model.neighbours())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"product_id": 0}, "product_id must be positive"),
        ({"customer_id": np.nan}, "missing values"),
        ({"ordered_date": pd.NaT}, "missing values"),
        ({"quantity": np.nan}, "missing values"),
    ],
)
def test_input_that_breaks_the_contract_is_refused(changes, message):
    with pytest.raises(InvalidInput, match=message):
        fitted(purchase_frame(BASKETS).assign(**changes))


def test_missing_columns_are_named():
    with pytest.raises(InvalidInput, match="missing columns: customer_id, ordered_date"):
        fitted(purchase_frame(BASKETS)[["product_id"]])


def test_without_purchases_there_is_nothing_to_fit():
    with pytest.raises(NotEnoughData, match="no_purchases"):
        fit_item_similarity(purchase_frame(BASKETS), as_of=date(2020, 1, 1), params=RecommenderParams())


@pytest.mark.parametrize(
    "params", [{"weighting": "loud"}, {"shrinkage": -1}, {"neighbours": 0}, {"popularity_days": 0}]
)
def test_impossible_params_are_refused(params):
    with pytest.raises(ValueError):
        RecommenderParams(**params)
