"""Who is in which segment that people have defined by a filter."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from django.utils.translation import gettext_lazy, ngettext

from analytics.algorithms.errors import NotEnoughData
from analytics.analyses.entry import Analysis, Params, no_params, without
from analytics.features import Facts
from analytics.models import Run
from analytics.results import Computed
from core.templatetags.ui import number


def _compute(facts: Facts, params: Params, rng: np.random.Generator) -> Computed:
    members = facts.rule_segments()
    if not members:
        raise NotEnoughData("no_segments")
    profiled = facts.customer_ids()
    kept = {segment: np.intersect1d(ids, profiled) for segment, ids in members.items()}
    return Computed(
        pd.DataFrame(
            {
                "customer_id": np.concatenate(list(kept.values())),
                "segment_id": np.repeat(list(kept), [len(ids) for ids in kept.values()]),
            }
        ),
        metrics={"customers": len(profiled), "sizes": {str(segment): len(ids) for segment, ids in kept.items()}},
    )


def _checked(params: Params) -> dict[str, Any]:
    return dict(without(params))


def _summary(run: Run) -> str:
    segments = len(run.metrics["sizes"])
    return ngettext(
        "%(segments)s segment of your own, over %(customers)s customers.",
        "%(segments)s segments of your own, over %(customers)s customers.",
        segments,
    ) % {"segments": number(segments), "customers": number(run.metrics["customers"])}


RULE_SEGMENTS = Analysis(
    name="rule_segments",
    label=gettext_lazy("Segments of your own"),
    purpose=gettext_lazy("Who is in which segment that somebody has defined by a filter, and who has joined and left."),
    compute=_compute,
    default_params=no_params,
    checked=_checked,
    summary=_summary,
)
