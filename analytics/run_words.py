"""A run in words: what its analysis says of it, whatever became of it."""

from __future__ import annotations

from django.utils.translation import gettext as _

from analytics import catalog
from analytics.catalog import Analysis
from analytics.findings import Metric, Verdict
from analytics.models import Run
from analytics.proof import Proof


def verdict(run: Run) -> Verdict | None:
    """Whether the run is to be trusted, where it is a model that can be beaten."""
    if run.status == Run.Status.FAILED:
        return Verdict(_("Failed"), "bad")
    if run.status == Run.Status.WITHHELD:
        return Verdict(_("Not published"), "warn")
    analysis = _analysis(run)
    return analysis.verdict(run) if analysis and run.metrics else None


def summary(run: Run) -> str:
    """One sentence on what came out; empty where nothing did."""
    analysis = _analysis(run)
    return analysis.summary(run) if analysis and run.metrics else ""


def metrics(run: Run) -> list[Metric]:
    """Each metric that has a baseline beside it."""
    analysis = _analysis(run)
    return list(analysis.metrics(run)) if analysis and run.metrics else []


def proof(run: Run) -> Proof:
    """How it was judged; empty where there is nothing to judge."""
    analysis = _analysis(run)
    return analysis.proof(run) if analysis and run.metrics else Proof()


def _analysis(run: Run) -> Analysis | None:
    """None for one that this version does not know."""
    return next((analysis for analysis in catalog.ANALYSES if analysis.name == run.analysis), None)
