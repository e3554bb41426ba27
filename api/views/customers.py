from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Role, User
from accounts.visibility import Sight
from api import customers as reading
from api.conditions import IF_MATCH, IF_NONE_MATCH, require_match, versioned
from api.errors import Problem
from api.models import Scope
from api.paging import PageQuery, page_schema
from api.serializers.customers import CUSTOMER_FIELDS, MASKABLE, CustomerSerializer
from api.serializers.customers_writing import BLANK, CustomerChange, CustomerWriting
from api.serializers.fields import InstantField, SelectedFields, hidden_names
from api.views.base import ApiView
from api.writing.checks import Record, check
from api.writing.customers import blank_customer, refuse, save
from customers.access import editable_customer, removable_customer, visible_customer
from customers.actions import delete_customer
from customers.duplicates.creating import STOPS_AT
from customers.duplicates.looking import Typed, likely_duplicates
from customers.filters import Expression, parse, parse_text
from customers.filters.parsing import MAX_CHARACTERS
from customers.models import Customer
from customers.querysets import CustomerQuerySet

SORT_CHOICES = [f"{sign}{key}" for key in reading.SORTS for sign in ("", "-")]


class FieldsQuery(serializers.Serializer[Any]):
    fields = SelectedFields(CUSTOMER_FIELDS)  # type: ignore[assignment]  # the parameter's name


class WhichCustomers(PageQuery):
    search = serializers.CharField(
        required=False, max_length=200, help_text=_("Words of the name, a number, the beginning of an e-mail or phone.")
    )
    sort = serializers.ChoiceField(SORT_CHOICES, required=False, default="id", help_text=_("“-”: the other way."))
    updated_since = InstantField(required=False, help_text=_("Changed at that instant or later."))
    fields = SelectedFields(CUSTOMER_FIELDS)  # type: ignore[assignment]


class CustomersQuery(WhichCustomers):
    filter = serializers.CharField(
        required=False, max_length=MAX_CHARACTERS, help_text=_("An expression of the filter language, as JSON.")
    )

    def validate_filter(self, text: str) -> Expression:
        return parse_text(text)


class SearchBody(WhichCustomers):
    filter = serializers.DictField(required=False)

    def validate_filter(self, data: dict[str, Any]) -> Expression:
        return parse(data)


class CreateQuery(serializers.Serializer[Any]):
    duplicates = serializers.ChoiceField(
        ["ignore", "refuse"],
        required=False,
        default="ignore",
        help_text=_("“refuse”: nothing is created where customers that you see are likely the same; they are named."),
    )


CUSTOMER_PAGE = page_schema("Customer", CustomerSerializer(many=True))


class Customers(ApiView):
    @extend_schema(parameters=[CustomersQuery], responses=CUSTOMER_PAGE)
    def get(self, request: Request) -> Response:
        """Customers that you see."""
        return Response(reading.customers_page(self.user, self.sight, self.query(CustomersQuery)))

    faults = {"POST": (409,)}

    @extend_schema(parameters=[CreateQuery], request=CustomerWriting, responses={201: CustomerSerializer})
    def post(self, request: Request) -> Response:
        """Create a customer. Whoever reaches only their own or their team's owns those that they create."""
        refuses = self.query(CreateQuery)["duplicates"] == "refuse"
        with transaction.atomic():
            record = Record(blank_customer(self.user), self.body(CustomerWriting))
            if refuses:
                refuse_duplicates(record, by=self.user)
            written(record, by=self.user)
        headers = {"Location": reverse("api:v1:customer", args=[record.customer.pk])}
        return as_written(record.customer.pk, self.sight, status=201, headers=headers)


class CustomersSearch(ApiView):
    scopes = {"POST": Scope.READ}

    @extend_schema(request=SearchBody, responses=CUSTOMER_PAGE)
    def post(self, request: Request) -> Response:
        """Customers that you see, as in the list; for filters that are too long for an address."""
        return Response(reading.customers_page(self.user, self.sight, self.body(SearchBody)))


class CustomerDetail(ApiView):
    roles = {"DELETE": frozenset({Role.ADMIN})}
    faults = dict.fromkeys(("PUT", "PATCH", "DELETE"), (409, 428))

    @extend_schema(parameters=[FieldsQuery, IF_NONE_MATCH], responses={200: CustomerSerializer, 304: None})
    def get(self, request: Request, pk: int) -> Response:
        """One customer. `ETag` is the version, which a change names in `If-Match`."""
        fields = self.query(FieldsQuery).get("fields")
        rows = reading.with_parts(reading.present(), fields)
        return shown(visible_customer(self.sight, pk, among=rows), self.sight, fields=fields)

    @extend_schema(parameters=[IF_MATCH], request=CustomerChange, responses=CustomerSerializer)
    def patch(self, request: Request, pk: int) -> Response:
        """Change what is named, and leave the rest."""
        return self._change(pk, self.body(CustomerChange))

    @extend_schema(parameters=[IF_MATCH], request=CustomerWriting, responses=CustomerSerializer)
    def put(self, request: Request, pk: int) -> Response:
        """Replace: what is not named becomes empty, but for what is hidden from you and for numbers kept encrypted."""
        hidden = hidden_names(self.sight, MASKABLE)
        blank = {name: value for name, value in BLANK.items() if name not in hidden}
        return self._change(pk, {**blank, **self.body(CustomerWriting)}, replaces=True)

    @extend_schema(parameters=[IF_MATCH], responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        """Mark as deleted; orders and events stay, for the figures. An admin can restore it in the browser."""
        with transaction.atomic():
            customer = removable_customer(self.user, pk, among=locked())
            require_match(request, customer.version)
            delete_customer(customer=customer)
        return Response(status=204)

    def _change(self, pk: int, values: dict[str, Any], *, replaces: bool = False) -> Response:
        with transaction.atomic():
            customer = editable_customer(self.sight, pk, among=locked())
            require_match(self.request, customer.version)
            written(Record(customer, values, replaces), by=self.user)
        return as_written(pk, self.sight)


def locked() -> CustomerQuerySet:
    """Customers whose versions nobody else raises until the end of the transaction."""
    rows: CustomerQuerySet = reading.present().select_for_update()
    return rows


def written(record: Record, *, by: User) -> None:
    check([record], by.sight)
    refuse(record)
    save([record], by=by)


def refuse_duplicates(record: Record, *, by: User) -> None:
    values = record.values
    typed = Typed(
        name=values.get("name", ""),
        website=values.get("website", ""),
        emails=[entry["email"] for entry in values.get("emails", [])],
        phones=[entry["number"] for entry in values.get("phones", [])],
        external_ids=[(entry["source"], entry["value"]) for entry in values.get("external_ids", [])],
        country=next((entry["country"] for entry in values.get("addresses", []) if entry.get("country")), ""),
    )
    likely = [each for each in likely_duplicates(typed, user=by) if each.score >= STOPS_AT and not each.is_deleted]
    if likely:
        found = [{"id": each.customer.pk, "score": round(each.score, 3), "reasons": each.reasons} for each in likely]
        raise Problem(
            "likely-duplicate", gettext("Customers that may be the same are there already."), duplicates=found
        )


def as_written(pk: int, sight: Sight, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """The customer as they stand now, to whoever has just written them, be it to give them away."""
    return shown(reading.with_parts(reading.present(), None).get(pk=pk), sight, status=status, headers=headers)


def shown(
    customer: Customer,
    sight: Sight,
    *,
    fields: list[str] | None = None,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    data = CustomerSerializer(customer, context=reading.context(sight, fields)).data
    return versioned(data, customer.version, status=status, headers=headers)
