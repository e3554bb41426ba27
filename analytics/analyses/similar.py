"""Customers who buy alike. Only a process that computes pays for SciPy and scikit-learn."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics.algorithms.errors import demand_at_least
from analytics.analyses.entry import SEED, Analysis, Params, without
from analytics.features import Facts
from analytics.findings import Label, Metric, Verdict, compared
from analytics.models import Run
from analytics.proof import Proof
from analytics.results import Computed
from analytics.slice_words import slices
from core.templatetags.ui import number

if TYPE_CHECKING:
    from analytics.algorithms.similar_customers import Judged, Similar, SimilarParams

_OWN = ("test_days", "seed")
SLICES: dict[str, Label] = {
    "few": gettext_lazy("bought one or two products before"),
    "many": gettext_lazy("bought more before"),
}


def _compute_similar(facts: Facts, params: Params, rng: np.random.Generator) -> Computed:
    from analytics.algorithms.similar_customers import SimilarParams, similar_customers

    similar_params = SimilarParams(**without(params, *_OWN))
    cutoff = facts.as_of - dt.timedelta(days=params["test_days"])
    judged = _judged(facts, cutoff, similar_params, rng)
    found = similar_customers(facts.product_purchases(), params=similar_params, rng=rng)
    return Computed(
        _frame(found),
        metrics={"customers": len(found.customer_ids), "cutoff": cutoff.isoformat(), **judged.to_json()},
        learned=found.directions.to_json(),
        withheld="" if judged.beats else _("What neighbours had bought told no more than what anybody had bought."),
        watched=_watched(found),
    )


def _find_again(facts: Facts, params: Params, learned: Run) -> Computed | None:
    """In the directions of that run, by what has been bought by now."""
    from analytics.algorithms.similar_customers import Directions, SimilarParams, similar_customers

    if learned.learned is None:
        return None
    found = similar_customers(
        facts.product_purchases(),
        params=SimilarParams(**without(params, *_OWN)),
        rng=np.random.default_rng(params["seed"]),
        directions=Directions.from_json(learned.learned),
    )
    metrics = {**learned.metrics, "customers": len(found.customer_ids)}
    return Computed(_frame(found), metrics=metrics, watched=_watched(found))


def _judged(facts: Facts, cutoff: dt.date, params: SimilarParams, rng: np.random.Generator) -> Judged:
    """By itself, so that what it reads is gone before all purchases are read."""
    from analytics.algorithms.similar_customers import judge

    before = facts.product_purchases(as_of=cutoff)
    after = facts.product_purchases(start=cutoff + dt.timedelta(days=1))
    return judge(before, after, params=params, rng=rng)


def _frame(found: Similar) -> pd.DataFrame:
    neighbours = {f"similar_{place + 1:03}": column for place, column in enumerate(found.neighbour_ids.T)}
    return pd.DataFrame({"customer_id": found.customer_ids, **neighbours}, copy=False)


def _watched(found: Similar) -> pd.DataFrame:
    return pd.DataFrame({"products": found.products, "likeness": found.likeness}, copy=False)


def _default_similar() -> dict[str, Any]:
    return {"neighbours": 5, "dimensions": 6, "sample_rows": 50_000, "test_days": 90, "seed": SEED}


def _checked_similar(params: Params) -> dict[str, Any]:
    from analytics.algorithms.similar_customers import SimilarParams

    demand_at_least(params, test_days=1)
    own = {name: params[name] for name in _OWN}
    return {**own, **SimilarParams(**without(params, *_OWN)).to_json()}


def _summary(run: Run) -> str:
    return _(
        "%(customers)s buyers with those who buy most alike. Of what customers bought first in the last %(days)s days,"
        " their neighbours had %(model)s, others drawn at random %(baseline)s."
    ) % {
        "customers": number(run.metrics["customers"]),
        "days": number(run.params["test_days"]),
        "model": number(run.metrics["recall"]["model"], 2),
        "baseline": number(run.metrics["recall"]["baseline"], 2),
    }


def _metrics(run: Run) -> Iterator[Metric]:
    yield compared(_("Share of later purchases that neighbours had made"), run.metrics["recall"], digits=3)


def _verdict(run: Run) -> Verdict:
    return Verdict(_("Tells more than chance"), "good")


def _proof(run: Run) -> Proof:
    return Proof(
        predicts=_("Of each buyer whose purchases tell what they buy next."),
        baseline=_("as many customers drawn at random"),
        features=[_("Products bought, and how many")],
        known_until=dt.date.fromisoformat(run.metrics["cutoff"]),
        tested_until=run.learned_as_of,
        slices=slices(run.metrics.get("slices", {}), SLICES, digits=3),
    )


SIMILAR = Analysis(
    name="similar",
    label=gettext_lazy("Similar customers"),
    purpose=gettext_lazy("For each buyer those who buy most alike, by the products they bought."),
    compute=_compute_similar,
    default_params=_default_similar,
    checked=_checked_similar,
    summary=_summary,
    metrics=_metrics,
    verdict=_verdict,
    proof=_proof,
    again=_find_again,
)
