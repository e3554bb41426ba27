import json
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from analytics.algorithms.errors import NotEnoughData
from analytics.algorithms.item_similarity import RecommenderParams
from analytics.algorithms.recommend_backtest import BacktestResult, backtest
from tests.analytics.algorithms.purchases import AS_OF, bought_by, purchase_frame, tastes

CUTOFF = AS_OF - timedelta(days=28)


def judged(purchases, **options):
    return backtest(
        purchases, **{"cutoff": CUTOFF, "rng": np.random.default_rng(1), "params": RecommenderParams(), **options}
    )


def after_cutoff(purchases):
    return purchases[purchases["ordered_date"] > pd.Timestamp(CUTOFF)]


def test_tastes_beat_popularity():
    result = judged(tastes())

    assert result.beats
    assert result.ndcg.low > 0.1
    assert result.recall.beats
    assert result.coverage > result.baseline_coverage


def test_where_nothing_goes_together_popularity_is_not_beaten():
    verdicts = [judged(tastes(loyalty=0.0, seed=seed)).beats for seed in range(20)]

    # By chance 2.5 % of such intervals lie above zero.
    assert sum(verdicts) <= 2


def test_metrics_of_popularity_by_hand():
    before = {customer: [1, 2] if customer <= 20 else [1] for customer in range(1, 41)}
    before[1] = [1, 2, 3]
    after = {customer: [2, 4] if customer > 20 else [3] for customer in range(2, 41)}
    purchases = pd.concat(
        [purchase_frame(before, ordered_date=CUTOFF), purchase_frame(after, ordered_date=AS_OF)], ignore_index=True
    )

    result = judged(purchases)

    # Left to recommend: 3 to those who have 1 and 2 (one hit, first), 2 and 3 to those who have 1 (2 is a hit, first;
    # 4 did not exist yet and counts as missed).
    assert result.test_customers == 39
    assert result.ndcg.baseline == pytest.approx((19 * 1 + 20 * 1 / (1 + 1 / np.log2(3))) / 39)
    assert result.recall.baseline == pytest.approx((19 * 1 + 20 * 1 / 2) / 39)
    assert result.baseline_coverage == pytest.approx(2 / 3)


def test_what_was_bought_before_is_not_relevant():
    purchases = tastes()
    new = after_cutoff(purchases).drop_duplicates(["customer_id", "product_id"])
    before = purchases[purchases["ordered_date"] <= pd.Timestamp(CUTOFF)]
    with_new = [c for c, rows in new.groupby("customer_id") if set(rows["product_id"]) - bought_by(before, c)]

    assert judged(purchases).test_customers == len(with_new)


def test_newcomers_are_counted_apart():
    newcomers = purchase_frame({1000 + i: [1 + i % 10] for i in range(25)}, ordered_date=AS_OF)

    result = judged(pd.concat([tastes(), newcomers], ignore_index=True))

    assert result.new_customers == 25
    assert result.known_customers + result.new_customers == result.test_customers
    assert 0 <= result.new_customers_ndcg <= 1


def test_without_newcomers_nothing_is_said_about_them():
    result = judged(tastes())

    assert (result.new_customers, result.new_customers_ndcg) == (0, None)


def test_purchases_after_the_test_window_do_not_matter():
    purchases = tastes()
    end = AS_OF - timedelta(days=7)

    result = judged(purchases, test_end=end)

    assert result == judged(purchases[purchases["ordered_date"] <= pd.Timestamp(end)], test_end=end)
    assert result != judged(purchases)


def test_the_future_does_not_change_what_is_recommended():
    purchases = tastes()
    one_future = purchases[purchases["ordered_date"] <= pd.Timestamp(CUTOFF)]
    customers = one_future["customer_id"].unique()
    other_future = purchase_frame({customer: [900 + customer % 3] for customer in customers}, ordered_date=AS_OF)

    result = judged(pd.concat([one_future, other_future], ignore_index=True))

    # Everyone buys what did not exist at the cut-off: knowing it would be the only way to a hit.
    assert result.ndcg.model == 0
    assert result.train_pairs == judged(purchases).train_pairs


def test_a_sample_of_customers_is_drawn_when_there_are_too_many():
    assert judged(tastes(), max_test_customers=50).test_customers == 50


def test_same_seed_same_result_and_json_reads_back():
    result = judged(tastes())

    assert judged(tastes()) == result
    data = json.loads(json.dumps(result.to_json()))
    assert data["beats"] is True
    assert BacktestResult.from_json(data) == result


def test_too_few_customers_after_the_cutoff_are_no_test():
    purchases = tastes()
    few = after_cutoff(purchases)["customer_id"].unique()[:5]
    kept = (purchases["ordered_date"] <= pd.Timestamp(CUTOFF)) | purchases["customer_id"].isin(few)

    with pytest.raises(NotEnoughData, match="too_few_test_customers"):
        judged(purchases[kept])


def test_without_purchases_before_the_cutoff_there_is_no_model():
    with pytest.raises(NotEnoughData, match="no_purchases"):
        judged(after_cutoff(tastes()))
