import json
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from analytics.algorithms.errors import NotEnoughData
from analytics.algorithms.recommenders.backtest import Window, judge
from analytics.algorithms.recommenders.known import bought_again, checked_purchases, purchased_pairs
from analytics.algorithms.recommenders.methods import RecommenderParams
from tests.analytics.algorithms.recommenders.purchases import AS_OF, known_of, purchase_frame, tastes

FIRST, SECOND = AS_OF - timedelta(days=56), AS_OF - timedelta(days=28)


def window(purchases, cutoff, end, **known):
    days = purchases["ordered_date"]
    after = purchases[(days > pd.Timestamp(cutoff)) & (days <= pd.Timestamp(end))]
    return Window(known_of(purchases, as_of=cutoff, **known), purchased_pairs(checked_purchases(after)), end)


def judged(purchases, known=None, **options):
    windows = (window(purchases, *days, **(known or {})) for days in ((FIRST, SECOND), (SECOND, AS_OF)))
    return judge(*windows, **{"rng": np.random.default_rng(1), "params": RecommenderParams(), **options})


@pytest.fixture(scope="module")
def of_tastes():
    newcomers = purchase_frame({1000 + i: [1 + i % 10] for i in range(31)}, ordered_date=AS_OF)
    return judged(pd.concat([tastes(), newcomers], ignore_index=True))


def test_tastes_beat_popularity(of_tastes):
    assert of_tastes.beats
    assert of_tastes.used == of_tastes.champion
    assert of_tastes.ndcg.low > 0.1
    assert of_tastes.recall.beats
    measures = of_tastes.by_method
    assert measures[of_tastes.champion]["judging"].coverage > measures[of_tastes.baseline]["judging"].coverage
    # Nothing is known of the products but who bought them.
    assert set(of_tastes.skipped) == {"behaviour", "content"}
    assert sum(of_tastes.weights.values()) == pytest.approx(1)


def test_the_champion_is_the_best_of_the_earlier_days_whatever_the_later_ones_say(of_tastes):
    by_method = dict(of_tastes.by_method)
    challengers = {name: found for name, found in by_method.items() if not name.startswith("popular")}

    assert of_tastes.champion == max(challengers, key=lambda name: challengers[name]["choosing"].ndcg)
    assert of_tastes.ndcg.model == by_method[of_tastes.champion]["judging"].ndcg
    assert of_tastes.ndcg.baseline == by_method[of_tastes.baseline]["judging"].ndcg


def test_newcomers_are_a_slice_of_their_own_and_get_what_is_popular(of_tastes):
    new = of_tastes.slices["new"]

    assert new.observations == of_tastes.new_customers == 31
    assert of_tastes.slices.keys() == {"new", "many"}
    assert (new.model, new.low, new.high) == (pytest.approx(new.baseline), 0, 0)


def test_a_run_keeps_it_as_plain_data(of_tastes):
    data = json.loads(json.dumps(of_tastes.to_json()))

    assert data["beats"] is True
    assert (data["cutoff"], data["test_end"]) == (SECOND.isoformat(), AS_OF.isoformat())


def test_where_nothing_goes_together_popularity_is_not_beaten():
    verdicts = [judged(tastes(customers=120, loyalty=0.0, seed=seed)).beats for seed in range(10)]

    # By chance 2.5 % of such intervals lie above zero.
    assert sum(verdicts) <= 1


def test_metrics_of_popularity_by_hand():
    before = {customer: [1, 2] if customer <= 20 else [1] for customer in range(1, 61)}
    before[1] = [1, 2, 3]
    earlier = {customer: [2] for customer in range(21, 61)}
    after = {customer: [5, 4] if customer > 20 else [3] for customer in range(2, 41)}
    purchases = pd.concat(
        [
            purchase_frame(before, ordered_date=FIRST),
            purchase_frame(earlier, ordered_date=SECOND),
            purchase_frame(after, ordered_date=AS_OF),
        ],
        ignore_index=True,
    )

    found = judged(purchases)

    # Left to recommend is 3, to all but one: a hit, at the first place, for the 19; the 20 others bought what did not
    # exist yet.
    assert found.test_customers == 39
    assert found.ndcg.baseline == pytest.approx(19 / 39)
    assert found.recall.baseline == pytest.approx(19 / 39)
    assert found.by_method["popular_recent"]["judging"].coverage == pytest.approx(1 / 3)


def test_what_they_have_is_relevant_only_where_people_buy_it_again():
    regulars = {customer: [1, 2, 3] for customer in range(1, 61)}
    days = [FIRST - timedelta(days=40), FIRST + timedelta(days=2), AS_OF]
    purchases = pd.concat([purchase_frame(regulars, ordered_date=day) for day in days], ignore_index=True)

    with pytest.raises(NotEnoughData, match="too_few_test_customers"):
        judged(purchases)
    again = judged(purchases, known={"again": np.array([1, 2, 3]), "again_after_days": 20})

    assert again.test_customers == 60
    assert again.recall.baseline == 1


def test_a_sample_of_customers_is_asked_about_when_there_are_too_many():
    assert judged(tastes(), most_tested=50).test_customers == 50


def test_same_seed_same_result(of_tastes):
    assert judged(tastes(customers=80)) == judged(tastes(customers=80))


def test_products_are_bought_again_by_category():
    products = pd.DataFrame({"product_id": [1, 2, 3, 4, 5, 6], "category_id": [7, 7, 8, np.nan, np.nan, 9]})
    buyers, buyers_again = [10, 10, 10, 1, 1], [9, 1, 4, 1, 0]
    purchases = pd.DataFrame(
        {
            "product_id": np.repeat([1, 2, 3, 4, 5], buyers),
            "is_again": np.concatenate(
                [np.arange(all_) < again for all_, again in zip(buyers, buyers_again, strict=True)]
            ),
        }
    )

    # Half of category 7 and of those without one, two fifths of 8.
    assert bought_again(purchases, products, from_share=0.5).tolist() == [1, 2, 4, 5]
    assert bought_again(purchases, products, from_share=0.4).tolist() == [1, 2, 3, 4, 5]
    assert bought_again(purchases, products, from_share=1.01).tolist() == []
    assert bought_again(purchases.iloc[:0], products, from_share=0.5).tolist() == []
