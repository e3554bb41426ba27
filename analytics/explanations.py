"""What a run learned about telling groups or labels apart, in words for its page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from analytics.analyses.labels import MODELS
from analytics.findings import FeatureNames, Kind, Label


@dataclass(frozen=True)
class ModelError:
    label: Label
    error: float
    low: float
    high: float
    is_champion: bool


@dataclass(frozen=True)
class FeatureInformation:
    label: Label
    kind: Kind
    threshold: float | None
    gain: float
    ratio: float


@dataclass(frozen=True)
class ConditionWords:
    label: Label
    kind: Kind
    above: float | None
    at_most: float | None


@dataclass(frozen=True)
class RuleWords:
    label: Label
    conditions: list[ConditionWords]
    correct: float
    covered: float


@dataclass(frozen=True)
class ExplanationWords:
    """As `algorithms.explaining.Explanation`; models and features the best first."""

    models: list[ModelError]
    majority: float
    tree: Label
    trained: int
    chosen_on: int
    tested: int
    left_out: list[str]
    information: list[FeatureInformation]
    rules: list[RuleWords]


def in_words(kept: Mapping[str, Any], names: FeatureNames, labels: Mapping[str, Label]) -> ExplanationWords:
    """kept: what the run has of an explanation. labels: how its labels are called; one not among them by its code."""
    errors = sorted(kept["errors"].items(), key=lambda each: each[1]["error"])
    gains = sorted(kept["information"].items(), key=lambda each: -each[1]["gain"])
    return ExplanationWords(
        models=[ModelError(MODELS[name], **error, is_champion=name == kept["champion"]) for name, error in errors],
        majority=kept["against_majority"]["baseline"],
        tree=MODELS[kept["tree"]],
        trained=kept["trained"],
        chosen_on=kept["chosen_on"],
        tested=kept["tested"],
        left_out=[str(labels.get(label, label)) for label in kept["left_out"]],
        information=[FeatureInformation(names.label(name), names.kind(name), **found) for name, found in gains],
        rules=[_rule(rule, names, labels) for rule in kept["rules"]],
    )


def _rule(rule: Mapping[str, Any], names: FeatureNames, labels: Mapping[str, Label]) -> RuleWords:
    return RuleWords(
        label=labels.get(rule["label"], rule["label"]),
        conditions=[
            ConditionWords(names.label(each["feature"]), names.kind(each["feature"]), each["above"], each["at_most"])
            for each in rule["conditions"]
        ],
        correct=rule["correct"],
        covered=rule["covered"],
    )
