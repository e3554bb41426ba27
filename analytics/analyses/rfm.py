"""Recency, frequency and monetary value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics import customer_groups
from analytics.algorithms.errors import NotEnoughData
from analytics.algorithms.rfm import RfmFit, RfmParams, bucket_sizes, fit_rfm, score_with
from analytics.analyses.entry import Analysis, Params, records
from analytics.features import Facts
from analytics.findings import FEATURES
from analytics.models import Run
from analytics.portraits import portraits
from analytics.proof import Proof
from analytics.results import Computed
from core.templatetags.ui import number

# Of the map of what each segment buys.
MOST_CATEGORIES = 20


def _compute_rfm(facts: Facts, params: Params, rng: np.random.Generator) -> Computed:
    rfm_params = RfmParams.from_json(params)
    customers = _purchases(facts, rfm_params)
    if customers.empty:
        raise NotEnoughData("no_customers")
    fit = fit_rfm(customers, as_of=facts.as_of, params=rfm_params)
    scores = score_with(fit, customers)
    metrics = {
        "customers": len(scores),
        "buyers": fit.buyers,
        "segments": {str(code): int(size) for code, size in scores["segment"].value_counts().items()},
        "buckets": records(bucket_sizes(scores)),
        "positioning": customer_groups.positioned(
            facts, scores["customer_id"], scores["segment"], window_days=rfm_params.window_days, most=MOST_CATEGORIES
        ),
    }
    metrics["portraits"] = portraits(
        facts, scores["customer_id"], scores["segment"], window_days=rfm_params.window_days
    )
    watched = scores[["recency_days", "frequency", "monetary", "weighted_score", "segment"]]
    return Computed(scores, fitted=fit.to_json(), metrics=metrics, watched=watched)


def _purchases(facts: Facts, params: RfmParams) -> pd.DataFrame:
    columns = ("customer_id", "first_purchase_date", "last_purchase_date", "frequency", "monetary_minor")
    customers = facts.customers(columns, window_days=params.window_days)
    return customers.rename(columns={"monetary_minor": "monetary"})


def _apply_rfm(facts: Facts, fitted: Mapping[str, Any]) -> pd.DataFrame:
    fit = RfmFit.from_json(fitted)
    return score_with(fit, _purchases(facts, fit.params), as_of=facts.as_of)


def _default_rfm() -> dict[str, Any]:
    return RfmParams().to_json()


def _checked_rfm(params: Params) -> dict[str, Any]:
    return RfmParams.from_json(params).to_json()


def _rfm(run: Run) -> str:
    counts = {"buyers": number(run.metrics["buyers"]), "customers": number(run.metrics["customers"])}
    days = run.params["window_days"]
    if days is None:
        return _("%(buyers)s of %(customers)s customers have bought and are scored.") % counts
    return _("%(buyers)s of %(customers)s customers bought within %(days)s days and are scored.") % {
        **counts,
        "days": number(days),
    }


def _proof(run: Run) -> Proof:
    return Proof(
        predicts=_("Nothing: it sorts customers by what they did, so there is nothing to beat."),
        features=[FEATURES[name] for name in ("recency_days", "frequency", "monetary")],
    )


RFM = Analysis(
    name="rfm",
    label=gettext_lazy("RFM scores and segments"),
    purpose=gettext_lazy("How recently, how often and for how much customers buy, and the segment that gives."),
    compute=_compute_rfm,
    default_params=_default_rfm,
    checked=_checked_rfm,
    summary=_rfm,
    proof=_proof,
    apply=_apply_rfm,
    always=gettext_lazy("It cannot be switched off: segments, lists and most reports go by its scores."),
)
