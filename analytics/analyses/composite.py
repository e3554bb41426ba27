"""Composite value, from purchases, service use, feedback and referrals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics.algorithms.composite import INDICATORS, Dimension, MissingRule, composite
from analytics.algorithms.errors import InvalidParams, NotEnoughData, demand_at_least
from analytics.analyses.entry import Analysis, Params
from analytics.features import Facts
from analytics.findings import Label
from analytics.models import Run
from analytics.proof import Proof
from analytics.results import Computed
from core.templatetags.ui import number

INDICATOR_LABELS: dict[str, Label] = {
    "monetary": gettext_lazy("Amount"),
    "frequency": gettext_lazy("Purchase days"),
    "recency": gettext_lazy("Days since the last purchase"),
    "service_uses": gettext_lazy("Service uses"),
    "service_seconds": gettext_lazy("Time of service use"),
    "rating": gettext_lazy("Mean rating"),
    "satisfaction": gettext_lazy("Mean answer in surveys"),
    "referred": gettext_lazy("Customers referred who bought"),
    "referred_spend": gettext_lazy("What those spent"),
}
DIMENSION_LABELS: dict[str, Label] = {
    Dimension.PURCHASES: gettext_lazy("Purchases"),
    Dimension.SERVICE_USE: gettext_lazy("Service use"),
    Dimension.FEEDBACK: gettext_lazy("Feedback"),
    Dimension.REFERRALS: gettext_lazy("Referrals"),
}
MISSING_LABELS: dict[str, Label] = {
    MissingRule.LEFT_OUT: gettext_lazy("left out: what is known counts the more"),
    MissingRule.MIDDLE: gettext_lazy("the middle of the scale"),
}
# Ratings are given from 1 to 5.
_LOWEST_RATING, _RATING_STEPS = 1.0, 4.0


def weight_name(indicator: str) -> str:
    return f"weight_{indicator}"


def _compute(facts: Facts, params: Params, rng: np.random.Generator) -> Computed:
    customers = _customers(facts, params["window_days"])
    found = composite(
        customers,
        weights={each.name: params[weight_name(each.name)] for each in INDICATORS},
        missing=MissingRule(params["missing"]),
    )
    perceived = _perceived(customers).set_axis(customers["customer_id"])
    frame = found.scores.assign(perceived=perceived.reindex(found.scores["customer_id"]).to_numpy())
    return Computed(
        frame,
        fitted={"weights": dict(found.used), "left_out": list(found.left_out)},
        metrics={
            "customers": len(frame),
            "mean": float(frame["score"].mean()),
            "deviation": float(frame["score"].std(ddof=1)) if len(frame) > 1 else 0.0,
            "known": dict(found.known),
            "perceived": int(frame["perceived"].notna().sum()),
        },
        watched=frame[["score"]].rename(columns={"score": "value_score"}),
    )


def _customers(facts: Facts, window_days: int | None) -> pd.DataFrame:
    """A row per customer, a column per indicator; who has never bought has no days since, and nothing else is zero."""
    columns = (
        "customer_id",
        "monetary_minor",
        "frequency",
        "recency_days",
        "service_uses",
        "service_seconds",
        "mean_rating",
    )
    customers = facts.customers(columns, window_days=window_days)
    if customers.empty:
        raise NotEnoughData("no_customers")
    names = {"monetary_minor": "monetary", "recency_days": "recency", "mean_rating": "rating"}
    ids = customers["customer_id"]
    referred = facts.referrals(window_days=window_days).set_index("customer_id").reindex(ids, fill_value=0)
    answers = facts.satisfaction(window_days=window_days).set_index("customer_id").reindex(ids)
    return customers.rename(columns=names).assign(
        referred=referred["referred"].to_numpy(),
        referred_spend=referred["referred_spend"].to_numpy(),
        satisfaction=answers["satisfaction"].to_numpy(),
        price_fairness=answers["price_fairness"].to_numpy(),
    )


def _perceived(customers: pd.DataFrame) -> pd.Series[float]:
    """What they think they get for their money, 0–1: the mean of what they answered about prices, and of ratings."""
    rating = ((customers["rating"].astype(float) - _LOWEST_RATING) / _RATING_STEPS).clip(0, 1)
    return pd.concat([rating, customers["price_fairness"].astype(float)], axis=1).mean(axis=1)


def _default_params() -> dict[str, Any]:
    weights = {weight_name(each.name): each.weight for each in INDICATORS}
    return {"window_days": 365, "missing": MissingRule.LEFT_OUT.value, **weights}


def _checked(params: Params) -> dict[str, Any]:
    checked = {name: params[name] for name in _default_params()}
    weights = [weight_name(each.name) for each in INDICATORS]
    demand_at_least(checked, window_days=1, **dict.fromkeys(weights, 0))
    if not 0 < sum(float(checked[name]) for name in weights) < float("inf"):
        raise InvalidParams("all_zero", *weights)
    return {**checked, "missing": MissingRule(checked["missing"]).value}


def _summary(run: Run) -> str:
    return _("%(customers)s customers, from 0 to 1: %(mean)s on average, standard deviation %(deviation)s.") % {
        "customers": number(run.metrics["customers"]),
        "mean": number(run.metrics["mean"], 2),
        "deviation": number(run.metrics["deviation"], 2),
    }


def _proof(run: Run) -> Proof:
    return Proof(
        predicts=_("Nothing: it ranks customers by what is known of them, so there is nothing to beat."),
        features=[INDICATOR_LABELS[each.name] for each in INDICATORS],
    )


COMPOSITE = Analysis(
    name="composite",
    label=gettext_lazy("Composite value"),
    purpose=gettext_lazy("What customers are worth by purchases, service use, feedback and referrals together."),
    compute=_compute,
    default_params=_default_params,
    checked=_checked,
    summary=_summary,
    proof=_proof,
)
