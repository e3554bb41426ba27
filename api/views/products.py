from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.visibility import ALL, Sight
from api.paging import PageQuery, page_json, page_of, page_schema
from api.serializers.fields import InstantField
from api.serializers.products import ProductSerializer, ProductWriting
from api.views.base import ApiView
from api.writing.products import save_product
from core.paging import Order
from customers.custom_fields import definitions
from customers.models import Product

RELATED = "category__parent__parent__parent"


class ProductsQuery(PageQuery):
    search = serializers.CharField(
        required=False, max_length=200, help_text=gettext_lazy("Part of the name, or how the number begins.")
    )
    source: Any = serializers.CharField(required=False, max_length=60)
    sku = serializers.CharField(required=False, max_length=80)
    is_active = serializers.BooleanField(required=False, allow_null=True, default=None)
    updated_since = InstantField(required=False)
    sort = serializers.ChoiceField(["id", "-id", "name", "-name", "updated_at", "-updated_at"], default="id")


class Products(ApiView):
    @extend_schema(parameters=[ProductsQuery], responses=page_schema("Product", ProductSerializer(many=True)))
    def get(self, request: Request) -> Response:
        """Products."""
        query = self.query(ProductsQuery)
        order = Order(query["sort"].removeprefix("-"), descending=query["sort"].startswith("-"))
        page = page_of(matching(query), order=order, query=query)
        context = {"sight": self.sight, "custom_fields": definitions("product")}
        return Response(page_json(page, list(ProductSerializer(page.rows, many=True, context=context).data)))

    @extend_schema(request=ProductWriting, responses={200: ProductSerializer, 201: ProductSerializer})
    def post(self, request: Request) -> Response:
        """Create the product of that source and article number, or change it: 201 or 200."""
        if self.sight.edits != ALL:
            raise PermissionDenied(_("Products belong to everybody: only who edits all customers changes them."))
        product, is_new = save_product(self.body(ProductWriting))
        headers = {"Location": reverse("api:v1:product", args=[product.pk])} if is_new else {}
        product = Product.objects.select_related(RELATED).get(pk=product.pk)
        return Response(product_json(product, self.sight), status=201 if is_new else 200, headers=headers)


class ProductDetail(ApiView):
    @extend_schema(responses=ProductSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """One product."""
        product = get_object_or_404(Product.objects.select_related(RELATED), pk=pk)
        return Response(product_json(product, self.sight))


def matching(query: dict[str, Any]) -> Any:
    products = Product.objects.select_related(RELATED)
    if text := query.get("search"):
        products = products.filter(Q(name__icontains=text) | Q(sku__istartswith=text))
    if since := query.get("updated_since"):
        products = products.filter(updated_at__gte=since)
    exact = {name: query[name] for name in ("source", "sku", "is_active") if query.get(name) is not None}
    return products.filter(**exact)


def product_json(product: Product, sight: Sight) -> dict[str, Any]:
    return dict(ProductSerializer(product, context={"sight": sight, "custom_fields": definitions("product")}).data)
