"""Products for customers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics.analyses.entry import SEED, Analysis, Params, without
from analytics.features import Facts
from analytics.findings import Metric, Verdict, compared, figures
from analytics.models import Run
from analytics.proof import Candidate, Proof
from analytics.results import Computed
from core.templatetags.ui import number

# The last days that recommendations are tested on before they are published.
TEST_DAYS = 90
RECOMMENDED = 10


def _compute_recommendations(facts: Facts, params: Params, rng: np.random.Generator) -> Computed:
    from analytics.algorithms.item_similarity import RecommenderParams, fit_item_similarity
    from analytics.algorithms.recommend import recommend
    from analytics.algorithms.recommend_backtest import backtest

    model_params = RecommenderParams(**without(params, "n", "test_days", "seed"))
    cutoff = facts.as_of - dt.timedelta(days=params["test_days"])
    judged = backtest(
        _known_then(facts, cutoff), cutoff=cutoff, test_end=facts.as_of, rng=rng, params=model_params, n=params["n"]
    )
    purchases = facts.product_purchases()
    model = fit_item_similarity(purchases, as_of=facts.as_of, params=model_params)
    lists = recommend(
        model if judged.beats else model.popularity_only(),
        purchases,
        customer_ids=facts.customer_ids(),
        n=params["n"],
        blocked_product_ids=facts.inactive_product_ids(),
    )
    frame = lists.to_wide_frame()
    return Computed(
        frame,
        fitted=without(model.to_json(), "params"),
        metrics={"backtest": judged.to_json(), "used": "similarity" if judged.beats else "popularity"},
    )


def _known_then(facts: Facts, cutoff: dt.date) -> pd.DataFrame:
    """Purchases up to the cut-off as they were known on that day, not yet reduced by later refunds, and those after."""
    before = facts.product_purchases(as_of=cutoff)
    after = facts.product_purchases(start=cutoff + dt.timedelta(days=1))
    return pd.concat([before, after], ignore_index=True)


def _default_recommendations() -> dict[str, Any]:
    from analytics.algorithms.item_similarity import RecommenderParams

    return {"n": RECOMMENDED, "test_days": TEST_DAYS, "seed": SEED, **RecommenderParams().to_json()}


def _checked_recommendations(params: Params) -> dict[str, Any]:
    from analytics.algorithms.item_similarity import RecommenderParams

    if params["n"] < 1 or params["test_days"] < 1:
        raise ValueError("n and test_days must be at least 1")
    own = {name: params[name] for name in ("n", "test_days", "seed")}
    return {**own, **RecommenderParams(**without(params, *own)).to_json()}


def _recommendations(run: Run) -> str:
    backtest = run.metrics["backtest"]
    return _(
        "nDCG@%(n)s %(model)s against %(baseline)s of popular products for %(customers)s customers in the"
        " %(days)s days they were tested on (difference %(low)s to %(high)s)."
    ) % {
        "n": backtest["n"],
        "customers": number(backtest["test_customers"]),
        "days": number(run.params["test_days"]),
        **figures(backtest["ndcg"], digits=3),
    }


def _metrics(run: Run) -> Iterator[Metric]:
    backtest = run.metrics["backtest"]
    yield compared(_("nDCG of the first %(n)s") % backtest, backtest["ndcg"], digits=3)
    yield compared(_("Recall in the first %(n)s") % backtest, backtest["recall"], digits=3)


def _verdict(run: Run) -> Verdict:
    if run.metrics["used"] == "similarity":
        return Verdict(_("Better than popular products"), "good")
    return Verdict(_("Beaten – popularity is used"), "warn")


def _proof(run: Run) -> Proof:
    backtest, by_similarity = run.metrics["backtest"], run.metrics["used"] == "similarity"
    candidates = [
        Candidate(_("what goes with what they bought"), number(backtest["ndcg"]["model"], 3), by_similarity),
        Candidate(_("popular products"), number(backtest["ndcg"]["baseline"], 3), not by_similarity),
    ]
    return Proof(
        predicts=_("Of each customer the products that they buy next."),
        baseline=_("popular products"),
        features=[_("Products bought, how many and when")],
        known_until=dt.date.fromisoformat(backtest["cutoff"]),
        tested_until=dt.date.fromisoformat(backtest["test_end"]),
        measure=_("nDCG of the first %(n)s") % backtest,
        candidates=candidates if by_similarity else candidates[::-1],
    )


RECOMMENDATIONS = Analysis(
    name="recommendations",
    label=gettext_lazy("Recommendations"),
    purpose=gettext_lazy("Products that go with what a customer bought; popular ones where nothing does."),
    compute=_compute_recommendations,
    default_params=_default_recommendations,
    checked=_checked_recommendations,
    summary=_recommendations,
    metrics=_metrics,
    verdict=_verdict,
    proof=_proof,
)
