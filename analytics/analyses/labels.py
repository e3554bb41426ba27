"""Labels an organisation gives itself, learned. Only a process that computes pays for scikit-learn."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics import customer_groups, given_labels
from analytics.algorithms.errors import InvalidParams, NotEnoughData, demand_at_least
from analytics.analyses.entry import SEED, Analysis, Params
from analytics.features import Facts
from analytics.findings import FeatureNames, Label, Metric, Verdict, compared
from analytics.models import Run
from analytics.proof import Proof
from analytics.results import Computed
from core.templatetags.ui import number, percent

MODELS: dict[str, Label] = {
    "cart_gini": gettext_lazy("decision tree by Gini"),
    "cart_entropy": gettext_lazy("decision tree by entropy"),
    "logistic": gettext_lazy("multinomial logistic regression"),
    "svm": gettext_lazy("linear support vector machine"),
}
FEATURES = (
    "recency_days",
    "tenure_days",
    "frequency",
    "monetary",
    "average_basket_minor",
    "distinct_products",
    "refunded_share",
    "visits",
    "clicks",
    "views",
)
LOG_FEATURES = tuple(name for name in FEATURES if name != "refunded_share")


def _compute(facts: Facts, params: Params, rng: np.random.Generator) -> Computed:
    from analytics.algorithms.explaining import learn
    from analytics.algorithms.preparing import prepared

    customers = customer_groups.everybody(facts, FEATURES, window_days=params["window_days"])
    if customers.empty:
        raise NotEnoughData("no_customers")
    shares = customer_groups.category_shares(
        facts, customers["customer_id"], window_days=params["window_days"], most=params["categories"]
    )
    features = customers[list(FEATURES)].astype(np.float64)
    categories = () if shares is None else tuple(shares.columns)
    if shares is not None:
        features = features.join(shares)
    scaled, preparation = prepared(features, log_features=LOG_FEATURES, together=categories)
    features = features.fillna(features.median()).fillna(0)
    labels = facts.given_labels(params["target"]).set_index("customer_id")["label"]
    label = labels.reindex(customers["customer_id"]).to_numpy(dtype=object)
    known = np.flatnonzero(pd.notna(label))
    learned = learn(
        features.iloc[known], scaled[known], label[known].astype(str), rng=rng, sample_rows=params["sample_rows"]
    )
    found, probability = learned.labels_of(features, scaled)
    return Computed(
        pd.DataFrame({"customer_id": customers["customer_id"].to_numpy(), "label": found, "probability": probability}),
        fitted={"features": list(features.columns), "preparation": preparation.to_json()},
        metrics={
            "customers": len(customers),
            "labelled": len(known),
            "explanation": learned.explanation.to_json(),
            "sizes": pd.Series(found).value_counts().to_dict(),
            "agreeing": int((found[known] == label[known]).sum()),
        },
        withheld="" if learned.explanation.beats else _("It was no better than always saying the commonest label."),
        watched=customers[list(FEATURES)].assign(learned_label=found),
    )


def _default_params() -> dict[str, Any]:
    return {
        "target": given_labels.LIFECYCLE,
        "window_days": 365,
        "categories": 20,
        "sample_rows": 10_000,
        "seed": SEED,
    }


def _checked(params: Params) -> dict[str, Any]:
    checked = {name: params[name] for name in _default_params()}
    target = checked["target"]
    if target != given_labels.LIFECYCLE and not str(target).startswith((given_labels.FIELD, given_labels.TAG)):
        raise InvalidParams("unknown", "target", found=target)
    demand_at_least(checked, sample_rows=100)
    return checked


def _summary(run: Run) -> str:
    against = run.metrics["explanation"]["against_majority"]
    return _(
        "“%(target)s” of %(customers)s customers, learned from %(labelled)s: %(model)s errs in %(error)s of those it"
        " had not seen, the commonest label in %(majority)s."
    ) % {
        "target": given_labels.target_label(run.params["target"]),
        "customers": number(run.metrics["customers"]),
        "labelled": number(run.metrics["labelled"]),
        "model": MODELS[run.metrics["explanation"]["champion"]],
        "error": percent(against["model"], 1),
        "majority": percent(against["baseline"], 1),
    }


def _metrics(run: Run) -> Iterator[Metric]:
    against = run.metrics["explanation"]["against_majority"]
    yield compared(_("Share of wrong labels, against the commonest label"), against, digits=3)


def _verdict(run: Run) -> Verdict:
    return Verdict(_("Better than the commonest label"), "good")


def _proof(run: Run) -> Proof:
    names = FeatureNames(run.fitted["features"])
    return Proof(
        predicts=_("“%(target)s” of every customer.") % {"target": given_labels.target_label(run.params["target"])},
        baseline=_("always the commonest label"),
        features=[names.label(name) for name in run.fitted["features"]],
    )


LABELS = Analysis(
    name="labels",
    label=gettext_lazy("Learned labels"),
    purpose=gettext_lazy("A label that you give yourselves, learned from how customers buy, and given to all of them."),
    compute=_compute,
    default_params=_default_params,
    checked=_checked,
    summary=_summary,
    metrics=_metrics,
    verdict=_verdict,
    proof=_proof,
)
