"""Which models of expected purchases and spend were compared, and how each fared, for the page of a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy

from analytics.analyses import clv
from analytics.findings import Label
from analytics.models import Run

TARGETS: dict[str, Label] = {"purchases": gettext_lazy("Purchase days"), "spend": gettext_lazy("Spend")}


@dataclass(frozen=True)
class Challenger:
    """A model in one contest; `low` and `high` hold its squared error less the baseline's, over the baseline's."""

    label: Label
    figures: Mapping[str, Any]
    low: float
    high: float
    is_champion: bool
    is_baseline: bool


@dataclass(frozen=True)
class Contest:
    """What the models were compared in; `learned_from`: the features of the one that is used, where it has some."""

    target: str
    title: Label
    champion: Label
    baseline: Label
    used: Label
    judged: Mapping[str, Any]
    level: float
    baseline_level: float
    challengers: list[Challenger]
    learned_from: str


def contests(run: Run) -> list[Contest]:
    """Purchases, and spend. None of a run of an earlier version."""
    found = ((target, clv.judged_of(run, target)) for target in TARGETS)
    features = run.fitted.get("features", {})
    return [_contest(target, judged, features.get(target, [])) for target, judged in found if judged]


def _contest(target: str, judged: Mapping[str, Any], features: list[str]) -> Contest:
    by_name = {each["name"]: each for each in judged["challengers"]}
    return Contest(
        target=target,
        title=TARGETS[target],
        champion=clv.MODELS[judged["champion"]],
        baseline=clv.MODELS[judged["baseline"]],
        used=clv.MODELS[judged["used"]],
        judged=judged,
        level=by_name[judged["champion"]]["level"],
        baseline_level=by_name[judged["baseline"]]["level"],
        challengers=[_challenger(each, judged) for each in by_name.values()],
        learned_from=", ".join(clv.feature_names(features)),
    )


def _challenger(figures: Mapping[str, Any], judged: Mapping[str, Any]) -> Challenger:
    comparison = figures["comparison"]
    whole = comparison["baseline"] or 1
    return Challenger(
        label=clv.MODELS[figures["name"]],
        figures=figures,
        low=comparison["low"] / whole,
        high=comparison["high"] / whole,
        is_champion=figures["name"] == judged["champion"],
        is_baseline=figures["name"] == judged["baseline"],
    )
