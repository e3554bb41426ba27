"""Between two weeks demand goes on by the models that were chosen."""

from __future__ import annotations

import pandas as pd

from analytics import catalog
from analytics.models import Run
from tests.analytics.sample_runs import SampleFacts, computed


def went_on(metrics: dict) -> tuple[pd.DataFrame, dict]:
    params, _found = computed("demand")
    again = catalog.get("demand").again
    assert again is not None
    found = again(SampleFacts(), params, Run(analysis="demand", metrics=metrics))  # type: ignore[arg-type]
    return found.frame, dict(found.metrics)


def test_the_same_facts_give_the_same_rows_without_choosing_anew():
    _params, learned = computed("demand")
    frame, metrics = went_on({**learned.metrics, "together": {"kept": True}})
    # All but the last digits, by which a range is kept that was widened.
    pd.testing.assert_frame_equal(frame, learned.frame, rtol=1e-3)
    assert metrics == {**learned.metrics, "together": {"kept": True}}


def test_a_series_of_which_nothing_was_learned_waits():
    _params, learned = computed("demand")
    revenue, *_others = learned.metrics["series"]
    frame, metrics = went_on({**learned.metrics, "series": [revenue]})
    assert set(frame["series"]) == {"revenue"}
    assert [each["series"] for each in metrics["series"]] == ["revenue"]


def test_a_history_that_has_become_long_enough_for_months_is_learned_anew():
    _params, learned = computed("demand")
    _frame, metrics = went_on({**learned.metrics, "grain": "week", "series": []})
    assert [each["series"] for each in metrics["series"]] == ["revenue", "orders", "category:1"]
