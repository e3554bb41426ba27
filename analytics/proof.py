"""What the page of a run proves of its model, in one shape for every analysis."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from analytics.findings import Kind, Label, Metric


@dataclass(frozen=True)
class Candidate:
    """A model or baseline that was compared, with its figure as it is written."""

    label: Label
    figure: str
    is_champion: bool = False


@dataclass(frozen=True)
class Proof:
    """What is left empty is not shown.

    predicts: what a row says, of whom. baseline: what it has to beat. known_until, tested_until: it was judged on the
    days between, of which it knew nothing. candidates: best first, by the figure that `measure` names. calibration:
    (said, became, cases) by tenths, in values of `kind`. slices: the metric among some of the customers. no_slices,
    no_drift: why there are none, where they would mean nothing.
    """

    predicts: Label = ""
    baseline: Label = ""
    features: Sequence[Label] = ()
    known_until: dt.date | None = None
    tested_until: dt.date | None = None
    measure: Label = ""
    candidates: Sequence[Candidate] = ()
    calibration: Sequence[Sequence[float]] = ()
    kind: Kind = Kind.NUMBER
    slices: Sequence[Metric] = ()
    no_slices: Label = ""
    no_drift: Label = ""
