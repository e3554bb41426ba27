"""Between two weeks what was learned is applied: on the same facts to the same rows."""

from __future__ import annotations

import pandas as pd
import pytest

from analytics import catalog
from analytics.models import LearnedModel, Run
from analytics.results import Computed
from jobs.context import as_json
from tests.analytics.sample_runs import AS_OF, SampleFacts, computed


def applied(analysis: str) -> tuple[Computed, Computed]:
    """What was learned, and what the night after made of it, which has it as the database gives it back."""
    params, learned = computed(analysis)
    run = Run(analysis=analysis, as_of=AS_OF, fitted=as_json(learned.fitted), metrics=as_json(learned.metrics))
    LearnedModel(run=run, content=as_json(learned.learned))
    again = catalog.get(analysis).again
    assert again is not None
    found = again(SampleFacts(), params, run)  # type: ignore[arg-type]
    assert found is not None
    return learned, found


@pytest.mark.parametrize("analysis", ["clv", "churn", "similar", "kmeans", "hdbscan", "labels"])
def test_the_same_facts_give_the_same_rows_without_learning_anew(analysis):
    learned, found = applied(analysis)
    pd.testing.assert_frame_equal(found.frame, learned.frame, check_exact=True)
    before, after = (pd.DataFrame(dict(each.watched.items())) for each in (learned, found))
    pd.testing.assert_frame_equal(after, before)
    assert (as_json(found.fitted), as_json(found.metrics)) == (as_json(learned.fitted), as_json(learned.metrics))


@pytest.mark.parametrize("analysis", ["clv", "churn", "similar", "hdbscan", "labels"])
def test_a_run_of_which_no_model_is_kept_is_not_applied(analysis):
    params, _learned = computed(analysis)
    again = catalog.get(analysis).again
    assert again is not None
    assert again(SampleFacts(), params, Run(analysis=analysis, as_of=AS_OF)) is None  # type: ignore[arg-type]
