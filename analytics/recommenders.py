"""The recommenders that a run compared, in words for its page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from analytics.analyses.recommendations import METHODS, POPULAR
from analytics.findings import Label
from analytics.models import Run


@dataclass(frozen=True)
class MethodRow:
    """A recommender on the days that the champion was chosen on, and on those it was judged on."""

    label: Label
    is_champion: bool
    is_baseline: bool
    choosing: Mapping[str, Any]
    judging: Mapping[str, Any]


class ComparedRecommenders:
    """Runs of earlier versions compared one with popularity: of these there are no rows."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._backtest: Mapping[str, Any] = run.metrics["backtest"]

    @property
    def used(self) -> Label:
        return METHODS[self._run.metrics["used"]]

    @property
    def is_beaten(self) -> bool:
        return self._run.metrics["used"] in POPULAR

    @property
    def champion(self) -> Label:
        return METHODS[self._backtest.get("champion", "item")]

    @property
    def rows(self) -> list[MethodRow]:
        """Best first, by the days that the champion was chosen on."""
        by_method = self._backtest.get("by_method", {})
        ranked = sorted(by_method, key=lambda name: -by_method[name]["choosing"]["ndcg"])
        champion, baseline = self._backtest.get("champion"), self._backtest.get("baseline")
        return [MethodRow(METHODS[name], name == champion, name == baseline, **by_method[name]) for name in ranked]

    @property
    def skipped(self) -> list[Label]:
        return [METHODS[name] for name in self._backtest.get("skipped", [])]

    @property
    def blend(self) -> list[tuple[Label, float]]:
        weights = self._backtest.get("weights", {})
        return [(METHODS[name], weights[name]) for name in sorted(weights, key=lambda name: -weights[name])]

    @property
    def chosen_from(self) -> dt.date:
        """The last day known when the champion was chosen."""
        return dt.date.fromisoformat(self._backtest["chosen_from"])

    @property
    def bought_share(self) -> float:
        """Of the recommendations that were offered, those bought since."""
        outcomes = self._run.metrics["outcomes"]
        return float(outcomes["bought"] / max(1, outcomes["offered"]))
