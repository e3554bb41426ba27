"""Daily figures: what the dashboards draw over time."""

from __future__ import annotations

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from analytics.algorithms.errors import NotEnoughData
from analytics.analyses.entry import Analysis, Params, no_params
from analytics.features import Facts
from analytics.models import Run
from analytics.proof import Proof
from analytics.results import Computed
from core.templatetags.ui import number


def _compute_daily(facts: Facts, params: Params, rng: np.random.Generator) -> Computed:
    days = facts.daily()
    if days.empty:
        raise NotEnoughData("no_orders")
    totals = days[["orders", "gross_minor", "refunded_minor"]].sum()
    return Computed(days, metrics={str(name): int(total) for name, total in totals.items()})


def _daily(run: Run) -> str:
    return ngettext(
        "%(orders)s order on %(days)s days with sales or refunds.",
        "%(orders)s orders on %(days)s days with sales or refunds.",
        run.metrics["orders"],
    ) % {"orders": number(run.metrics["orders"]), "days": number(run.row_count)}


def _proof(run: Run) -> Proof:
    return Proof(
        predicts=_("Nothing: it counts what happened, so there is nothing to beat."),
        no_drift=_(
            "It has no features and no scores that could move; whether the days themselves do is told by demand."
        ),
    )


DAILY = Analysis(
    name="daily",
    label=gettext_lazy("Daily figures"),
    purpose=gettext_lazy("Orders, buyers, revenue and refunds of each day, for the dashboards."),
    compute=_compute_daily,
    default_params=no_params,
    checked=dict,
    summary=_daily,
    proof=_proof,
    always=gettext_lazy("It cannot be switched off: the dashboard and every report by days count in it."),
)
