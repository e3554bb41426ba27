"""Groups of customers, by k-means. Importing scikit-learn costs a second: only a process that computes pays for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics import customer_groups
from analytics.analyses.entry import SEED, Analysis, Params, without
from analytics.features import Facts
from analytics.findings import FeatureNames, Metric, Verdict, compared, figures
from analytics.models import Run
from analytics.proof import Candidate, Proof
from analytics.results import Computed
from analytics.slice_words import slices
from core.templatetags.ui import number

# That customers are grouped by, beside how they buy.
MOST_CATEGORIES = 20


def _compute_kmeans(facts: Facts, params: Params, rng: np.random.Generator) -> Computed:
    from analytics.algorithms.kmeans import KMeansParams, cluster_customers

    base = KMeansParams.from_json(without(params, *_KMEANS_OWN))
    window_days, most = params["window_days"], params["categories"]
    buyers = customer_groups.with_what_they_buy(facts, base.features, window_days=window_days, most=most)
    kmeans_params = replace(base, features=(*base.features, *buyers.categories))
    found = cluster_customers(
        buyers.rows,
        params=kmeans_params,
        together=buyers.categories,
        parts=customer_groups.parts(facts, window_days=window_days),
        rng=rng,
    )
    told = customer_groups.told(
        facts,
        buyers,
        found.assignments["cluster"],
        found.profiles,
        features=kmeans_params.features,
        log_features=kmeans_params.log_features,
        window_days=window_days,
        most=most,
        rng=rng,
    )
    return Computed(
        found.assignments,
        fitted={**without(found.fit.to_json(), "params"), "features": list(kmeans_params.features)},
        metrics={**found.quality.to_json(), **told},
        withheld="" if found.quality.beats else _("The groups are no clearer than chance would make them."),
        watched=customer_groups.watched(buyers.rows, found.assignments["cluster"]),
    )


def _regroup(facts: Facts, params: Params, learned: Run) -> Computed:
    """The groups that were found before, with whoever belongs to them now: their numbers keep their meaning."""
    from analytics.algorithms.kmeans import KMeansFit, KMeansParams, regroup

    base = KMeansParams.from_json(without(params, *_KMEANS_OWN))
    kmeans_params = replace(base, features=tuple(learned.fitted["features"]))
    fit = KMeansFit.from_json({**learned.fitted, "params": kmeans_params.to_json()})
    window_days = params["window_days"]
    categories = [name for name in kmeans_params.features if name not in base.features]
    buyers = customer_groups.with_same_categories(facts, base.features, categories, window_days=window_days)
    assignments, found = regroup(fit, buyers.rows)
    told = customer_groups.told_anew(
        facts, buyers, assignments["cluster"], found, window_days=window_days, most=params["categories"]
    )
    return Computed(
        assignments,
        fitted=learned.fitted,
        metrics={**learned.metrics, "customers": len(buyers.rows), **told},
        watched=customer_groups.watched(buyers.rows, assignments["cluster"]),
    )


_KMEANS_OWN = ("window_days", "categories", "seed")


def _default_kmeans() -> dict[str, Any]:
    from analytics.algorithms.kmeans import KMeansParams

    return {"window_days": 365, "categories": MOST_CATEGORIES, "seed": SEED, **KMeansParams().to_json()}


def _checked_kmeans(params: Params) -> dict[str, Any]:
    from analytics.algorithms.kmeans import KMeansParams

    own = {name: params[name] for name in _KMEANS_OWN}
    return {**own, **KMeansParams.from_json(without(params, *own)).to_json()}


def _kmeans(run: Run) -> str:
    against = run.metrics["against_permuted"]
    return _(
        "%(groups)s groups of %(customers)s buyers; silhouette %(model)s against %(baseline)s by chance"
        " (difference %(low)s to %(high)s)."
    ) % {
        "groups": len(run.metrics["profiles"]),
        "customers": number(run.metrics["customers"]),
        **figures(against, digits=2),
    }


def _metrics(run: Run) -> Iterator[Metric]:
    yield compared(_("Silhouette, against shuffled columns"), run.metrics["against_permuted"], digits=2)


def _verdict(run: Run) -> Verdict:
    return Verdict(_("Clearer than chance"), "good")


def _proof(run: Run) -> Proof:
    names = FeatureNames()
    silhouettes = sorted(run.metrics["silhouette_by_k"].items(), key=lambda each: -each[1])
    chosen = len(run.metrics["profiles"])
    return Proof(
        predicts=_("Nothing: it tells which buyers are alike."),
        baseline=_("the same columns, each shuffled by itself"),
        features=[names.label(name) for name in run.fitted.get("features", [])],
        measure=_("Silhouette"),
        candidates=[
            Candidate(_("%(number)s groups") % {"number": k}, number(value, 3), int(k) == chosen)
            for k, value in silhouettes
        ],
        slices=slices(run.metrics.get("slices", {}), customer_groups.SLICES, digits=2),
    )


KMEANS = Analysis(
    name="kmeans",
    label=gettext_lazy("Groups of customers"),
    purpose=gettext_lazy("Buyers who are alike in how and what they buy, found by k-means."),
    compute=_compute_kmeans,
    again=_regroup,
    default_params=_default_kmeans,
    checked=_checked_kmeans,
    summary=_kmeans,
    metrics=_metrics,
    verdict=_verdict,
    proof=_proof,
)
