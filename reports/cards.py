"""A chart as a page shows it to one reader: figure, table, and where its numbers come from."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.html import json_script
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts.models import User
from analytics import catalog
from analytics.models import Run
from reports.catalog import BY_KEY, CHARTS, DASHBOARD, Chart, Label, charts_about
from reports.catalog.entry import Follows
from reports.charts.drawing import Column, Drawing
from reports.charts.words import Words
from reports.comparing import OF_FACTS
from reports.exploring import source_of_facts
from reports.frames import Published
from reports.scope import Scope, said_of_customers
from reports.tables import Cell, customers_url, html_of, shown_rows


@dataclass(frozen=True)
class Card:
    chart: Chart
    drawing: Drawing
    run: Run | None
    words: Words
    series: str = ""
    scope: Scope | None = None
    is_earlier: bool = False

    @property
    def key(self) -> str:
        return self.chart.key

    @property
    def element_id(self) -> str:
        return f"chart-{self.key}-earlier" if self.is_earlier else f"chart-{self.key}"

    @property
    def figure_id(self) -> str:
        """Of the JSON beside the element."""
        return f"{self.element_id}-figure"

    @property
    def advice(self) -> Label:
        """What to do where there is not a single number yet."""
        return "" if self.rows or not self.drawing.has_advice else self.chart.advice

    @property
    def note(self) -> str:
        """What is counted, and of how many."""
        parts = (self.drawing.unit, self.drawing.sample, self.drawing.compared)
        return " · ".join(part for part in parts if part)

    @property
    def picture_note(self) -> str:
        """What a picture of it that is passed on says beside: also of which days and customers it is."""
        day = self.words.day(self.run.as_of) if self.run else ""
        return " · ".join(part for part in (self.note, *self._followed, day) if part)

    @property
    def _followed(self) -> list[str]:
        """What of its scope it follows, in words."""
        if self.scope is None or not self.chart.follows:
            return []
        days = [self.days] if Follows.DAYS in self.chart.follows else []
        return [*days, *said_of_customers(self.scope)] if Follows.FILTER in self.chart.follows else days

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
        query = urlencode({"series": self.series}) if self.series else self._address
        return f"{reverse('reports:table', args=[self.key, file_format])}{'?' if query else ''}{query}"

    @property
    def _address(self) -> str:
        """Of the scope, where it changes the chart."""
        return self.scope.address if self.scope and self.chart.follows else ""

    @property
    def url(self) -> str:
        """The page of the chart alone."""
        return card_url(self.chart, self._address)

    @property
    def not_followed(self) -> str:
        """What was asked of days and customers, and does not change this chart."""
        if self.scope is None:
            return ""
        asked = {
            Follows.DAYS: pgettext("scope", "days"),
            Follows.COMPARISON: _("comparison") if self.scope.compare and not self.earlier_days else "",
            Follows.FILTER: "" if self.scope.is_of_all else _("filter of customers"),
        }
        return _(", ").join(name for each, name in asked.items() if name and each not in self.chart.follows)

    @property
    def source(self) -> str:
        """What its numbers come from, in words."""
        if self.run is None:
            return ""
        if self.chart.source:
            return str(self.chart.source)
        if self.chart.follows and not self.chart.of_runs:
            return source_of_facts(self.run, self.words)
        facts = {"run": self.run.pk, "day": self.words.day(self.run.as_of)}
        analysis = catalog.get(self.run.analysis).label
        return _("%(analysis)s, run %(run)s, as of %(day)s") % {**facts, "analysis": analysis}

    @property
    def days(self) -> str:
        """Those of its scope."""
        return self._days((self.scope.since, self.scope.until)) if self.scope else ""

    @property
    def earlier_days(self) -> str:
        """The days that it is compared with by standing beside itself, on its own page."""
        if self.scope is None or not self.scope.earlier_days or not self.chart.stands_beside_earlier:
            return ""
        return self._days(self.scope.earlier_days)

    def _days(self, days: tuple[dt.date, dt.date]) -> str:
        return " – ".join(map(self.words.day, days))

    @property
    def why_not_followed(self) -> list[Label]:
        """Why the filter or the comparison that was asked does not change it."""
        scope, chart = self.scope, self.chart
        if scope is None:
            return []
        why_filter = "" if scope.is_of_all or Follows.FILTER in chart.follows else chart.of_all
        return [why for why in (why_filter, chart.not_compared if scope.compare else "") if why]

    @property
    def how_compared(self) -> str:
        """What a chart that does not follow the days is compared with."""
        follows = self.chart.follows
        if self.scope is None or not self.scope.compare or Follows.DAYS in follows or Follows.COMPARISON not in follows:
            return ""
        if self.run is not None and self.run.analysis == OF_FACTS:
            return _(
                "Compared: those of the same customers who were there on the earlier day already, by the day since "
                "which their record calls them a customer, with their details of now. Of whom that day is not known, "
                "they count on both days; who has left since, on neither."
            )
        return _(
            "Compared: the latest run of this analysis from the earlier day or before, of which enough is kept; its "
            "day stands in the picture."
        )

    @property
    def customers_url(self) -> str:
        return customers_url(self.drawing.drill) if self.drawing.drill else ""

    @property
    def columns(self) -> tuple[Column, ...]:
        return self.drawing.table.columns

    @property
    def rows(self) -> list[list[Cell]]:
        return self.drawing.once("rows", lambda: list(shown_rows(self.drawing, self.words)))

    @property
    def rows_html(self) -> SafeString:
        """The rows of the table under the picture."""
        return self.drawing.once("rows in HTML", lambda: html_of(self.rows))

    @property
    def figure_html(self) -> SafeString:
        """The figure, for the script that draws it."""
        figure = self.drawing.figure
        return self.drawing.once(("figure", self.figure_id), lambda: json_script(figure, self.figure_id))

    def as_json(self) -> dict[str, Any]:
        return {
            "key": self.key,
            "title": str(self.chart.title),
            "finding": self.drawing.finding,
            "unit": self.drawing.unit,
            "sample": self.drawing.sample,
            "compared": self.drawing.compared,
            "definition": str(self.chart.definition),
            "run": self.run.pk if self.run else None,
            "as_of": self.run.as_of if self.run else None,
            "source": self.source,
            "figure": self.drawing.figure,
        }


def earlier_card(chart: Chart, published: Published, words: Words) -> Card | None:
    """The chart on the days of comparison, where it does not draw them itself."""
    scope = published.scope.earlier if chart.stands_beside_earlier else None
    if scope is None:
        return None
    return replace(card(chart, published.on(scope), words, scope=scope), is_earlier=True)


@dataclass(frozen=True)
class WaitingCard:
    """The place of a card that the page fetches when it is there: facts are asked chart by chart."""

    chart: Chart
    address: str

    @property
    def url(self) -> str:
        return card_url(self.chart, self.address)


def card_url(chart: Chart, address: str) -> str:
    return f"{reverse('reports:card', args=[chart.key])}{'?' if address else ''}{address}"


def card(chart: Chart, published: Published, words: Words, *, scope: Scope | None = None) -> Card:
    """`scope`: what the page says of days and customers, if it does."""
    series = published.series if chart.by_series else ""
    return Card(chart, chart.drawing(published, words), chart.run(published), words, series, scope)


def cards_for(user: User, published: Published, words: Words) -> list[Card]:
    """Every chart of the dashboard that the user's role may see."""
    shown = [BY_KEY[key] for key in DASHBOARD if user.role in BY_KEY[key].roles]
    return [card(chart, published, words) for chart in shown]


def cards_about(user: User, subject: str, published: Published, words: Words) -> list[Card | WaitingCard]:
    """Every chart of a report that the user's role may see; those of facts wait until the page is there."""
    scope = published.scope
    return [
        WaitingCard(chart, scope.address) if chart.waits(scope) else card(chart, published, words, scope=scope)
        for chart in _shown_about(user, subject)
    ]


def drawn_about(user: User, subject: str, published: Published, words: Words) -> list[Card]:
    """The same where nothing is fetched later."""
    return [card(chart, published, words, scope=published.scope) for chart in _shown_about(user, subject)]


def _shown_about(user: User, subject: str) -> list[Chart]:
    return [chart for chart in charts_about(subject) if user.role in chart.roles and not chart.by_series]


def cards_of_series(user: User, published: Published, words: Words) -> list[Card]:
    """Every chart of the series of demand that is asked for."""
    return [card(chart, published, words) for chart in CHARTS if chart.by_series and user.role in chart.roles]
