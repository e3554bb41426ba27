from __future__ import annotations

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.errors import Invalid
from api.models import Scope
from api.paging import PageQuery, page_json, page_of, page_schema
from api.parsers import NDJSONParser, StrictJSONParser
from api.serializers.events import EventSerializer, EventWriting, Ingested
from api.serializers.fields import IdField, SelectedFields
from api.views.base import ApiView
from api.writing.events import MOST_EVENTS, ingest
from core.paging import Order
from customers.models import Event


class EventsQuery(PageQuery):
    customer = IdField(required=False)
    product = IdField(required=False)
    kind = serializers.ChoiceField(Event.Kind.choices, required=False)
    occurred_from = serializers.DateField(required=False)
    occurred_until = serializers.DateField(required=False)
    sort = serializers.ChoiceField(["id", "-id", "occurred_at", "-occurred_at"], default="id")
    fields = SelectedFields(EventSerializer.Meta.fields)  # type: ignore[assignment]


LOOKUPS = {
    "customer": "customer_id",
    "product": "product_id",
    "kind": "kind",
    "occurred_from": "occurred_date__gte",
    "occurred_until": "occurred_date__lte",
}


class Events(ApiView):
    @extend_schema(parameters=[EventsQuery], responses=page_schema("Event", EventSerializer(many=True)))
    def get(self, request: Request) -> Response:
        """Events of customers that you see; those of nobody are for people who see all."""
        query = self.query(EventsQuery)
        chosen = {lookup: query[name] for name, lookup in LOOKUPS.items() if name in query}
        events = Event.objects.filter(self.sight.visible("customer__")).filter(**chosen)
        order = Order(query["sort"].removeprefix("-"), descending=query["sort"].startswith("-"))
        page = page_of(events, order=order, query=query)
        rows = EventSerializer(page.rows, many=True, context={"sight": self.sight, "fields": query.get("fields")}).data
        return Response(page_json(page, list(rows)))


class EventBatch(ApiView):
    scopes = {"POST": Scope.INGEST}
    parser_classes = [StrictJSONParser, NDJSONParser]

    @extend_schema(request={"application/json": EventWriting(many=True)}, responses=Ingested)
    def post(self, request: Request) -> Response:
        """Take in up to 10,000 events: a JSON array, or `application/x-ndjson` with one event a line.

        Each is known by its source and number, so a batch that is sent twice is taken in once. An event that is not in
        order is rejected with the reason, by its place in the batch; the others are written in one transaction.
        """
        if not isinstance(request.data, list):
            raise Invalid(("", _("Send a list of events.")))
        if not 1 <= len(request.data) <= MOST_EVENTS:
            raise Invalid(("", _("A batch has 1 to %(most)d events.") % {"most": MOST_EVENTS}))
        return Response(ingest(request.data, by=self.user))
