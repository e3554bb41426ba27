from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analytics.algorithms.errors import NotEnoughData
from analytics.algorithms.similar_customers import SimilarParams, judge, similar_customers


def shop(*, seed: int, customers: int = 300, tastes: int = 4, each: int = 6, shuffled: bool = False) -> pd.DataFrame:
    """Every customer has one of several tastes: nine of ten products they buy are of its twelve."""
    rng = np.random.default_rng(seed)
    rows = []
    for customer in range(1, customers + 1):
        taste = customer % tastes
        for _purchase in range(each):
            of_taste = rng.random() < 0.9 and not shuffled
            product = 1 + (taste * 12 + rng.integers(12) if of_taste else rng.integers(tastes * 12))
            rows.append((customer, int(product), 1.0))
    frame = pd.DataFrame(rows, columns=["customer_id", "product_id", "quantity"]).drop_duplicates()
    return frame.assign(ordered_date=pd.Timestamp("2026-01-01"))


def test_those_of_one_taste_find_each_other():
    found = similar_customers(shop(seed=1), params=SimilarParams(), rng=np.random.default_rng(1))
    assert found.neighbour_ids.shape == (300, 5)
    tastes = found.customer_ids % 4
    assert (found.neighbour_ids % 4 == tastes[:, None]).mean() > 0.95
    assert not (found.neighbour_ids == found.customer_ids[:, None]).any()
    assert ((found.likeness > 0.5) & (found.likeness <= 1 + 1e-9)).all()
    assert found.products.sum() == len(shop(seed=1))


def test_a_customer_is_not_their_own_neighbour_even_among_twins():
    twins = pd.DataFrame({"customer_id": range(1, 101), "product_id": 1 + np.arange(100) % 10, "quantity": 1.0})
    twins = pd.concat([twins, twins.assign(product_id=twins["product_id"] + 10)])
    twins = twins.assign(ordered_date=pd.Timestamp("2026-01-01"))
    found = similar_customers(twins, params=SimilarParams(neighbours=3), rng=np.random.default_rng(1))
    assert not (found.neighbour_ids == found.customer_ids[:, None]).any()
    assert (found.neighbour_ids % 10 == (found.customer_ids % 10)[:, None]).all()


def test_neighbours_had_what_is_bought_next_and_without_tastes_they_had_not():
    params = SimilarParams()
    judged = judge(shop(seed=1), shop(seed=2), params=params, rng=np.random.default_rng(1))
    assert judged.beats
    assert judged.recall.model > 1.3 * judged.recall.baseline
    assert judged.slices["many"].beats, "who bought more than two products, by themselves"
    claims = []
    for seed in range(3, 43, 2):
        before, after = (shop(seed=each, shuffled=True) for each in (seed, seed + 1))
        claims.append(judge(before, after, params=params, rng=np.random.default_rng(seed)))
    assert sum(each.beats for each in claims) <= 2


def test_the_order_of_rows_does_not_matter():
    purchases = shop(seed=5)
    one, other = (
        similar_customers(each, params=SimilarParams(), rng=np.random.default_rng(1))
        for each in (purchases, purchases.sample(frac=1, random_state=3))
    )
    assert (np.sort(one.neighbour_ids) == np.sort(other.neighbour_ids)).mean() > 0.99


def test_too_little_is_said():
    with pytest.raises(NotEnoughData, match="too_few_buyers"):
        similar_customers(shop(seed=1, customers=20), params=SimilarParams(), rng=np.random.default_rng(1))
    one_product = shop(seed=1).assign(product_id=1).drop_duplicates(["customer_id"])
    with pytest.raises(NotEnoughData, match="too_few_products"):
        similar_customers(one_product, params=SimilarParams(), rng=np.random.default_rng(1))
    with pytest.raises(NotEnoughData, match="too_few_test_customers"):
        judge(shop(seed=1), shop(seed=1).iloc[:3], params=SimilarParams(), rng=np.random.default_rng(1))
