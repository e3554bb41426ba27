import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.algorithms.errors import InvalidInput
from analytics.algorithms.recommenders import lists as module
from analytics.algorithms.recommenders.lists import NO_PRODUCT, recommend
from analytics.algorithms.recommenders.matrices import histories_of
from tests.analytics.algorithms.recommenders.purchases import (
    AS_OF,
    bought_by,
    fitting_of,
    known_of,
    purchase_frame,
    purchase_histories,
    tastes,
)

NEWCOMER = 99
BASKETS = {11: [1, 2], 12: [1, 2], 13: [1, 2, 3], 14: [1], 15: [3], 16: [4], 17: [4], 18: [4], 19: [4], 20: [4]}
METHODS = ["item", "ease", "user_cosine", "user_euclidean", "popular_recent"]

# Each example is fitted and asked anew.
few = settings(max_examples=20)


def lists_for(purchases, customer_ids, *, method="item", fitting=None, blocked=(), declined=None, again=(), **options):
    known = known_of(purchases, again=np.array(again, dtype=np.int64))
    fitting = fitting or fitting_of(known)
    recommender, evidence = fitting.with_evidence(method, {}, np.random.default_rng(0))
    customers = histories_of(known, fitting.catalogue, np.array(customer_ids, dtype=np.int64), declined=declined)
    offered = ~np.isin(fitting.catalogue.product_ids, blocked)
    return recommend(recommender, customers, fitting.catalogue, evidence=evidence, offered=offered, **options)


def everyone(purchases):
    return np.array([*sorted(purchases["customer_id"].unique()), NEWCOMER])


def products_of(lists, customer_id):
    row = lists.product_ids[lists.customer_ids.tolist().index(customer_id)]
    return row[row != NO_PRODUCT].tolist()


# By hand


def test_what_goes_together_comes_first_with_its_reason():
    lists = lists_for(purchase_frame(BASKETS), [14])

    # Product 4 is the most popular, but nobody who bought 1 bought it.
    assert lists.product_ids[0, :3].tolist() == [2, 3, 4]
    assert lists.reason_product_ids[0, :3].tolist() == [1, 1, NO_PRODUCT]
    assert lists.reason_shares[0, :3].tolist() == pytest.approx([3 / 4, 1 / 4, 5 / 10])
    assert lists.scores[0, 2] == 0


def test_newcomer_gets_popular_products():
    lists = lists_for(purchase_frame(BASKETS), [NEWCOMER], n=3)

    assert lists.product_ids.tolist() == [[4, 1, 2]]
    assert lists.reason_product_ids.tolist() == [[NO_PRODUCT] * 3]
    assert lists.reason_shares[0].tolist() == pytest.approx([5 / 10, 4 / 10, 3 / 10])


def test_reason_is_the_purchase_that_adds_most():
    baskets = {1: [1, 5], 2: [1, 5], 3: [1, 5], 4: [2, 5], 5: [2], 6: [2], 7: [1, 2]}

    lists = lists_for(purchase_frame(baskets), [7], n=1)

    assert lists.product_ids.tolist() == [[5]]
    assert lists.reason_product_ids.tolist() == [[1]]


def test_blocked_products_are_not_offered():
    lists = lists_for(purchase_frame(BASKETS), [14, NEWCOMER], blocked=[2, 4])

    assert products_of(lists, 14) == [3]
    assert products_of(lists, NEWCOMER) == [1, 3]


def test_products_that_people_buy_again_come_again_after_a_while():
    purchases = pd.concat(
        [purchase_frame(BASKETS, ordered_date=AS_OF - pd.Timedelta(days=40)), purchase_frame({11: [2]})]
    )

    # 1 was bought 40 days ago, 2 today; of 3 nobody buys another.
    assert sorted(products_of(lists_for(purchases, [11], again=[1, 2]), 11)) == [1, 3, 4]
    assert products_of(lists_for(purchases, [13], again=[1]), 13) == [1, 4]


def test_what_was_declined_is_not_offered_to_them_alone():
    declined = pd.DataFrame({"customer_id": [14, NEWCOMER, 12345], "product_id": [2, 4, 1]})

    lists = lists_for(purchase_frame(BASKETS), [11, 14, NEWCOMER], declined=declined)

    assert products_of(lists, 11) == [3, 4]
    assert products_of(lists, 14) == [3, 4]
    assert products_of(lists, NEWCOMER) == [1, 2, 3]


def test_who_bought_everything_gets_nothing():
    lists = lists_for(purchase_frame({1: [1, 2], 2: [1]}), [1])

    assert lists.product_ids.tolist() == [[NO_PRODUCT] * 10]
    assert lists.to_frame().empty


def test_purchases_since_the_fit_are_left_out_and_used():
    since = purchase_frame({NEWCOMER: [1, 777]})

    lists = lists_for(since, [NEWCOMER], fitting=fitting_of(known_of(purchase_frame(BASKETS))))

    assert products_of(lists, NEWCOMER) == [2, 3, 4]
    assert lists.reason_product_ids[0, 0] == 1


def test_popular_products_are_so_for_all():
    lists = lists_for(purchase_frame(BASKETS), [11, NEWCOMER], method="popular_recent")

    assert products_of(lists, 11) == [4, 3]
    assert products_of(lists, NEWCOMER) == [4, 1, 2, 3]
    assert not lists.reason_product_ids.any()


def test_frame_has_a_row_per_recommendation():
    frame = lists_for(purchase_frame(BASKETS), [11, 14], n=2).to_frame()

    assert frame[["customer_id", "rank", "product_id"]].values.tolist() == [
        [11, 1, 3],
        [11, 2, 4],
        [14, 1, 2],
        [14, 2, 3],
    ]


def test_nobody_asked_for_gives_no_lists():
    assert lists_for(purchase_frame(BASKETS), []).product_ids.shape == (0, 10)


# Against the definition


@few
@given(purchase_histories(), st.integers(1, 10))
def test_lists_are_those_of_the_definition(purchases, n):
    fitting = fitting_of(known_of(purchases))
    items, _shares = fitting.items()
    product_ids = fitting.catalogue.product_ids.tolist()

    lists = lists_for(purchases, everyone(purchases), fitting=fitting, n=n)

    for row, customer_id in enumerate(lists.customer_ids.tolist()):
        owned = [product_ids.index(product) for product in bought_by(purchases, customer_id)]
        weights = items.weights.values[owned].astype(float)
        scores = (weights.mean(axis=0) if owned else np.zeros(len(product_ids))).tolist()
        left = [j for j in range(len(product_ids)) if j not in owned]
        expected = sorted(left, key=lambda j: (-round(scores[j], 9), j))[:n]
        assert products_of(lists, customer_id) == [product_ids[j] for j in expected]
        for rank, j in enumerate(expected):
            assert lists.scores[row, rank] == pytest.approx(scores[j], abs=1e-6)
            reason = lists.reason_product_ids[row, rank]
            assert (reason == NO_PRODUCT) == (scores[j] == 0)
            if scores[j]:
                assert items.weights.values[product_ids.index(reason), j] == weights[:, j].max()


@few
@given(st.integers(1, 12))
def test_equal_scores_across_the_cut_stand_in_order_of_popularity(n):
    # Products 2 to 15 are each bought with product 1 by three; 16 to 21 with nothing, and by more.
    together = {10 * product + i: [1, product] for product in range(2, 16) for i in range(3)}
    alone = {1000 + 10 * product + i: [product] for product in range(16, 22) for i in range(4)}
    purchases = purchase_frame({**together, **alone, NEWCOMER: [1]})

    lists = lists_for(purchases, [NEWCOMER], n=n)

    assert len(set(lists.scores[0])) == 1
    assert products_of(lists, NEWCOMER) == list(range(2, 16))[:n]


# Properties


@few
@given(purchase_histories(), st.integers(1, 12), st.sampled_from(METHODS), st.sets(st.integers(1, 9)))
def test_nothing_already_bought_unless_asked_and_a_list_is_full_while_anything_is_left(purchases, n, method, again):
    """Asked for are products that people buy again, a month after the last time."""
    lists = lists_for(purchases, everyone(purchases), n=n, method=method, again=sorted(again))

    known = purchases["product_id"].nunique()
    lately = purchases[purchases["ordered_date"] > pd.Timestamp(AS_OF) - pd.Timedelta(days=30)]
    for customer_id in lists.customer_ids.tolist():
        products, bought = products_of(lists, customer_id), bought_by(purchases, customer_id)
        bought -= again - bought_by(lately, customer_id)
        assert not set(products) & bought
        assert len(set(products)) == len(products) == min(n, known - len(bought))


@few
@given(purchase_histories(), st.sampled_from(METHODS))
def test_a_newcomer_gets_popular_products_from_each_recommender(purchases, method):
    lists = lists_for(purchases, [NEWCOMER], method=method)

    assert products_of(lists, NEWCOMER) == fitting_of(known_of(purchases)).catalogue.product_ids.tolist()
    assert not lists.reason_product_ids.any()


@few
@given(purchase_histories(), st.integers(1, 8))
def test_a_shorter_list_is_the_start_of_a_longer_one(purchases, n):
    short = lists_for(purchases, everyone(purchases), n=n)
    long = lists_for(purchases, everyone(purchases), n=n + 4)

    for field in ("product_ids", "scores", "reason_product_ids", "reason_shares"):
        np.testing.assert_array_equal(getattr(short, field), getattr(long, field)[:, :n])


@few
@given(purchase_histories(), st.permutations(range(1, 10)), st.permutations(range(1, 9)), st.sampled_from(METHODS))
def test_equivariant_to_relabelling(purchases, product_labels, customer_labels, method):
    new_product = dict(zip(range(1, 10), (10 * label for label in product_labels), strict=True))
    new_customer = {**dict(zip(range(1, 9), customer_labels, strict=True)), NEWCOMER: NEWCOMER}
    relabelled = purchases.assign(
        product_id=purchases["product_id"].map(new_product), customer_id=purchases["customer_id"].map(new_customer)
    )

    before, after = (lists_for(each, everyone(each), method=method) for each in (purchases, relabelled))

    for row, customer_id in enumerate(before.customer_ids.tolist()):
        twin = after.customer_ids.tolist().index(new_customer[customer_id])
        np.testing.assert_allclose(before.scores[row], after.scores[twin], atol=1e-6)
        # Products of equal score and popularity stand by number: only these may change places.
        expected = sorted(new_product[product] for product in products_of(before, customer_id))
        assert sorted(products_of(after, new_customer[customer_id])) == expected


@few
@given(purchase_histories())
def test_order_of_rows_does_not_matter(purchases):
    before = lists_for(purchases, everyone(purchases))
    after = lists_for(purchases.iloc[::-1], everyone(purchases))

    np.testing.assert_array_equal(before.product_ids, after.product_ids)


def test_customers_get_the_same_in_one_block_and_in_many(monkeypatch):
    purchases = tastes(customers=50)
    whole = lists_for(purchases, everyone(purchases))

    monkeypatch.setattr(module, "_SCORES_AT_ONCE", 120)
    blocks = lists_for(purchases, everyone(purchases))

    pd.testing.assert_frame_equal(blocks.to_frame(), whole.to_frame())


def test_one_customer_asked_for_twice_is_refused():
    with pytest.raises(InvalidInput, match="customer_ids are not all different"):
        lists_for(purchase_frame(BASKETS), [11, 12, 11])


def test_lists_must_have_a_place():
    with pytest.raises(ValueError, match="n must be at least 1"):
        lists_for(purchase_frame(BASKETS), [11], n=0)


# Known truth


def test_customers_are_recommended_products_of_their_own_taste():
    purchases = tastes(customers=400, weeks=6)

    frame = lists_for(purchases, purchases["customer_id"].unique(), n=3).to_frame()

    own_taste = (frame["product_id"] - 1) // 10 == frame["customer_id"] % 4
    assert own_taste.mean() > 0.9
