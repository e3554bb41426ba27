"""Lists of products: what a night keeps of a week's choice, and what a customer has declined."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd
import pytest

from analytics import catalog
from analytics.models import Run
from analytics.results import Computed
from tests.analytics.sample_runs import AS_OF, SampleFacts, computed
from tests.factories import create_customer, create_product

pytestmark = pytest.mark.django_db


def tonight(metrics: dict[str, Any]) -> Computed:
    """By what a run has chosen, as the database gives it back."""
    params, _found = computed("recommendations")
    again = catalog.get("recommendations").again
    assert again is not None
    kept = json.loads(json.dumps(metrics, sort_keys=True))
    found = again(SampleFacts(), params, Run(analysis="recommendations", metrics=kept))  # type: ignore[arg-type]
    assert found is not None
    return found


def test_a_night_goes_on_with_the_method_that_was_chosen():
    _params, learned = computed("recommendations")
    found = tonight(dict(learned.metrics))
    assert found.metrics["used"] == learned.metrics["used"]
    assert found.metrics["backtest"]["ndcg"] == learned.metrics["backtest"]["ndcg"]
    products = [name for name in found.frame.columns if name.startswith("product_")]
    assert len(found.frame) == len(learned.frame) == 201
    pd.testing.assert_frame_equal(found.frame[["customer_id", *products]], learned.frame[["customer_id", *products]])


def test_a_night_after_a_defeat_recommends_what_is_popular():
    _params, learned = computed("recommendations")
    backtest = {**learned.metrics["backtest"], "beats": False}
    found = tonight({**learned.metrics, "backtest": backtest})
    assert found.metrics["used"] == backtest["baseline"]
    assert not found.frame["score_001"].any()
    assert not found.frame["reason_001"].any()


def test_what_was_declined_is_on_no_list_of_the_next_run():
    _params, learned = computed("recommendations")
    row = learned.frame.iloc[0]
    customer, product = int(row["customer_id"]), int(row["product_001"])
    create_customer(pk=customer).recommendation_feedback.create(
        product=create_product(pk=product), answer="not_relevant", given_date=AS_OF
    )
    frame = tonight(dict(learned.metrics)).frame
    has_it = (frame.filter(like="product_").to_numpy() == product).any(axis=1)
    assert not has_it[frame["customer_id"] == customer].any()
    assert has_it.any(), "others are still recommended it"
