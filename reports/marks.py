"""Whom a mark of a chart counts, as statements over the facts: for those that no other condition of the list describes.

A mark is named by what it counts: `measure/division` or `measure/division/further division` of the semantic layer, or a
name of `reports.chart_marks`. Its key, and that of the further division, are texts as an address holds them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from django.utils.translation import gettext as _

from analytics.many_ids import IdArray
from analytics.snapshot_columns import Wanted, mask_of
from core.numbers import whole_number
from core.templatetags.ui import day as day_words
from reports.chart_marks import CHARTS, RESULTS, ChartMark, ResultMark
from reports.semantics.answers import segments_of_customers
from reports.semantics.dimensions import DIMENSION, Dimension, Of
from reports.semantics.facts import ScopedFacts
from reports.semantics.measures import MEASURE
from reports.semantics.periods import last_day
from reports.semantics.subjects import FACTS, columns_of_facts


@dataclass(frozen=True)
class Mark:
    """of: what it counts. since, until: of which days, both included. sunday_weeks: whether weeks start on a Sunday."""

    of: str
    key: str
    since: dt.date
    until: dt.date
    further: str = ""
    sunday_weeks: bool = False

    @property
    def of_chart(self) -> ChartMark | ResultMark | None:
        return CHARTS.get(self.of) or RESULTS.get(self.of)

    @property
    def of_results(self) -> ResultMark | None:
        """Where no facts are asked, but the results of a run."""
        return RESULTS.get(self.of)

    @property
    def is_known(self) -> bool:
        if self.of_chart:
            return self.of_chart.is_key(self.key)
        measure, *divisions = self.of.split("/")
        return (
            measure in MEASURE
            and 1 <= len(divisions) <= 2
            and all(each in DIMENSION and MEASURE[measure].subject in DIMENSION[each].subjects for each in divisions)
            and (not DIMENSION[divisions[0]].is_time or _is_day(self.key))
            and not any(DIMENSION[each].is_time for each in divisions[1:])
        )

    @property
    def divisions(self) -> list[tuple[Dimension, str]]:
        """Each with the value that is counted, as a text; none of a mark of one chart."""
        if self.of_chart:
            return []
        _measure, *keys = self.of.split("/")
        return [(DIMENSION[key], value) for key, value in zip(keys, (self.key, self.further), strict=False)]

    @property
    def confidential(self) -> frozenset[str]:
        return frozenset(dimension.confidential for dimension, _value in self.divisions if dimension.confidential)

    def customers(self, facts: ScopedFacts, *, scores: int | None) -> IdArray:
        """Their ids, each once. scores: the run that segments are of."""
        if self.of in CHARTS:
            return facts.frame(CHARTS[self.of].customers_sql(facts, self.key))["customer_id"].to_numpy(dtype=np.int64)
        since, until = self._days(facts)
        values = {f"value_{place}": value for place, (_dimension, value) in enumerate(self.divisions)}
        found = facts.frame(self._sql(facts, scores, since, until), **values, since=since, until=until)
        return found["customer_id"].to_numpy(dtype=np.int64)

    def _days(self, facts: ScopedFacts) -> tuple[dt.date, dt.date]:
        """Of the period that is counted, where it counts one."""
        days = facts.scope.since, facts.scope.until
        dimension, value = self.divisions[0]
        if not dimension.is_time:
            return days
        start = dt.date.fromisoformat(value)
        return max(days[0], start), min(days[1], last_day(start, dimension.key, sunday_weeks=self.sunday_weeks))

    def _only_counted(self, facts: ScopedFacts, wanted: Sequence[Wanted]) -> None:
        """What is counted in one period, or of one product, is little enough to be taken out of the columns."""
        products = None
        for dimension, value in self.divisions:
            if dimension.key in {"product", "category"} and value:
                of = f"SELECT product_id FROM products WHERE CAST({dimension.key}_id AS VARCHAR) = $value"  # noqa: S608
                ids = facts.frame(of, value=value)["product_id"].to_numpy(dtype=np.int64)
                products = mask_of(ids)
        if products is not None or self.divisions[0][0].is_time:
            facts.facts.only(
                *(replace(each, products=products) if "product_id" in each.columns else each for each in wanted),
                mask=facts.mask,
            )

    def _sql(self, facts: ScopedFacts, scores: int | None, since: dt.date, until: dt.date) -> str:
        measure = MEASURE[self.of.split("/")[0]]
        joins, conditions = "", [facts.chosen("f.customer_id"), "f.customer_id IS NOT NULL", measure.where]
        for place, (dimension, _value) in enumerate(self.divisions):
            sql = dimension.sql_for(sunday_weeks=self.sunday_weeks)
            conditions.append(f"coalesce(CAST({sql} AS VARCHAR), '') = $value_{place}")
        if any(dimension.of is Of.CUSTOMER for dimension, _value in self.divisions):
            joins += " LEFT JOIN customer_dim AS c ON c.customer_id = f.customer_id"
        if any(dimension.of is Of.SCORES for dimension, _value in self.divisions):
            facts.engine.define_frame("scores", segments_of_customers(scores))
            joins += " LEFT JOIN scores AS s ON s.customer_id = f.customer_id"
        named = columns_of_facts(" ".join(conditions))
        self._only_counted(facts, FACTS[measure.subject].wanted(named, since, until))
        return (
            f"SELECT DISTINCT f.customer_id FROM ({FACTS[measure.subject].select_for(named)}) AS f{joins}"  # noqa: S608
            f" WHERE {' AND '.join(conditions)}"
        )

    def in_words(self) -> str:
        if self.of_results:
            return f"{self.of_results.label}: {self.of_results.name(self.key)}"
        if self.of_chart:
            said = f"{self.of_chart.label}: {self.of_chart.name(self.key)}"
            if isinstance(self.of_chart, ChartMark) and self.of_chart.is_up_to_a_day:
                return _("%(said)s, until %(until)s") % {"said": said, "until": day_words(self.until)}
        else:
            measure = MEASURE[self.of.split("/")[0]]
            said = ", ".join([str(measure.label), *(self._named(*division) for division in self.divisions)])
            if not FACTS[measure.subject].has_days:
                return said
        days = {"said": said, "since": day_words(self.since), "until": day_words(self.until)}
        return _("%(said)s, from %(since)s to %(until)s") % days

    def _named(self, dimension: Dimension, value: str) -> str:
        if not value:
            name = _("Unknown")
        elif dimension.is_time:
            start = dt.date.fromisoformat(value)
            end = last_day(start, dimension.key, sunday_weeks=self.sunday_weeks)
            name = day_words(start) if start == end else f"{day_words(start)} – {day_words(end)}"
        else:
            key: Any = whole_number(value) or value
            name = dimension.names([key]).get(key, value)
        return f"{dimension.label}: {name}"


def _is_day(text: str) -> bool:
    try:
        return dt.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
