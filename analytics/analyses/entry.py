"""What an entry of the catalog is: an analysis, how it is computed, and how a run of it is told in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from django.utils.functional import Promise
from numpy.typing import NDArray

from analytics.evaluation import FloatArray
from analytics.features import Facts
from analytics.findings import Kind, Metric, Verdict
from analytics.models import AnalysisSettings, Run
from analytics.proof import Proof
from analytics.results import Computed

Params = Mapping[str, Any]
Label = str | Promise
Again = Callable[[Facts, Params, Run], Computed | None]

# Equal facts and parameters give equal results; a run keeps its seed among its parameters.
SEED = 20240229


def _says_nothing(run: Run) -> str:
    return ""


def _has_no_baseline(run: Run) -> Iterable[Metric]:
    return ()


def _is_no_model(run: Run) -> Verdict | None:
    return None


def _proves_nothing(run: Run) -> Proof:
    return Proof()


def _needs_nothing() -> Set[str]:
    return frozenset()


@dataclass(frozen=True, eq=False)
class Cases:
    """What was said of each case, and what became of it, each of shape (n,). inside: whether that lay within the range
    that was said, of the cases that had one. customers: whose they are, where they are of customers."""

    said: FloatArray
    became: FloatArray
    inside: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, dtype=bool))
    customers: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """What an analysis says of days to come.

    The first run of each month keeps its rows until the horizon has passed; then they are compared with what came.
    cases: what a run said and what became of it, by facts that reach beyond the horizon. of: what its cases are.
    as_judged: whether it is what the calibration of the proof is about, so that both can stand in one picture.
    """

    name: str
    label: Label
    kind: Kind
    horizon_days: Callable[[Run], int]
    cases: Callable[[Run, Facts], Cases]
    of: Label
    as_judged: bool = False

    def last_day(self, run: Run) -> dt.date:
        return run.as_of + dt.timedelta(days=self.horizon_days(run))


@dataclass(frozen=True)
class Analysis:
    """One entry. Its rows go into the table of its name in `analytics.results`.

    compute: gets the facts as of the day, the parameters as plain data and a generator for whatever is random.
    default_params: plain data; what an admin has set is laid over it. checked: returns usable parameters as they go
    into the run, or raises ValueError.
    summary, metrics, verdict: one sentence on a run that has metrics; each metric with its baseline; whether it is to
    be trusted, where it is a model that can be beaten. proof: how it was judged, for the page of a run with metrics.
    forecasts: what it says of days to come, to be compared with what came.
    apply: the rows of the customers of some facts by what a run has fitted, without learning anything from them; an
    analysis that has it is kept fresh between recomputations (`analytics.refreshing`).
    always: why it cannot be switched off, where that is so.
    needs: the names of the analyses whose results it asks for. Where one of them fails in a recomputation it waits, and
    keeps what it has published, until that one has been computed.
    again: the same as compute by what an earlier run has learned, with the same parameters, for the nights between two
    weeks; None where that run has not kept enough. Without it, an analysis learns every night.
    """

    name: str
    label: Label
    purpose: Label
    compute: Callable[[Facts, Params, np.random.Generator], Computed]
    default_params: Callable[[], dict[str, Any]]
    checked: Callable[[Params], dict[str, Any]]
    summary: Callable[[Run], str] = _says_nothing
    metrics: Callable[[Run], Iterable[Metric]] = _has_no_baseline
    verdict: Callable[[Run], Verdict | None] = _is_no_model
    proof: Callable[[Run], Proof] = _proves_nothing
    forecasts: tuple[Forecast, ...] = ()
    apply: Callable[[Facts, Mapping[str, Any]], pd.DataFrame] | None = None
    again: Again | None = None
    always: Label = ""
    needs: Callable[[], Set[str]] = _needs_nothing

    def settings(self) -> AnalysisSettings | None:
        """What an admin has set, if anything."""
        return AnalysisSettings.objects.filter(analysis=self.name).select_related("changed_by").first()

    def params(self) -> dict[str, Any]:
        """What the next run computes with. Raises ValueError if an admin's settings do not fit this version."""
        chosen = self.settings()
        return self.checked({**self.default_params(), **(chosen.params if chosen else {})})

    def params_or_defaults(self) -> dict[str, Any]:
        """The same for a form, which must open to let an admin correct settings that do not fit."""
        try:
            return self.params()
        except (ValueError, TypeError, KeyError):
            return self.default_params()


def no_params() -> dict[str, Any]:
    return {}


def without(params: Params, *names: str) -> dict[str, Any]:
    return {name: value for name, value in params.items() if name not in names}


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as plain data, None where a value is missing."""
    plain = frame.astype(object).where(frame.notna(), None)
    return [dict(zip(frame.columns, row, strict=True)) for row in plain.itertuples(index=False)]
