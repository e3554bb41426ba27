import numpy as np
import pandas as pd
import pytest

from analytics.algorithms.recommenders.blends import best_is_one, chosen_weights
from analytics.algorithms.recommenders.content import diversity, product_vectors
from analytics.algorithms.recommenders.lists import best_of
from analytics.algorithms.recommenders.matrices import histories_of
from analytics.algorithms.recommenders.user_based import fit_users
from tests.analytics.algorithms.recommenders.purchases import fitting_of, known_of, purchase_frame

RNG = np.random.default_rng(0)
BASKETS = {1: [1, 2], 2: [1, 2, 3], 3: [3, 4], 4: [4]}
PRODUCTS = pd.DataFrame(
    {
        "product_id": [1, 2, 3, 4],
        "category_id": [7, 7, 8, np.nan],
        "name": ["Desk lamp, black", "Desk lamp, white", "陶瓷茶杯", "陶瓷茶壶"],
    }
)


def fitted(**known):
    return fitting_of(known_of(purchase_frame(BASKETS), **known))


def asked(fitting, recommender, customer):
    """Scores of the products for a customer: `{product: score}`."""
    row = fitting.histories.customer_ids.tolist().index(customer)
    [scores] = recommender.scores(fitting.histories.rows(np.array([row])))
    return dict(zip(fitting.catalogue.product_ids.tolist(), scores.tolist(), strict=True))


# User-based


def test_euclidean_similarity_is_that_of_the_source():
    purchases = purchase_frame({1: [1], 2: [1, 2], 3: [3]}).assign(quantity=[3.0, 1.0, 2.0, 1.0])
    fitting = fitting_of(known_of(purchases))

    scores = asked(fitting, fit_users(fitting.histories, measure="euclidean", neighbours=9, sample=9, rng=RNG), 1)

    # Vectors of log(1 + quantity): (log 4, 0, 0), (log 2, log 3, 0), (0, 0, log 2); similarity 1 / (1 + d).
    to_self = 1.0
    to_second = 1 / (1 + np.hypot(np.log(4) - np.log(2), np.log(3)))
    to_third = 1 / (1 + np.hypot(np.log(4), np.log(2)))
    total = to_self + to_second + to_third
    assert scores == {
        1: pytest.approx((to_self + to_second) / total, rel=1e-5),
        2: pytest.approx(to_second / total, rel=1e-5),
        3: pytest.approx(to_third / total, rel=1e-5),
    }


def test_cosine_similarity_of_customers_by_hand():
    fitting = fitted()

    scores = asked(fitting, fit_users(fitting.histories, measure="cosine", neighbours=9, sample=9, rng=RNG), 1)

    # Alike to 2 by 2 / √(2 · 3), to 3 and 4 not at all.
    to_second = 2 / np.sqrt(6)
    assert scores[3] == pytest.approx(to_second / (1 + to_second), rel=1e-5)
    assert scores[4] == 0


def test_only_the_nearest_count_and_all_that_are_as_near():
    fitting = fitting_of(known_of(purchase_frame({1: [1], 2: [1, 2], 3: [1, 3], 4: [1, 2, 3, 4]})))

    scores = asked(fitting, fit_users(fitting.histories, measure="cosine", neighbours=2, sample=9, rng=RNG), 1)

    assert scores[2] == pytest.approx(scores[3])
    assert scores[2] > 0
    assert scores[4] == 0


def test_customers_outside_the_sample_are_compared_with_it():
    fitting = fitted()

    recommender = fit_users(fitting.histories, measure="cosine", neighbours=2, sample=2, rng=RNG)

    assert recommender.bought.shape[0] == 2
    assert recommender.scores(fitting.histories).shape == (4, 4)


# Content


def test_products_are_alike_by_name_and_category_in_any_language():
    fitting = fitted(products=PRODUCTS)
    content = fitting.fit("content", RNG)

    assert asked(fitting, content, 4)[3] > 0
    assert asked(fitting, content, 4)[1] == 0
    # Who has both lamps and the cup: each lamp speaks for the other.
    assert asked(fitting, content, 2)[1] > asked(fitting, content, 2)[4] > 0


def test_diversity_is_that_of_the_pairs_on_a_list():
    vectors = product_vectors(PRODUCTS, np.array([1, 2, 3, 4]))
    cosine = (vectors @ vectors.T).toarray()

    found = diversity(np.array([[0, 1, 2], [3, 2, -1], [0, -1, -1]]), vectors)

    first = 1 - (cosine[0, 1] + cosine[0, 2] + cosine[1, 2]) / 3
    assert found == pytest.approx((first + 1 - cosine[2, 3]) / 2)
    assert np.isnan(diversity(np.array([[0, -1]]), vectors))


# Behaviour


def test_a_rating_counts_before_a_purchase_and_a_purchase_before_a_look():
    interest = pd.DataFrame(
        {
            "customer_id": [1, 1, 3, 4],
            "product_id": [1, 3, 3, 1],
            "interest": [0.3, 0.2, 0.4, 0.1],
            "rating": [0.25, np.nan, 0.0, np.nan],
        }
    )
    fitting = fitted(interest=interest)
    places = [fitting.catalogue.product_ids.tolist().index(product) for product in (1, 2, 3, 4)]

    liking = fitting.histories.liking.toarray()[:, places]

    # In the order of the customers: rated, bought and looked at; bought; rated lowest and bought; looked at and bought.
    expected = np.array([[0.25, 1, 0.2, 0], [1, 1, 1, 0], [0, 0, 0, 1], [0.1, 0, 0, 1]])
    np.testing.assert_allclose(liking, expected, rtol=1e-6)
    assert "behaviour" in fitting.names()
    assert asked(fitting, fitting.fit("behaviour", RNG), 4)[2] > 0


# Blends


def test_weights_of_a_blend_are_those_that_help():
    good, useless = np.array([[0.9, 0.1, 0.2]]), np.array([[0.0, 0.9, 0.1]])
    scores = {"useless": best_is_one(useless.astype(np.float32)), "good": best_is_one(good.astype(np.float32))}

    weights = chosen_weights(scores, lambda blended: float(best_of(blended, n=1)[0, 0] == 0))

    assert weights == {"good": 1.0}


def test_a_blend_leaves_newcomers_to_popularity():
    fitting = fitted()
    parts = {name: fitting.fit(name, RNG) for name in ("item", "popular_ever", "popular_recent")}
    blend = fitting.blend(parts, {"item": 0.5, "popular_ever": 0.25, "popular_recent": 0.25})
    asked_about = histories_of(known_of(purchase_frame(BASKETS)), fitting.catalogue, np.array([1, 99]))

    known, newcomer = blend.scores(asked_about)

    assert (known > 0).any()
    assert not newcomer.any()


def test_what_a_blend_is_made_of_is_scaled_to_its_best():
    scaled = best_is_one(np.array([[2, 1, -3], [0, 0, 0]], dtype=np.float32))

    assert scaled.tolist() == [[1, 0.5, 0], [0, 0, 0]]


def test_with_too_many_products_for_ease_it_is_left_out():
    assert "ease" in fitting_of(known_of(purchase_frame(BASKETS)), ease_products=4).names()
    assert "ease" not in fitting_of(known_of(purchase_frame(BASKETS)), ease_products=3).names()


def test_the_best_of_a_row_may_be_fewer_than_asked_for():
    assert best_of(np.array([[0, 0.5, 0.5, -1]], dtype=np.float32), n=3).tolist() == [[1, 2, -1]]
