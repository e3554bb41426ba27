"""What can be measured and by what, and answers: the semantic layer of the explorer, for programs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pandas as pd
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from analytics.snapshot import FilesMissing
from api.errors import InvalidParameter, Problem
from api.serializers.reports import GROUPS, AnswerQuery, MeasuresSerializer, ReportAnswerSerializer, ReportSerializer
from api.views.base import ApiView
from core.models import OrganisationSettings
from customers.filters import as_json, authorise
from customers.listing.state import filter_text
from reports.charts.drawing import ColumnKind, Row, rows_of
from reports.exploring import Asked
from reports.forms import ExplorerForm
from reports.models import Report
from reports.semantics.answers import NothingToAsk, newest_facts
from reports.semantics.dimensions import DIMENSIONS
from reports.semantics.measures import MEASURES
from reports.semantics.questions import dimensions_for
from reports.words import ReaderWords

MOST_REPORTS = 200
# What a program leaves out is left out: the explorer's page begins with a comparison, an answer here does not.
NOTHING_ELSE = {"split": "", "compare": "", "form": ""}


class Measures(ApiView):
    @extend_schema(responses=MeasuresSerializer)
    def get(self, request: Request) -> Response:
        """What can be measured, and by what it can be divided."""
        self.query(serializers.Serializer)
        return Response(
            {
                "measures": [
                    {
                        "key": each.key,
                        "label": str(each.label),
                        "definition": str(each.definition),
                        "kind": each.kind.value,
                        "adds_up": each.adds_up,
                        "dimensions": list(dimensions_for(each, self.sight)),
                    }
                    for each in MEASURES
                ],
                "dimensions": [
                    {"key": each.key, "label": str(each.label), "is_time": each.is_time}
                    for each in DIMENSIONS
                    if each.may_be_asked_by(self.sight)
                ],
            }
        )


class Reports(ApiView):
    @extend_schema(responses=ReportSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Saved reports that you may open; answers come of `/reports/answer?report={id}`."""
        self.query(serializers.Serializer)
        reports = Report.objects.available_to(self.sight)[:MOST_REPORTS]
        return Response(
            [
                {
                    "id": each.pk,
                    "name": each.name,
                    "owner": each.owner_id,
                    "sharing": each.sharing,
                    "question": each.question,
                }
                for each in reports
            ]
        )


class ReportAnswer(ApiView):
    faults = {"GET": (404, 409)}

    @extend_schema(parameters=[AnswerQuery], responses=ReportAnswerSerializer)
    def get(self, request: Request) -> Response:
        """A measure by a dimension, of the customers that you see."""
        asked_for = self.query(AnswerQuery)
        report = self._report(asked_for.pop("report", None))
        if "filter" in asked_for:
            authorise(asked_for["filter"], self.sight)
            asked_for["filter"] = filter_text(as_json(asked_for["filter"]))
        try:
            asked = self._asked({**NOTHING_ELSE, **(report.question if report else {}), **asked_for})
            return Response(answer_json(asked) if asked else NO_FACTS)
        except FilesMissing:
            raise Problem(
                "conflict", str(_("The facts behind this run are not kept any more. Recompute, then ask again."))
            ) from None

    def _report(self, pk: int | None) -> Report | None:
        reports = Report.objects.available_to(self.sight)
        found: Report | None = get_object_or_404(reports, pk=pk) if pk is not None else None
        return found

    def _asked(self, values: Mapping[str, Any]) -> Asked | None:
        """None before there are facts."""
        try:
            run = newest_facts()
        except NothingToAsk:
            return None
        form = ExplorerForm(values, sight=self.sight, last_day=run.as_of)
        if not form.is_valid():
            faults = ((name, said) for name, all_said in form.errors.items() for said in all_said)
            raise InvalidParameter(*((name.replace("__all__", ""), str(said)) for name, said in faults))
        words = ReaderWords.of_reader(OrganisationSettings.current().currency)
        return Asked(form.question, run, self.sight, words)


NO_FACTS: dict[str, Any] = {**dict.fromkeys(ReportAnswerSerializer().fields), "rows": []}


def answer_json(asked: Asked) -> dict[str, Any]:
    question, drawing = asked.question, asked.drawing()
    is_money = question.measured.kind is ColumnKind.MONEY
    return {
        "run": asked.run.pk,
        "manifest": asked.run.manifest_id,
        "as_of": asked.run.as_of,
        "measure": question.measure,
        "by": question.by,
        "since": question.since,
        "until": question.until,
        "kind": question.measured.kind.value,
        "currency": asked.words.currency if is_money else None,
        "n": asked.answer().counted,
        "finding": drawing.finding,
        "rows": [_row(row, asked) for row in rows_of(drawing.table.frame)],
    }


def _row(row: Row, asked: Asked) -> dict[str, Any]:
    is_split = bool(asked.question.split)
    return {
        "key": _plain(row["key"]),
        "label": row["label"],
        "group": GROUPS.get(row["key"], "value"),
        "split": _plain(row["split"]) if is_split else None,
        "split_label": row["split_label"] if is_split else None,
        "value": _amount(row["value"], asked),
        "earlier": _amount(row.get("earlier"), asked),
        "filter": json.loads(row["filter"]) if row["filter"] else None,
    }


def _plain(key: Any) -> str | None:
    return None if key in GROUPS else str(key)


def _amount(value: Any, asked: Asked) -> float | None:
    if value is None or pd.isna(value):
        return None
    is_money = asked.question.measured.kind is ColumnKind.MONEY
    return asked.words.major_units(value) if is_money else float(value)
