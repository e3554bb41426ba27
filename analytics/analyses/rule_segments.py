"""Who is in which segment that people have defined by a filter."""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Any

import numpy as np
import pandas as pd
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from numpy.typing import NDArray

from analytics.algorithms.errors import NotEnoughData
from analytics.analyses.entry import Analysis, Params, no_params, without
from analytics.features import Facts
from analytics.models import Run
from analytics.portraits import portraits_of_segments
from analytics.proof import Proof
from analytics.results import Computed
from core.templatetags.ui import number

# What people did in these days is what their segment is described by.
PORTRAYED_DAYS = 365


def _compute(facts: Facts, params: Params, rng: np.random.Generator) -> Computed:
    filters = facts.rule_segment_filters()
    members = facts.rule_segments(filters)
    if not members:
        raise NotEnoughData("no_segments")
    frame = _frame(members, facts)
    sizes = frame["segment_id"].value_counts().reindex(list(members), fill_value=0)
    return Computed(
        frame,
        fitted={"filters": {str(segment): filters[segment] for segment in members}},
        metrics={
            "customers": len(facts.customer_ids()),
            "sizes": {str(key): int(size) for key, size in sizes.items()},
            "portraits": portraits_of_segments(facts, members, window_days=PORTRAYED_DAYS),
        },
    )


def _apply(facts: Facts, fitted: Mapping[str, Any]) -> pd.DataFrame:
    """By the filters that the run knew: of a newer one it has no members that others could stand beside."""
    # A run of an earlier version names its segments alone.
    filters = fitted.get("filters") or {
        segment: asked for segment, asked in facts.rule_segment_filters().items() if segment in fitted["segments"]
    }
    members = facts.rule_segments({int(segment): asked for segment, asked in filters.items()})
    return _frame(members, facts) if members else pd.DataFrame()


def _frame(members: Mapping[int, NDArray[np.int64]], facts: Facts) -> pd.DataFrame:
    profiled = facts.customer_ids()
    kept = {segment: np.intersect1d(ids, profiled) for segment, ids in members.items()}
    return pd.DataFrame(
        {
            "customer_id": np.concatenate(list(kept.values())),
            "segment_id": np.repeat(list(kept), [len(ids) for ids in kept.values()]),
        }
    )


def _needs() -> Set[str]:
    from analytics.rule_segments import asking

    return asking().keys()


def _checked(params: Params) -> dict[str, Any]:
    return dict(without(params))


def _summary(run: Run) -> str:
    segments = len(run.metrics["sizes"])
    return ngettext(
        "%(segments)s segment of your own, over %(customers)s customers.",
        "%(segments)s segments of your own, over %(customers)s customers.",
        segments,
    ) % {"segments": number(segments), "customers": number(run.metrics["customers"])}


def _proof(run: Run) -> Proof:
    return Proof(
        predicts=_("Nothing: it asks your own filters, so there is nothing to beat."),
        no_drift=_("It has no features and no scores: each segment's own page says who joined and who left."),
    )


RULE_SEGMENTS = Analysis(
    name="rule_segments",
    label=gettext_lazy("Segments of your own"),
    purpose=gettext_lazy("Who is in which segment that somebody has defined by a filter, and who has joined and left."),
    compute=_compute,
    default_params=no_params,
    checked=_checked,
    summary=_summary,
    proof=_proof,
    apply=_apply,
    needs=_needs,
)
