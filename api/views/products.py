from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.visibility import ALL, Sight
from api.conditions import IF_MATCH, IF_NONE_MATCH, require_match, versioned
from api.paging import PageQuery, page_json, page_of, page_schema
from api.serializers.batches import Batch, Outcomes, described
from api.serializers.fields import InstantField, SelectedFields
from api.serializers.products import PRODUCT_FIELDS, ProductChange, ProductSerializer, ProductWriting
from api.views.base import ApiView
from api.writing.entries import Entry, outcomes, read
from api.writing.products import number_of, save_products
from core.paging import Order
from customers.custom_fields import definitions
from customers.models import Product

RELATED = "category__parent__parent__parent"


class ProductFields(serializers.Serializer[Any]):
    fields = SelectedFields(PRODUCT_FIELDS)  # type: ignore[assignment]


class ProductsQuery(PageQuery):
    search = serializers.CharField(
        required=False, max_length=200, help_text=gettext_lazy("Part of the name, or how the number begins.")
    )
    source: Any = serializers.CharField(required=False, max_length=60)
    sku = serializers.CharField(required=False, max_length=80)
    is_active = serializers.BooleanField(required=False, allow_null=True, default=None)
    updated_since = InstantField(required=False)
    sort = serializers.ChoiceField(["id", "-id", "name", "-name", "updated_at", "-updated_at"], default="id")
    fields = SelectedFields(PRODUCT_FIELDS)  # type: ignore[assignment]


class Products(ApiView):
    @extend_schema(parameters=[ProductsQuery], responses=page_schema("Product", ProductSerializer(many=True)))
    def get(self, request: Request) -> Response:
        """Products."""
        query = self.query(ProductsQuery)
        order = Order(query["sort"].removeprefix("-"), descending=query["sort"].startswith("-"))
        page = page_of(matching(query), order=order, query=query)
        rows = ProductSerializer(page.rows, many=True, context=context(self.sight, query.get("fields"))).data
        return Response(page_json(page, list(rows)))

    @extend_schema(request=ProductWriting, responses={200: ProductSerializer, 201: ProductSerializer})
    def post(self, request: Request) -> Response:
        """Create the product of that source and article number, or change it: 201 or 200."""
        require_right(self.sight)
        entry = Entry(self.body(ProductWriting))
        with transaction.atomic():
            save_products([entry], sight=self.sight)
            entry.require_sound()
        product = with_category().get(pk=entry.row.pk)
        if not entry.is_new:
            return shown(product, self.sight)
        headers = {"Location": reverse("api:v1:product", args=[product.pk])}
        return shown(product, self.sight, status=201, headers=headers)


class ProductsBulk(ApiView):
    @extend_schema(request=described("Product", ProductWriting()), responses=Outcomes)
    def post(self, request: Request) -> Response:
        """Create or change up to 1,000 products, each known by its source and article number.

        Records that are in order are written together, in one transaction; one that is not changes nothing and says
        why. Results stand in the order of the records. Of a product that is there, what is not named stays.
        """
        require_right(self.sight)
        entries = read(self.body(Batch)["records"], ProductWriting(), number=number_of)
        with transaction.atomic():
            save_products(entries, sight=self.sight)
        return Response(outcomes(entries))


class ProductDetail(ApiView):
    faults = {"PATCH": (409, 428)}

    @extend_schema(parameters=[ProductFields, IF_NONE_MATCH], responses={200: ProductSerializer, 304: None})
    def get(self, request: Request, pk: int) -> Response:
        """One product. `ETag` is its version, which a change names in `If-Match`."""
        fields = self.query(ProductFields).get("fields")
        return shown(get_object_or_404(with_category(), pk=pk), self.sight, fields=fields)

    @extend_schema(parameters=[IF_MATCH], request=ProductChange, responses=ProductSerializer)
    def patch(self, request: Request, pk: int) -> Response:
        """Change what is named, and leave the rest."""
        require_right(self.sight)
        values = self.body(ProductChange)
        with transaction.atomic():
            product = get_object_or_404(Product.objects.select_for_update(), pk=pk)
            require_match(request, product.updated_at)
            entry = Entry(values, row=product)
            save_products([entry], sight=self.sight)
            entry.require_sound()
        return shown(with_category().get(pk=pk), self.sight)


def require_right(sight: Sight) -> None:
    if sight.edits != ALL:
        raise PermissionDenied(_("Products belong to everybody: only who edits all customers changes them."))


def with_category() -> QuerySet[Product, Product]:
    return Product.objects.select_related(RELATED)


def matching(query: dict[str, Any]) -> Any:
    products = with_category()
    if text := query.get("search"):
        products = products.filter(Q(name__icontains=text) | Q(sku__istartswith=text))
    if since := query.get("updated_since"):
        products = products.filter(updated_at__gte=since)
    exact = {name: query[name] for name in ("source", "sku", "is_active") if query.get(name) is not None}
    return products.filter(**exact)


def context(sight: Sight, fields: Collection[str] | None) -> dict[str, Any]:
    return {"sight": sight, "fields": fields, "custom_fields": definitions("product")}


def shown(
    product: Product,
    sight: Sight,
    *,
    fields: Collection[str] | None = None,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    data = ProductSerializer(product, context=context(sight, fields)).data
    return versioned(data, product.updated_at, status=status, headers=headers)
