"""Which model stands behind the scores of a run, by the names under which it is kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from analytics.models import Run

Kept = Mapping[str, Any]

# What a model makes, by the names of `findings.FEATURES`; all else that is watched for drift is a feature.
SCORES = frozenset(
    {
        "churn_probability",
        "alive_probability",
        "expected_purchases_12m",
        "expected_basket_minor",
        "weighted_score",
        "segment",
        "value_score",
        "cluster",
        "learned_label",
        "best_score",
        "likeness",
    }
)


def _groups(fitted: Kept, metrics: Kept) -> tuple[str, ...]:
    # Groups are numbered anew, so that only as many of them can be compared.
    return (str(len(metrics["profiles"])),)


_NAMES: Mapping[str, Callable[[Kept, Kept], tuple[str, ...]]] = {
    # Runs of earlier versions told who is still a customer by the model of leaving.
    "clv": lambda fitted, metrics: (
        fitted["purchases"],
        fitted["spend"],
        fitted["model"],
        fitted.get("staying", fitted["model"]),
    ),
    "churn": lambda fitted, metrics: (fitted["model"],),
    "labels": lambda fitted, metrics: (metrics["explanation"]["champion"],),
    "recommendations": lambda fitted, metrics: (metrics["used"],),
    "kmeans": _groups,
    "hdbscan": _groups,
}


def names(analysis: str, *, fitted: Kept, metrics: Kept) -> tuple[str, ...]:
    """Empty where nothing was chosen among several, and of a run that kept it otherwise, or nothing."""
    try:
        return _NAMES[analysis](fitted, metrics) if analysis in _NAMES else ()
    except (KeyError, TypeError):
        return ()


def names_of(run: Run) -> tuple[str, ...]:
    return names(run.analysis, fitted=run.fitted, metrics=run.metrics)
