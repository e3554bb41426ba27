from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.visibility import Sight
from api import customers as reading
from api.conditions import etag
from api.paging import PageQuery, page_schema
from api.serializers.customers import CUSTOMER_FIELDS, CustomerSerializer
from api.serializers.fields import SelectedFields
from api.views.base import ApiView
from customers.access import visible_customer
from customers.models import Customer

SORT_CHOICES = [f"{sign}{key}" for key in reading.SORTS for sign in ("", "-")]


class FieldsQuery(serializers.Serializer[Any]):
    fields = SelectedFields(CUSTOMER_FIELDS)  # type: ignore[assignment]  # the parameter's name


class CustomersQuery(PageQuery):
    search = serializers.CharField(
        required=False, max_length=200, help_text=_("Words of the name, a number, the beginning of an e-mail or phone.")
    )
    sort = serializers.ChoiceField(SORT_CHOICES, required=False, default="id", help_text=_("“-”: the other way."))
    updated_since = serializers.DateTimeField(required=False, help_text=_("Changed at that instant or later."))
    fields = SelectedFields(CUSTOMER_FIELDS)  # type: ignore[assignment]


class Customers(ApiView):
    @extend_schema(parameters=[CustomersQuery], responses=page_schema("Customer", CustomerSerializer(many=True)))
    def get(self, request: Request) -> Response:
        """Customers that you see."""
        return Response(reading.customers_page(self.sight, self.query(CustomersQuery)))


class CustomerDetail(ApiView):
    @extend_schema(parameters=[FieldsQuery], responses=CustomerSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """One customer. `ETag` is the version, which a change names in `If-Match`."""
        fields = self.query(FieldsQuery).get("fields")
        rows = reading.with_parts(reading.present(), fields)
        return shown(visible_customer(self.sight, pk, among=rows), self.sight, fields=fields)


def shown(
    customer: Customer, sight: Sight, *, fields: list[str] | None = None, status: int = 200, **headers: str
) -> Response:
    data = CustomerSerializer(customer, context={"sight": sight, "fields": fields}).data
    return Response(data, status=status, headers={"ETag": etag(customer.version), **headers})
