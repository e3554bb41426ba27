"""What an analysis said before and what it became, for the pages of its runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analytics import catalog, run_words
from analytics.analyses.entry import Forecast, Label
from analytics.calibration_plot import Plot, plot, written
from analytics.models import ForecastOutcome

MOST_SHOWN = 24


@dataclass(frozen=True)
class Outcome:
    """One forecast of one run, in words: means over its cases."""

    row: ForecastOutcome
    forecast: Forecast
    currency: str

    @property
    def label(self) -> Label:
        return self.forecast.label

    @property
    def said(self) -> str:
        return written(self.row.said, self.forecast.kind, self.currency)

    @property
    def became(self) -> str:
        return written(self.row.became, self.forecast.kind, self.currency)

    @property
    def ratio(self) -> float | None:
        """What was said over what came: 1 is right."""
        return self.row.said / self.row.became if self.row.became else None

    @property
    def calibration(self) -> Plot | None:
        """As it turned out, beside how it was when the run was judged."""
        then = run_words.proof(self.row.run).calibration
        return plot(self.row.calibration, kind=self.forecast.kind, currency=self.currency, then=then)


def outcomes_of(analysis: str, *, currency: str) -> list[Outcome]:
    """Of all its runs, the latest first."""
    forecasts = {each.name: each for entry in catalog.ANALYSES if entry.name == analysis for each in entry.forecasts}
    rows = ForecastOutcome.objects.filter(run__analysis=analysis, forecast__in=forecasts).select_related("run")
    return [Outcome(row, forecasts[row.forecast], currency) for row in rows.order_by("-until", "-pk")[:MOST_SHOWN]]


def latest_as_judged(outcomes: Sequence[Outcome]) -> Outcome | None:
    """The latest whose calibration can stand beside that of its proof."""
    return next((each for each in outcomes if each.forecast.as_judged), None)
