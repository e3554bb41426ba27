"""How far features and scores have moved since the run before, in words."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from analytics.algorithms.drift import LARGE, NOTICEABLE
from analytics.findings import FEATURES, Label
from analytics.models import Run

# Why a run could not be compared with the one before, as it keeps it.
OTHER_MODEL, OTHER_PARAMETERS = "other_model", "other_parameters"


@dataclass(frozen=True)
class Moved:
    label: Label
    psi: float | None
    why: str = ""

    @property
    def reading(self) -> str:
        if self.why == OTHER_MODEL:
            return _("another model: not comparable")
        if self.why == OTHER_PARAMETERS:
            return _("other parameters: not comparable")
        if self.psi is None:
            return _("nothing to compare with")
        if self.psi < NOTICEABLE:
            return _("still")
        return _("moved") if self.psi < LARGE else _("moved far")

    @property
    def tone(self) -> str:
        if self.psi is None:
            return "neutral"
        if self.psi < NOTICEABLE:
            return "good"
        return "warn" if self.psi < LARGE else "bad"


def moved(run: Run) -> list[Moved]:
    """What moved farthest first; empty where nothing was counted."""
    columns = run.distributions.get("columns", {})
    found = [Moved(FEATURES.get(name, name), column["psi"], column.get("why", "")) for name, column in columns.items()]
    return sorted(found, key=lambda each: -(each.psi or 0))
