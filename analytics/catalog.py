"""The analyses, in the order in which a recomputation makes them. This tuple is the whole register.

An analysis joins facts to pure functions of `analytics.algorithms`: `compute` gets the facts as of the day, its
parameters as plain data and a generator for whatever is random.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics import customer_groups
from analytics.algorithms.errors import NotEnoughData
from analytics.algorithms.rfm import RfmParams, bucket_sizes, fit_rfm, score_with
from analytics.features import Facts
from analytics.models import AnalysisSettings
from analytics.results import Computed
from jobs.errors import JobError

Params = Mapping[str, Any]
Label = str | Promise

# Equal facts and parameters give equal results; a run keeps its seed among its parameters.
SEED = 20240229
# The last days that recommendations are tested on before they are published.
TEST_DAYS = 90
RECOMMENDED = 10
# That customers are grouped by, beside how they buy.
MOST_CATEGORIES = 20


@dataclass(frozen=True)
class Analysis:
    """One entry. Its rows go into the table of its name in `analytics.results`.

    default_params: plain data; what an admin has set is laid over it. checked: returns usable parameters as they go
    into the run, or raises ValueError.
    """

    name: str
    label: Label
    purpose: Label
    compute: Callable[[Facts, Params, np.random.Generator], Computed]
    default_params: Callable[[], dict[str, Any]]
    checked: Callable[[Params], dict[str, Any]]

    def settings(self) -> AnalysisSettings | None:
        """What an admin has set, if anything."""
        return AnalysisSettings.objects.filter(analysis=self.name).select_related("changed_by").first()

    def params(self) -> dict[str, Any]:
        """What the next run computes with. Raises ValueError if an admin's settings do not fit this version."""
        chosen = self.settings()
        return self.checked({**self.default_params(), **(chosen.params if chosen else {})})

    def params_or_defaults(self) -> dict[str, Any]:
        """The same for a form, which must open to let an admin correct settings that do not fit."""
        try:
            return self.params()
        except (ValueError, TypeError, KeyError):
            return self.default_params()


class UnknownAnalysis(JobError, LookupError):
    """The message lists what there is."""


def get(name: str) -> Analysis:
    for analysis in ANALYSES:
        if analysis.name == name:
            return analysis
    known = ", ".join(analysis.name for analysis in ANALYSES)
    raise UnknownAnalysis(_("There is no analysis “%(name)s”. There are: %(known)s.") % {"name": name, "known": known})


# --- daily figures ----------------------------------------------------------------------------------------------------


def _compute_daily(facts: Facts, params: Params, rng: np.random.Generator) -> Computed:
    days = facts.daily()
    if days.empty:
        raise NotEnoughData("no_orders")
    totals = days[["orders", "gross_minor", "refunded_minor"]].sum()
    return Computed(days, metrics={str(name): int(total) for name, total in totals.items()})


# --- recency, frequency, monetary value -------------------------------------------------------------------------------


def _compute_rfm(facts: Facts, params: Params, rng: np.random.Generator) -> Computed:
    rfm_params = RfmParams.from_json(params)
    columns = ("customer_id", "first_purchase_date", "last_purchase_date", "frequency", "monetary_minor")
    customers = facts.customers(columns, window_days=rfm_params.window_days)
    if customers.empty:
        raise NotEnoughData("no_customers")
    customers = customers.rename(columns={"monetary_minor": "monetary"})
    fit = fit_rfm(customers, as_of=facts.as_of, params=rfm_params)
    scores = score_with(fit, customers)
    metrics = {
        "customers": len(scores),
        "buyers": fit.buyers,
        "segments": {str(code): int(size) for code, size in scores["segment"].value_counts().items()},
        "buckets": _records(bucket_sizes(scores)),
    }
    return Computed(scores, fitted=fit.to_json(), metrics=metrics)


def _default_rfm() -> dict[str, Any]:
    return RfmParams().to_json()


def _checked_rfm(params: Params) -> dict[str, Any]:
    return RfmParams.from_json(params).to_json()


# --- groups -----------------------------------------------------------------------------------------------------------
# Importing scikit-learn costs a second and some 60 MB: only a process that computes pays for it.


def _compute_kmeans(facts: Facts, params: Params, rng: np.random.Generator) -> Computed:
    from analytics.algorithms.kmeans import KMeansParams, cluster_customers

    kmeans_params = KMeansParams.from_json(_without(params, *_KMEANS_OWN))
    buyers = customer_groups.buyers(facts, kmeans_params.features, window_days=params["window_days"])
    shares = customer_groups.category_shares(
        facts, buyers["customer_id"], window_days=params["window_days"], most=params["categories"]
    )
    if shares is not None:
        buyers = buyers.join(shares.pow(0.5))
        kmeans_params = replace(kmeans_params, features=(*kmeans_params.features, *shares.columns))
    found = cluster_customers(buyers, params=kmeans_params, rng=rng)
    profiles = [profile.to_json() for profile in found.profiles]
    if shares is not None:
        profiles = customer_groups.with_shares(profiles, shares, found.assignments["cluster"])
    return Computed(
        found.assignments,
        fitted={**_without(found.fit.to_json(), "params"), "features": list(kmeans_params.features)},
        metrics={**found.quality.to_json(), "profiles": profiles},
        withheld="" if found.quality.beats else _("The groups are no clearer than chance would make them."),
    )


_KMEANS_OWN = ("window_days", "categories", "seed")


def _default_kmeans() -> dict[str, Any]:
    from analytics.algorithms.kmeans import KMeansParams

    return {"window_days": 365, "categories": MOST_CATEGORIES, "seed": SEED, **KMeansParams().to_json()}


def _checked_kmeans(params: Params) -> dict[str, Any]:
    from analytics.algorithms.kmeans import KMeansParams

    own = {name: params[name] for name in _KMEANS_OWN}
    return {**own, **KMeansParams.from_json(_without(params, *own)).to_json()}


# --- recommendations --------------------------------------------------------------------------------------------------


def _compute_recommendations(facts: Facts, params: Params, rng: np.random.Generator) -> Computed:
    from analytics.algorithms.item_similarity import RecommenderParams, fit_item_similarity
    from analytics.algorithms.recommend import recommend
    from analytics.algorithms.recommend_backtest import backtest

    model_params = RecommenderParams(**_without(params, "n", "test_days", "seed"))
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
    return Computed(
        lists.to_wide_frame(),
        fitted=_without(model.to_json(), "params"),
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
    return {**own, **RecommenderParams(**_without(params, *own)).to_json()}


# ----------------------------------------------------------------------------------------------------------------------


def _no_params() -> dict[str, Any]:
    return {}


def _without(params: Params, *names: str) -> dict[str, Any]:
    return {name: value for name, value in params.items() if name not in names}


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as plain data, None where a value is missing."""
    plain = frame.astype(object).where(frame.notna(), None)
    return [dict(zip(frame.columns, row, strict=True)) for row in plain.itertuples(index=False)]


ANALYSES: tuple[Analysis, ...] = (
    Analysis(
        name="daily",
        label=gettext_lazy("Daily figures"),
        purpose=gettext_lazy("Orders, buyers, revenue and refunds of each day, for the dashboards."),
        compute=_compute_daily,
        default_params=_no_params,
        checked=dict,
    ),
    Analysis(
        name="rfm",
        label=gettext_lazy("RFM scores and segments"),
        purpose=gettext_lazy("How recently, how often and for how much customers buy, and the segment that gives."),
        compute=_compute_rfm,
        default_params=_default_rfm,
        checked=_checked_rfm,
    ),
    Analysis(
        name="kmeans",
        label=gettext_lazy("Groups of customers"),
        purpose=gettext_lazy("Buyers who are alike in how and what they buy, found by k-means."),
        compute=_compute_kmeans,
        default_params=_default_kmeans,
        checked=_checked_kmeans,
    ),
    Analysis(
        name="recommendations",
        label=gettext_lazy("Recommendations"),
        purpose=gettext_lazy("Products that go with what a customer bought; popular ones where nothing does."),
        compute=_compute_recommendations,
        default_params=_default_recommendations,
        checked=_checked_recommendations,
    ),
)
