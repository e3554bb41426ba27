from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.visibility import Sight
from api.conditions import IF_MATCH, IF_NONE_MATCH, require_match, versioned
from api.paging import PageQuery, page_json, page_of, page_schema
from api.serializers.batches import Batch, Outcomes, described
from api.serializers.fields import IdField, InstantField, SelectedFields
from api.serializers.orders import (
    ORDER_FIELDS,
    OrderChange,
    OrderSerializer,
    OrderWriting,
    RefundSerializer,
    RefundWriting,
)
from api.views.base import ApiView
from api.writing.entries import Entry, outcomes, read
from api.writing.orders import number_of, require_right, save_orders, save_refund
from core.models import OrganisationSettings
from core.paging import Order as SortOrder
from customers.custom_fields import definitions
from customers.models import Order
from customers.querysets import OrderQuerySet

SORTS = [f"{sign}{name}" for name in ("id", "ordered_at", "updated_at") for sign in ("", "-")]


class OrderFields(serializers.Serializer[Any]):
    fields = SelectedFields(ORDER_FIELDS)  # type: ignore[assignment]


class OrdersQuery(PageQuery):
    customer = IdField(required=False)
    source: Any = serializers.CharField(required=False, max_length=60)
    external_id = serializers.CharField(required=False, max_length=120)
    kind = serializers.ChoiceField(Order.Kind.choices, required=False)
    ordered_from = serializers.DateField(required=False)
    ordered_until = serializers.DateField(required=False)
    updated_since = InstantField(required=False)
    sort = serializers.ChoiceField(SORTS, default="id")
    fields = SelectedFields(ORDER_FIELDS)  # type: ignore[assignment]


class Orders(ApiView):
    @extend_schema(parameters=[OrdersQuery], responses=page_schema("Order", OrderSerializer(many=True)))
    def get(self, request: Request) -> Response:
        """Orders of customers that you see; those of nobody are for people who see all."""
        query = self.query(OrdersQuery)
        fields = query.get("fields")
        order = SortOrder(query["sort"].removeprefix("-"), descending=query["sort"].startswith("-"))
        page = page_of(with_parts(matching(self.sight, query), fields), order=order, query=query)
        rows = OrderSerializer(page.rows, many=True, context=context(self.sight, fields)).data
        return Response(page_json(page, list(rows)))

    @extend_schema(request=OrderWriting, responses={200: OrderSerializer, 201: OrderSerializer})
    def post(self, request: Request) -> Response:
        """Create the order of that source and number, or make it what is sent: 201 or 200."""
        entry = Entry(self.body(OrderWriting))
        with transaction.atomic():
            save_orders([entry], by=self.user)
            entry.require_sound()
        order = with_parts(Order.objects.all(), None).get(pk=entry.row.pk)
        if not entry.is_new:
            return shown(order, self.sight)
        return shown(order, self.sight, status=201, headers={"Location": reverse("api:v1:order", args=[order.pk])})


class OrdersBulk(ApiView):
    @extend_schema(request=described("Order", OrderWriting()), responses=Outcomes)
    def post(self, request: Request) -> Response:
        """Create up to 1,000 orders, or make those of these sources and numbers what is sent.

        Records that are in order are written together, in one transaction; one that is not changes nothing and says
        why. Results stand in the order of the records.
        """
        if not self.sight.may_create:
            raise PermissionDenied(_("You may read customers, and not change them."))
        entries = read(self.body(Batch)["records"], OrderWriting(), number=number_of)
        with transaction.atomic():
            save_orders(entries, by=self.user)
        return Response(outcomes(entries))


class OrderDetail(ApiView):
    faults = {"PATCH": (409, 428)}

    @extend_schema(parameters=[OrderFields, IF_NONE_MATCH], responses={200: OrderSerializer, 304: None})
    def get(self, request: Request, pk: int) -> Response:
        """One order with its lines and refunds. `ETag` is its version, which a change names in `If-Match`."""
        fields = self.query(OrderFields).get("fields")
        order = get_object_or_404(with_parts(Order.objects.visible_to(self.sight), fields), pk=pk)
        return shown(order, self.sight, fields=fields)

    @extend_schema(parameters=[IF_MATCH], request=OrderChange, responses=OrderSerializer)
    def patch(self, request: Request, pk: int) -> Response:
        """Change what is named, and leave the rest."""
        values = self.body(OrderChange)
        visible = Order.objects.visible_to(self.sight).select_related("customer")
        with transaction.atomic():
            order = get_object_or_404(visible.select_for_update(of=("self",)), pk=pk)
            require_right(order.customer, self.user)
            require_match(request, order.updated_at)
            entry = Entry(values, row=order)
            save_orders([entry], by=self.user)
            entry.require_sound()
        return shown(with_parts(Order.objects.all(), None).get(pk=pk), self.sight)


class OrderRefunds(ApiView):
    faults = {"POST": (404,)}

    @extend_schema(request=RefundWriting, responses={200: RefundSerializer, 201: RefundSerializer})
    def post(self, request: Request, pk: int) -> Response:
        """Create the refund of that number, or make it what is sent: 201 or 200."""
        order = get_object_or_404(Order.objects.visible_to(self.sight).select_related("customer"), pk=pk)
        refund, is_new = save_refund(order, self.body(RefundWriting), by=self.user)
        data = RefundSerializer(refund, context=context(self.sight, None)).data
        return Response(data, status=201 if is_new else 200)


def shown(
    order: Order,
    sight: Sight,
    *,
    fields: Collection[str] | None = None,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    data = OrderSerializer(order, context=context(sight, fields)).data
    return versioned(data, order.updated_at, status=status, headers=headers)


def matching(sight: Sight, query: dict[str, Any]) -> OrderQuerySet:
    lookups = {
        "customer": "customer_id",
        "source": "source",
        "external_id": "external_id",
        "kind": "kind",
        "ordered_from": "ordered_date__gte",
        "ordered_until": "ordered_date__lte",
        "updated_since": "updated_at__gte",
    }
    chosen = {lookup: query[name] for name, lookup in lookups.items() if name in query}
    orders: OrderQuerySet = Order.objects.visible_to(sight).filter(**chosen)
    return orders


def with_parts(orders: OrderQuerySet, fields: Collection[str] | None) -> OrderQuerySet:
    parts = {"lines": "lines", "refunds": "refunds__lines"}
    return orders.prefetch_related(*(part for name, part in parts.items() if fields is None or name in fields))


def context(sight: Sight, fields: Collection[str] | None) -> dict[str, Any]:
    return {
        "sight": sight,
        "fields": fields,
        "own_currency": OrganisationSettings.current().currency,
        "custom_fields": definitions("order"),
    }
