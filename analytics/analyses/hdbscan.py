"""Groups of customers where they lie dense. Only a process that computes pays for scikit-learn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics import customer_groups
from analytics.analyses.entry import SEED, Analysis, Params, without
from analytics.features import Facts
from analytics.findings import FeatureNames, Metric, Verdict, compared, figures
from analytics.models import Run
from analytics.proof import Proof
from analytics.results import Computed
from analytics.slice_words import slices
from core.templatetags.ui import number, percent

if TYPE_CHECKING:
    from analytics.algorithms.density import DensityParams

_OWN = ("window_days", "categories", "seed")


def _compute(facts: Facts, params: Params, rng: np.random.Generator) -> Computed:
    from analytics.algorithms.density import dense_groups

    base = _density_params(params)
    window_days, most = params["window_days"], params["categories"]
    buyers = customer_groups.with_what_they_buy(facts, base.features, window_days=window_days, most=most)
    density = replace(base, features=(*base.features, *buyers.categories))
    found = dense_groups(
        buyers.rows,
        params=density,
        together=buyers.categories,
        parts=customer_groups.parts(facts, window_days=window_days),
        rng=rng,
    )
    told = customer_groups.told(
        facts,
        buyers,
        found.assignments["cluster"],
        found.profiles,
        features=density.features,
        log_features=density.log_features,
        window_days=window_days,
        most=most,
        rng=rng,
    )
    return Computed(
        found.assignments,
        fitted={
            "features": list(density.features),
            "preparation": found.places.preparation.to_json(),
            "components": found.places.components.tolist(),
        },
        learned=found.places.to_json(),
        metrics={**found.quality.to_json(), **told},
        withheld="" if found.quality.beats else _("The groups are no clearer than chance would make them."),
        watched=customer_groups.watched(buyers.rows, found.assignments["cluster"]),
    )


def _regroup(facts: Facts, params: Params, learned: Run) -> Computed | None:
    """The groups that were found before, with whoever belongs to them now: their numbers keep their meaning."""
    from analytics.algorithms.density import NO_GROUP, Places, regroup

    if learned.learned is None:
        return None
    base, window_days = _density_params(params), params["window_days"]
    density = replace(base, features=tuple(learned.fitted["features"]))
    categories = [name for name in density.features if name not in base.features]
    buyers = customer_groups.with_same_categories(facts, base.features, categories, window_days=window_days)
    assignments, found = regroup(Places.from_json(learned.learned), buyers.rows, params=density)
    clusters = assignments["cluster"]
    told = customer_groups.told_anew(facts, buyers, clusters, found, window_days=window_days, most=params["categories"])
    return Computed(
        assignments,
        fitted=learned.fitted,
        metrics={
            **learned.metrics,
            "customers": len(buyers.rows),
            "no_group": int((clusters == NO_GROUP).sum()),
            **told,
        },
        watched=customer_groups.watched(buyers.rows, clusters),
    )


def _density_params(params: Params) -> DensityParams:
    from analytics.algorithms.density import DensityParams

    lists = {name: tuple(params[name]) for name in ("features", "log_features", "size_shares")}
    return DensityParams(**{**without(params, *_OWN), **lists})


def _default_params() -> dict[str, Any]:
    from analytics.algorithms.density import DensityParams

    return {"window_days": 365, "categories": 20, "seed": SEED, **DensityParams().to_json()}


def _checked(params: Params) -> dict[str, Any]:
    return {**{name: params[name] for name in _OWN}, **_density_params(params).to_json()}


def _summary(run: Run) -> str:
    return _(
        "%(groups)s dense groups of %(customers)s buyers, of whom %(none)s are in none; silhouette %(model)s against"
        " %(baseline)s by chance (difference %(low)s to %(high)s)."
    ) % {
        "groups": len(run.metrics["profiles"]),
        "customers": number(run.metrics["customers"]),
        "none": percent(run.metrics["no_group"] / run.metrics["customers"], 0),
        **figures(run.metrics["against_permuted"], digits=2),
    }


def _metrics(run: Run) -> Iterator[Metric]:
    yield compared(_("Silhouette, against shuffled columns"), run.metrics["against_permuted"], digits=2)


def _verdict(run: Run) -> Verdict:
    return Verdict(_("Clearer than chance"), "good")


def _proof(run: Run) -> Proof:
    names = FeatureNames()
    return Proof(
        predicts=_("Nothing: it tells which buyers are alike."),
        baseline=_("the same columns, each shuffled by itself"),
        features=[names.label(name) for name in run.fitted["features"]],
        slices=slices(run.metrics.get("slices", {}), customer_groups.SLICES, digits=2),
    )


HDBSCAN = Analysis(
    name="hdbscan",
    label=gettext_lazy("Dense groups of customers"),
    purpose=gettext_lazy(
        "Groups of any shape where many buyers are alike, found by HDBSCAN; who is like few is in none."
    ),
    compute=_compute,
    default_params=_default_params,
    checked=_checked,
    summary=_summary,
    metrics=_metrics,
    verdict=_verdict,
    proof=_proof,
    again=_regroup,
)
