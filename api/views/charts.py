"""The charts of the catalog as tables, for programs: what the cards of dashboards show."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from analytics.publishing import current_run
from api.errors import InvalidParameter
from api.serializers.reports import ChartQuery, ChartSerializer, ChartTableSerializer
from api.views.base import ApiView
from core.models import OrganisationSettings
from customers.filters import as_json, authorise
from customers.listing.state import filter_text
from reports.cards import Card, card
from reports.catalog import BY_KEY, CHARTS, Chart
from reports.dashboards.cards import may_see
from reports.frames import Published
from reports.scope import Scope, ScopeForm
from reports.tables import plain_rows
from reports.words import ReaderWords


class ReportCharts(ApiView):
    @extend_schema(responses=ChartSerializer(many=True))
    def get(self, request: Request) -> Response:
        """The charts that are for you; their tables are at `/reports/charts/{key}`."""
        self.query(serializers.Serializer)
        return Response([chart_json(chart) for chart in CHARTS if may_see(self.user, chart)])


class ReportChart(ApiView):
    @extend_schema(parameters=[ChartQuery], responses=ChartTableSerializer)
    def get(self, request: Request, key: str) -> Response:
        """The numbers of a chart, of the customers that you see."""
        asked, chart = self.query(ChartQuery), BY_KEY.get(key)
        if chart is None:
            raise Http404
        if not may_see(self.user, chart):
            raise PermissionDenied(_("This chart is not for your role, or made of customers whom you do not see."))
        series, scope = asked.pop("series", ""), self._scope(asked)
        published = Published.now(self.sight, series=series, scope=scope)
        words = ReaderWords.of_reader(OrganisationSettings.current().currency)
        return Response(table_json(card(chart, published, words, scope=scope)))

    def _scope(self, asked: dict[str, Any]) -> Scope | None:
        """What is asked of days and customers; None before there are any."""
        if "filter" in asked:
            authorise(asked["filter"], self.sight)
            asked["filter"] = filter_text(as_json(asked["filter"]))
        run = current_run("daily")
        if run is None:
            return None
        form = ScopeForm({"compare": "", **asked}, sight=self.sight, last_day=run.as_of)
        if not form.is_valid():
            faults = ((name, said) for name, all_said in form.errors.items() for said in all_said)
            raise InvalidParameter(*((name.replace("__all__", ""), str(said)) for name, said in faults))
        return form.scope


def chart_json(chart: Chart) -> dict[str, Any]:
    return {
        "key": chart.key,
        "subject": chart.subject,
        "title": str(chart.title),
        "definition": str(chart.definition),
        "follows": sorted(chart.follows),
    }


def table_json(found: Card) -> Mapping[str, Any]:
    keys = [column.key.removesuffix("_minor") for column in found.columns]  # of money: it comes in whole units
    rows = plain_rows(found.drawing, found.words)
    return {
        **chart_json(found.chart),
        "finding": found.drawing.finding,
        "sample": found.drawing.sample,
        "compared": found.drawing.compared,
        "run": found.run.pk if found.run else None,
        "as_of": found.run.as_of if found.run else None,
        "currency": found.words.currency,
        "not_followed": found.not_followed,
        "columns": [
            {"key": key, "label": each.label, "kind": each.kind.value}
            for key, each in zip(keys, found.columns, strict=True)
        ],
        "rows": [dict(zip(keys, map(_number, row), strict=True)) for row in rows],
    }


def _number(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else value
