"""Products for customers. Only a process that computes pays for SciPy and scikit-learn."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from numpy.typing import NDArray

from analytics import recommendation_outcomes
from analytics.algorithms.errors import demand_at_least
from analytics.analyses.entry import SEED, Analysis, Params, without
from analytics.features import Facts
from analytics.findings import Label, Metric, Verdict, compared, figures
from analytics.judged_customers import Judgement
from analytics.models import Run
from analytics.proof import Proof
from analytics.recommendation_forecasts import recommendation_forecast
from analytics.recommendation_outcomes import DECLINED_DAYS
from analytics.results import Computed
from analytics.slice_words import slices
from core.templatetags.ui import number

if TYPE_CHECKING:
    from analytics.algorithms.recommenders.backtest import Window
    from analytics.algorithms.recommenders.known import Known
    from analytics.algorithms.recommenders.lists import Recommendations
    from analytics.algorithms.recommenders.methods import Fitting

METHODS: dict[str, Label] = {
    "item": gettext_lazy("Products bought by the same customers"),
    "ease": gettext_lazy("EASE: all products at once, by regression"),
    "user_cosine": gettext_lazy("Similar customers, by cosine"),
    "user_euclidean": gettext_lazy("Similar customers, by Euclidean distance"),
    "content": gettext_lazy("Alike in name and category"),
    "behaviour": gettext_lazy("What was viewed, put in the cart, bought and rated"),
    "hybrid": gettext_lazy("Several together"),
    "popular_recent": gettext_lazy("Popular lately"),
    "popular_ever": gettext_lazy("Popular of all time"),
    # What runs of earlier versions kept.
    "similarity": gettext_lazy("Products bought by the same customers"),
    "popularity": gettext_lazy("Popular lately"),
}
SLICES: dict[str, Label] = {
    "new": gettext_lazy("bought nothing before"),
    "few": gettext_lazy("bought one or two products before"),
    "many": gettext_lazy("bought more before"),
}
POPULAR = ("popular_recent", "popular_ever", "popularity")
# Parameters of the analysis; those of the recommenders come beside them.
_OWN: dict[str, Any] = {
    "n": 10,
    # Twice: the champion is chosen on the days before the last, and judged on the last.
    "test_days": 60,
    "interest_days": 180,
    "tested_customers": 100_000,
    "again_from_share": 0.5,
    "again_after_days": 30,
    "declined_days": DECLINED_DAYS,
    "seed": SEED,
}


@dataclass(frozen=True)
class _Chosen:
    """used: the method of the lists. baseline: the better way to be popular. weights: of the blend, if that is used."""

    used: str
    baseline: str
    weights: Mapping[str, float]

    @classmethod
    def of(cls, backtest: Mapping[str, Any]) -> _Chosen:
        used = backtest["champion"] if backtest["beats"] else backtest["baseline"]
        return cls(used, backtest["baseline"], backtest["weights"] if used == "hybrid" else {})


def _compute_recommendations(facts: Facts, params: Params, rng: np.random.Generator) -> Computed:
    from analytics.algorithms.recommenders.backtest import judge
    from analytics.algorithms.recommenders.methods import RecommenderParams

    among = _among(facts, params["tested_customers"], rng)
    cutoffs = [facts.as_of - dt.timedelta(days=back * params["test_days"]) for back in (2, 1)]
    choosing, judging = (_window(facts, params, cutoff, among) for cutoff in cutoffs)
    model_params = RecommenderParams(**without(params, *_OWN))
    judged = judge(choosing, judging, params=model_params, rng=rng, n=params["n"])
    # What was said of a customer is a list, and no number.
    asked = Judgement.of(judged.tested, np.zeros(len(judged.tested)), np.zeros(len(judged.tested)))
    return replace(_recommended(facts, params, judged.to_json(), rng), judged=asked)


def _recommend_again(facts: Facts, params: Params, learned: Run) -> Computed:
    """By the method that was chosen before, fitted to what has been bought by now."""
    return _recommended(facts, params, learned.metrics["backtest"], np.random.default_rng(params["seed"]))


def _recommended(facts: Facts, params: Params, backtest: Mapping[str, Any], rng: np.random.Generator) -> Computed:
    chosen = _Chosen.of(backtest)
    known = _known(facts, params, facts.as_of, interest="behaviour" in (chosen.used, *chosen.weights))
    fitting = _fitting(known, facts.customer_ids(), params, chosen)
    frame = _lists(fitting, facts, params, chosen, rng).to_wide_frame()
    return Computed(
        frame,
        watched=frame[["score_001", "places"]].set_axis(["best_score", "places"], axis=1),
        fitted={
            "customers": fitting.catalogue.customers,
            "products": len(fitting.catalogue),
            "purchased_pairs": fitting.catalogue.purchased_pairs,
        },
        metrics={
            "backtest": backtest,
            "used": chosen.used,
            "bought_again": int(np.isin(fitting.catalogue.product_ids, known.again).sum()),
            "outcomes": recommendation_outcomes.outcomes(known.purchases, as_of=facts.as_of),
        },
    )


def _among(facts: Facts, most: int, rng: np.random.Generator) -> NDArray[np.int64] | None:
    """The customers who are drawn for the test; None where all take part."""
    everybody = facts.customer_ids()
    return np.sort(rng.choice(everybody, most, replace=False)) if len(everybody) > most else None


def _window(facts: Facts, params: Params, cutoff: dt.date, among: NDArray[np.int64] | None) -> Window:
    """What was known at the cut-off, not yet reduced by later refunds, and what was bought in the days after it."""
    from analytics.algorithms.recommenders.backtest import Window
    from analytics.algorithms.recommenders.known import checked_purchases, purchased_pairs

    end = cutoff + dt.timedelta(days=params["test_days"])
    known = _known(facts, params, cutoff, interest=True, among=among)
    after = facts.product_purchases(as_of=end, start=cutoff + dt.timedelta(days=1), among=among)
    return Window(known, purchased_pairs(checked_purchases(after)), end)


def _known(
    facts: Facts, params: Params, as_of: dt.date, *, interest: bool, among: NDArray[np.int64] | None = None
) -> Known:
    from analytics.algorithms.recommenders.known import Known, bought_again, checked_purchases, purchased_pairs

    seen = {"interest": _interest(facts, params, as_of, among)} if interest else {}
    purchases, products = facts.product_purchases(as_of=as_of, among=among), facts.products()
    return Known(
        as_of=as_of,
        purchases=purchased_pairs(checked_purchases(purchases)),
        products=products,
        again=bought_again(purchases, products, from_share=params["again_from_share"]),
        again_after_days=params["again_after_days"],
        **seen,
    )


def _interest(facts: Facts, params: Params, as_of: dt.date, among: NDArray[np.int64] | None) -> pd.DataFrame:
    return facts.product_interest(as_of=as_of, recent_days=params["interest_days"], among=among)


def _fitting(known: Known, customer_ids: NDArray[np.int64], params: Params, chosen: _Chosen) -> Fitting:
    """All there is on the day itself, of the customers who get a list. Declined products are barred."""
    from analytics.algorithms.recommenders.content import product_vectors
    from analytics.algorithms.recommenders.matrices import catalogue_of, histories_of
    from analytics.algorithms.recommenders.methods import POPULAR_EVER, Fitting, RecommenderParams

    model_params = RecommenderParams(**without(params, *_OWN))
    days = None if chosen.baseline == POPULAR_EVER else model_params.popularity_days
    catalogue = catalogue_of(known.purchases, as_of=known.as_of, popularity_days=days)
    declined = recommendation_outcomes.declined(as_of=known.as_of, days=params["declined_days"])
    histories = histories_of(known, catalogue, customer_ids, declined=declined)
    return Fitting(catalogue, histories, product_vectors(known.products, catalogue.product_ids), model_params)


def _lists(
    fitting: Fitting, facts: Facts, params: Params, chosen: _Chosen, rng: np.random.Generator
) -> Recommendations:
    from analytics.algorithms.recommenders.lists import recommend

    recommender, evidence = fitting.with_evidence(chosen.used, chosen.weights, rng)
    return recommend(
        recommender,
        fitting.histories,
        fitting.catalogue,
        n=params["n"],
        offered=~np.isin(fitting.catalogue.product_ids, facts.products_not_offered()),
        evidence=evidence,
    )


def _default_recommendations() -> dict[str, Any]:
    from analytics.algorithms.recommenders.methods import RecommenderParams

    return {**_OWN, **RecommenderParams().to_json()}


def _checked_recommendations(params: Params) -> dict[str, Any]:
    from analytics.algorithms.recommenders.methods import RecommenderParams

    own = {name: params[name] for name in _OWN}
    demand_at_least(own, n=1, test_days=1, interest_days=1, declined_days=1, tested_customers=100)
    demand_at_least(own, again_after_days=0, again_from_share=0)
    model = {name: params[name] for name in RecommenderParams().to_json()}
    return {**own, **RecommenderParams(**model).to_json()}


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
    if run.metrics["used"] in POPULAR:
        return Verdict(_("Beaten – popularity is used"), "warn")
    return Verdict(_("Better than popular products"), "good")


def _proof(run: Run) -> Proof:
    """What was compared has a table of its own, with coverage and diversity."""
    backtest = run.metrics["backtest"]
    return Proof(
        predicts=_("Of each customer the products that they buy next."),
        baseline=METHODS[backtest.get("baseline", "popularity")],
        features=[
            _("Products bought, how many and when"),
            _("What was viewed, put in the cart and rated"),
            _("Names and categories"),
        ],
        known_until=dt.date.fromisoformat(backtest["cutoff"]),
        tested_until=dt.date.fromisoformat(backtest["test_end"]),
        slices=slices(backtest.get("slices", {}), SLICES, digits=3),
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
    again=_recommend_again,
    forecasts=(recommendation_forecast(),),
)
