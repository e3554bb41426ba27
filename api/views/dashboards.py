from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.conditions import IF_MATCH, IF_NONE_MATCH, require_match, versioned
from api.paging import PageQuery, page_json, page_of, page_schema
from api.serializers.dashboards import (
    CardSerializer,
    DashboardChange,
    DashboardDetailSerializer,
    DashboardSerializer,
    DashboardWriting,
)
from api.views.base import ApiView
from api.writing import dashboards as writing
from core.paging import Order
from reports.dashboards.access import available_dashboard, changeable_dashboard
from reports.dashboards.cards import placed_on
from reports.dashboards.one_filter import filter_of
from reports.models import Dashboard


class Dashboards(ApiView):
    @extend_schema(parameters=[PageQuery], responses=page_schema("Dashboard", DashboardSerializer(many=True)))
    def get(self, request: Request) -> Response:
        """Dashboards that are yours, or shared with you."""
        page = page_of(Dashboard.objects.available_to(self.sight), order=Order("id"), query=self.query(PageQuery))
        return Response(page_json(page, list(DashboardSerializer(page.rows, many=True).data)))

    @extend_schema(request=DashboardWriting, responses={201: DashboardDetailSerializer})
    def post(self, request: Request) -> Response:
        """Make one of your own."""
        with transaction.atomic():
            made = writing.create(self.body(DashboardWriting), by=self.user)
        return shown(self, made, status=201, headers={"Location": reverse("api:v1:dashboard", args=[made.pk])})


class DashboardDetail(ApiView):
    faults = dict.fromkeys(("PATCH", "DELETE"), (409, 428))

    @extend_schema(parameters=[IF_NONE_MATCH], responses={200: DashboardDetailSerializer, 304: None})
    def get(self, request: Request, pk: int) -> Response:
        """One dashboard with its filter and its cards in their order; `ETag` is its version."""
        return shown(self, available_dashboard(self.user, pk))

    @extend_schema(parameters=[IF_MATCH], request=DashboardChange, responses=DashboardDetailSerializer)
    def patch(self, request: Request, pk: int) -> Response:
        """Change what is named. The owner does, and an admin what is shared."""
        values = self.body(DashboardChange)
        with transaction.atomic():
            changed = writing.change(self._locked(pk), values, by=self.user)
        return shown(self, changed)

    @extend_schema(parameters=[IF_MATCH], responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        """Delete it, for everybody who uses it."""
        with transaction.atomic():
            self._locked(pk).delete()
        return Response(status=204)

    def _locked(self, pk: int) -> Dashboard:
        """One that the person may change, as they have read it, until the end of the transaction."""
        found = changeable_dashboard(self.user, pk, among=Dashboard.objects.select_for_update(of=("self",)))
        require_match(self.request, found.version)
        return found


def shown(view: ApiView, found: Dashboard, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    data = {
        **DashboardSerializer(found).data,
        "filter": _usable_filter(view, found),
        "cards": CardSerializer(placed_on(found, view.user), many=True).data,
    }
    return versioned(data, found.version, status=status, headers=headers)


def _usable_filter(view: ApiView, found: Dashboard) -> Mapping[str, str] | None:
    """None where the reader may not ask by it, since it may name what is hidden from them."""
    form = filter_of(found, {}, view.sight) if found.filter else None
    if form is None:
        return {} if not found.filter else None
    return form.said if form.is_valid() else None
