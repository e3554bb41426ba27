"""Labels an organisation gives itself, learned. Only a process that computes pays for scikit-learn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from numpy.typing import NDArray

from analytics import customer_groups, given_labels
from analytics.algorithms.errors import InvalidParams, NotEnoughData, demand_at_least
from analytics.analyses.entry import SEED, Analysis, Params
from analytics.features import Facts
from analytics.findings import FeatureNames, Label, Metric, Verdict, compared
from analytics.models import Run
from analytics.proof import Proof
from analytics.results import Computed
from analytics.slice_words import slices
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


SLICES: dict[str, Label] = {
    "never": gettext_lazy("bought nothing within the window"),
    "new": gettext_lazy("new, for less than 90 days"),
    "bought_once": gettext_lazy("bought once"),
    "returning": gettext_lazy("came back"),
}
_NEW_DAYS = 90


def _compute(facts: Facts, params: Params, rng: np.random.Generator) -> Computed:
    from analytics.algorithms.explaining import learn
    from analytics.algorithms.preparing import prepared

    customers = _everybody(facts, params)
    shares = customer_groups.category_shares(
        facts, customers["customer_id"], window_days=params["window_days"], most=params["categories"]
    )
    features = customers[list(FEATURES)].astype(np.float64)
    categories = () if shares is None else tuple(shares.columns)
    if shares is not None:
        features = features.join(shares)
    scaled, preparation = prepared(features, log_features=LOG_FEATURES, together=categories)
    instead = features.median().fillna(0)
    features = features.fillna(instead)
    label = _given(facts, params, customers)
    known = np.flatnonzero(pd.notna(label))
    learned = learn(
        features.iloc[known],
        scaled[known],
        label[known].astype(str),
        rng=rng,
        sample_rows=params["sample_rows"],
        parts={name: part[known] for name, part in _parts(customers).items()},
    )
    return _labelled(
        customers,
        label,
        learned.labeller.labels_of(features, scaled),
        fitted={"features": list(features.columns), "preparation": preparation.to_json()},
        explanation=learned.explanation.to_json(),
        learned={"labeller": learned.labeller.to_json(), "instead": instead.to_dict()},
        withheld="" if learned.explanation.beats else _("It was no better than always saying the commonest label."),
    )


def _label_again(facts: Facts, params: Params, learned: Run) -> Computed | None:
    """By the model of that run, with what customers have bought by now."""
    from analytics.algorithms.explaining import Labeller
    from analytics.algorithms.preparing import Preparation

    if learned.learned is None:
        return None
    customers = _everybody(facts, params)
    features = customers[list(FEATURES)].astype(np.float64)
    categories = [name for name in learned.fitted["features"] if name not in FEATURES]
    if categories:
        ids, window_days = customers["customer_id"], params["window_days"]
        features = features.join(customer_groups.shares_of(facts, ids, categories, window_days=window_days))
    scaled = Preparation.from_json(learned.fitted["preparation"]).applied(features)
    return _labelled(
        customers,
        _given(facts, params, customers),
        Labeller.from_json(learned.learned["labeller"]).labels_of(features.fillna(learned.learned["instead"]), scaled),
        fitted=learned.fitted,
        explanation=learned.metrics["explanation"],
    )


def _everybody(facts: Facts, params: Params) -> pd.DataFrame:
    customers = customer_groups.everybody(facts, FEATURES, window_days=params["window_days"])
    if customers.empty:
        raise NotEnoughData("no_customers")
    return customers


def _given(facts: Facts, params: Params, customers: pd.DataFrame) -> NDArray[Any]:
    """The label that each has by now, None where there is none."""
    labels = facts.given_labels(params["target"]).set_index("customer_id")["label"]
    return labels.reindex(customers["customer_id"]).to_numpy(dtype=object)


def _parts(customers: pd.DataFrame) -> dict[str, NDArray[np.bool_]]:
    """By name who is looked at by themselves. Small segments are those of the buyers."""
    from analytics.algorithms.small_segments import small_segments

    frequency = customers["frequency"].fillna(0).to_numpy()
    buyers = np.flatnonzero(frequency > 0)
    parts = {
        "never": frequency == 0,
        "new": customers["tenure_days"].to_numpy(dtype=np.float64, na_value=np.nan) < _NEW_DAYS,
        "bought_once": frequency == 1,
        "returning": frequency > 1,
    }
    for name, small in small_segments(customers["recency_days"].to_numpy()[buyers], frequency[buyers]).items():
        parts[name] = np.zeros(len(customers), dtype=bool)
        parts[name][buyers[small]] = True
    return parts


def _labelled(
    customers: pd.DataFrame,
    given: NDArray[Any],
    found: tuple[NDArray[Any], NDArray[np.float64]],
    *,
    fitted: Mapping[str, Any],
    explanation: Mapping[str, Any],
    **more: Any,
) -> Computed:
    label, probability = found
    known = pd.notna(given)
    return Computed(
        pd.DataFrame({"customer_id": customers["customer_id"].to_numpy(), "label": label, "probability": probability}),
        fitted=fitted,
        metrics={
            "customers": len(customers),
            "labelled": int(known.sum()),
            "explanation": explanation,
            "sizes": pd.Series(label).value_counts().to_dict(),
            "agreeing": int((label[known] == given[known]).sum()),
        },
        watched=customers[list(FEATURES)].assign(learned_label=label),
        **more,
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
    names = FeatureNames()
    return Proof(
        predicts=_("“%(target)s” of every customer.") % {"target": given_labels.target_label(run.params["target"])},
        baseline=_("always the commonest label"),
        features=[names.label(name) for name in run.fitted["features"]],
        slices=slices(run.metrics["explanation"].get("slices", {}), SLICES, digits=3),
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
    again=_label_again,
)
