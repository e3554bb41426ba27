from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from accounts.visibility import Sight
from analytics import catalog, champions, publishing
from analytics.models import Run
from analytics.results import TABLES
from api.errors import InvalidParameter
from api.paging import PageQuery, cursor_at, place_of
from api.serializers.fields import IdField
from api.views.base import ApiView
from customers.models import Customer

CUSTOMER = "customer_id"
ANALYSIS = OpenApiParameter(
    "analysis", {"type": "string", "enum": [each.name for each in catalog.ANALYSES]}, OpenApiParameter.PATH
)


class ResultSerializer(serializers.Serializer[Any]):
    """`run` and what follows are null until the first run is published; `metrics` are for managers and admins.

    `models`: which won, where the run chose among several; of lifetime value for purchases, for spend, and for who is
    still a customer."""

    analysis = serializers.CharField()
    title = serializers.CharField()
    purpose = serializers.CharField()
    columns = serializers.ListField(child=serializers.CharField())
    run = serializers.IntegerField(allow_null=True)
    as_of = serializers.DateField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)
    models = serializers.ListField(child=serializers.CharField())
    rows = serializers.IntegerField(allow_null=True)
    metrics = serializers.DictField(allow_null=True)


class RowsQuery(PageQuery):
    customer = IdField(required=False, help_text=gettext_lazy("Of this customer alone."))


ROWS = inline_serializer(
    "ResultRows",
    {
        "run": serializers.IntegerField(allow_null=True),
        "as_of": serializers.DateField(allow_null=True),
        "models": serializers.ListField(child=serializers.CharField()),
        "results": serializers.ListField(child=serializers.DictField()),
        "next_cursor": serializers.CharField(allow_null=True),
    },
)


class Results(ApiView):
    @extend_schema(responses=ResultSerializer(many=True))
    def get(self, request: Request) -> Response:
        """The analyses, and which run of each is shown."""
        self.query(serializers.Serializer)
        return Response([result_json(each, self.user) for each in catalog.ANALYSES])


class ResultDetail(ApiView):
    @extend_schema(parameters=[ANALYSIS], responses=ResultSerializer)
    def get(self, request: Request, analysis: str) -> Response:
        """One analysis, and the run of it that is shown."""
        return Response(result_json(entry_of(analysis), self.user))


class ResultRows(ApiView):
    @extend_schema(parameters=[ANALYSIS, RowsQuery], responses=ROWS)
    def get(self, request: Request, analysis: str) -> Response:
        """The rows of that run, of customers that you see. Pages of another run than the cursor's begin anew."""
        query, run = self.query(RowsQuery), publishing.current_run(entry_of(analysis).name)
        rows = Response({**of_run(run), "results": [], "next_cursor": None})
        if run is not None:
            rows.data["results"], rows.data["next_cursor"] = page_of_rows(run, query, self.sight)
        return rows


def entry_of(name: str) -> catalog.Analysis:
    try:
        return catalog.get(name)
    except catalog.UnknownAnalysis:
        raise Http404 from None


def of_run(run: Run | None) -> dict[str, Any]:
    """Of which run, day and models rows are."""
    if run is None:
        return {"run": None, "as_of": None, "models": []}
    return {"run": run.pk, "as_of": run.as_of, "models": list(champions.names_of(run))}


def result_json(entry: catalog.Analysis, user: User) -> dict[str, Any]:
    run = publishing.current_run(entry.name)
    return {
        "analysis": entry.name,
        "title": str(entry.label),
        "purpose": str(entry.purpose),
        "columns": list(TABLES[entry.name].columns),
        **of_run(run),
        "finished_at": run.finished_at if run else None,
        "rows": run.row_count if run and user.sight.sees_all else None,
        "metrics": run.metrics if run and user.is_manager and user.sight.sees_all else None,
    }


def page_of_rows(run: Run, query: dict[str, Any], sight: Sight) -> tuple[list[dict[str, Any]], str | None]:
    table = TABLES[run.analysis]
    rows: QuerySet[Any] = table.model._default_manager.filter(run_id=run.pk)
    if table.key == CUSTOMER:
        rows = rows.filter(sight.visible("customer__"), customer__deleted_at=None)
        rows = rows.filter(customer_id=query["customer"]) if "customer" in query else rows
    elif not sight.sees_all:
        raise PermissionDenied(_("These are sums over all customers, and you do not see all."))
    elif "customer" in query:
        raise InvalidParameter(("customer", _("These rows are about no customer.")))
    if "cursor" in query:
        rows = rows.filter(**{f"{table.key}__gt": place_of(query["cursor"], f"{run.analysis}.{run.pk}")})
    found = list(rows.order_by(table.key).values(*table.columns)[: query["limit"] + 1])
    shown, more = found[: query["limit"]], len(found) > query["limit"]
    if table.other_customers:
        leave_out_unseen(shown, table.other_customers, sight)
    return shown, cursor_at(f"{run.analysis}.{run.pk}", str(shown[-1][table.key])) if more else None


def leave_out_unseen(rows: list[dict[str, Any]], column: str, sight: Sight) -> None:
    """Ids of other customers are told to those who see them."""
    ids = {pk for row in rows for pk in row[column]}
    seen = set(Customer.objects.live().visible_to(sight).filter(pk__in=ids).values_list("pk", flat=True))
    for row in rows:
        row[column] = [pk for pk in row[column] if pk in seen]
