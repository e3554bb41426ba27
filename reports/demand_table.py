"""Every series of demand in a line: what is to come next, by which model, how good that is, what stood out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.utils.functional import cached_property

from analytics import demand_series
from analytics.analyses.demand import models_of
from analytics.demand_series import NamedSeries
from analytics.models import DemandPeriod, Run
from core.text import isolated
from reports.catalog.entry import Label
from reports.charts.demand_pictures import period_name
from reports.charts.words import Words
from reports.frames import Published


@dataclass(frozen=True)
class Line:
    """found: what the run keeps of the series. expected, low, high: of the next period, as they are written."""

    label: Label
    url: str
    is_current: bool
    model: Label
    found: Mapping[str, Any]
    expected: str
    low: str
    high: str


class DemandTable:
    def __init__(self, published: Published, words: Words) -> None:
        self._run, self._shown, self._words = published.demand, published.series, words

    @property
    def next_period(self) -> str:
        """That is forecast first."""
        return _next_period(self._run, self._words) if self._run else ""

    @property
    def chosen(self) -> str:
        return next((isolated(str(line.label)) for line in self.lines if line.is_current), "")

    @cached_property
    def lines(self) -> list[Line]:
        """In the order of the run; two statements for the names, one for the numbers."""
        return list(self._lines_of(self._run)) if self._run else []

    def _lines_of(self, run: Run) -> list[Line]:
        found = {each["series"]: each for each in run.metrics["series"]}
        ahead = {row.series: row for row in DemandPeriod.objects.filter(run_id=run.pk, start_date=_next_date(run))}
        models = models_of(run)
        return [
            self._line(series, found[series.key], models[found[series.key]["used"]], ahead.get(series.key))
            for series in demand_series.named(found)
        ]

    def _line(self, series: NamedSeries, found: Mapping[str, Any], model: Label, ahead: DemandPeriod | None) -> Line:
        def written(value: float) -> str:
            return self._words.money(value, compact=True) if series.kind.is_money else self._words.number(round(value))

        return Line(
            label=series.label,
            url=f"?{urlencode({'series': series.key})}",
            is_current=series.key == self._shown,
            model=model,
            found=found,
            expected=written(ahead.expected) if ahead else "–",
            low=written(ahead.low) if ahead else "–",
            high=written(ahead.high) if ahead else "–",
        )


def _next_date(run: Run) -> dt.date:
    return dt.date.fromisoformat(run.metrics["last_date"]) + dt.timedelta(days=1)


def _next_period(run: Run, words: Words) -> str:
    return period_name({"grain": run.metrics["grain"], "start_date": _next_date(run)}, words)
