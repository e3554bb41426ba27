"""A chart as a page shows it to one reader: figure, table, and where its numbers come from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from accounts.models import User
from analytics.models import Run
from reports.catalog import CHARTS, Chart, Label
from reports.charts.drawing import Column, Drawing
from reports.charts.words import Words
from reports.frames import Published
from reports.tables import Cell, customers_url, shown_rows


@dataclass(frozen=True)
class Card:
    chart: Chart
    drawing: Drawing
    run: Run | None
    words: Words
    series: str = ""

    @property
    def key(self) -> str:
        return self.chart.key

    @property
    def element_id(self) -> str:
        return f"chart-{self.key}"

    @property
    def figure_id(self) -> str:
        """Of the JSON beside the element."""
        return f"{self.element_id}-figure"

    @property
    def advice(self) -> Label:
        """What to do where there is not a single number yet."""
        return "" if self.rows else self.chart.advice

    @property
    def note(self) -> str:
        """What is counted, and of how many."""
        return " · ".join(part for part in (self.drawing.unit, self.drawing.sample) if part)

    @property
    def file_name(self) -> str:
        """Of its downloads, without the ending."""
        of_series = f"{self.key}-{self.series.replace(':', '-')}" if self.series else self.key
        return f"{of_series}-{self.run.as_of:%Y-%m-%d}" if self.run else of_series

    @property
    def csv_url(self) -> str:
        return self._table_url("csv")

    @property
    def xlsx_url(self) -> str:
        return self._table_url("xlsx")

    def _table_url(self, file_format: str) -> str:
        """Where the table is a file."""
        query = f"?{urlencode({'series': self.series})}" if self.series else ""
        return f"{reverse('reports:table', args=[self.key, file_format])}{query}"

    @property
    def customers_url(self) -> str:
        return customers_url(self.drawing.drill) if self.drawing.drill else ""

    @property
    def columns(self) -> tuple[Column, ...]:
        return self.drawing.table.columns

    @cached_property
    def rows(self) -> list[list[Cell]]:
        return list(shown_rows(self.drawing, self.words))

    def as_json(self) -> dict[str, Any]:
        return {
            "key": self.key,
            "title": str(self.chart.title),
            "finding": self.drawing.finding,
            "unit": self.drawing.unit,
            "sample": self.drawing.sample,
            "definition": str(self.chart.definition),
            "run": self.run.pk if self.run else None,
            "as_of": self.run.as_of if self.run else None,
            "figure": self.drawing.figure,
        }


def card(chart: Chart, published: Published, words: Words) -> Card:
    series = published.series if chart.by_series else ""
    return Card(chart, chart.drawing(published, words), chart.run(published), words, series)


def cards_for(user: User, published: Published, words: Words) -> list[Card]:
    """Every chart of the dashboard that the user's role may see."""
    shown = [chart for chart in CHARTS if chart.on_dashboard and user.role in chart.roles]
    return [card(chart, published, words) for chart in shown]


def cards_of_series(user: User, published: Published, words: Words) -> list[Card]:
    """Every chart of the series of demand that is asked for."""
    return [card(chart, published, words) for chart in CHARTS if chart.by_series and user.role in chart.roles]
