from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.models import User
from customers.access import sight_of, user_of
from customers.extensions import ListAction, registry
from customers.models import CustomField, Order, Product
from customers.shop import actions, reading
from customers.shop.access import editable_order, editable_product, may_edit_order, visible_order
from customers.shop.forms import OrderOwnFields, OwnFields, ProductOwnFields
from customers.shop.lists import OrderListing, ProductListing

Record = CustomField.Record


@require_GET
def order_list(request: HttpRequest) -> HttpResponse:
    listing = OrderListing(request.GET, sight=sight_of(request))
    context = {"listing": listing, "actions": list_actions(Record.ORDER, user_of(request))}
    return render(request, "orders/list.html", context)


@require_GET
def order_detail(request: HttpRequest, pk: int) -> HttpResponse:
    sight = sight_of(request)
    order = visible_order(sight, pk)
    context = {
        "order": order,
        "lines": reading.lines_of(order),
        "refunds": reading.refunds_of(order),
        "custom": reading.own_values(Record.ORDER, order.custom, sight=sight),
        "may_edit": may_edit_order(sight, order),
    }
    return render(request, "orders/detail.html", context)


@require_http_methods(["GET", "POST"])
def order_edit(request: HttpRequest, pk: int) -> HttpResponse:
    order = editable_order(sight_of(request), pk)
    form = OrderOwnFields(request.POST or None, instance=order, sight=sight_of(request))
    return _edit(request, order, form)


@require_GET
def product_list(request: HttpRequest) -> HttpResponse:
    listing = ProductListing(request.GET, sight=sight_of(request))
    context = {"listing": listing, "actions": list_actions(Record.PRODUCT, user_of(request))}
    return render(request, "products/list.html", context)


@require_GET
def product_detail(request: HttpRequest, pk: int) -> HttpResponse:
    product = get_object_or_404(Product.objects.select_related("category"), pk=pk)
    panels = [(panel, panel.context(request, product)) for panel in registry.product_panels]
    context = {
        "product": product,
        "custom": reading.own_values(Record.PRODUCT, product.custom, sight=sight_of(request)),
        "buyers_url": reading.buyers_url(product),
        "may_edit": user_of(request).is_manager,
        "panels": [(panel, shown) for panel, shown in panels if shown is not None],
    }
    return render(request, "products/detail.html", context)


@require_http_methods(["GET", "POST"])
def product_edit(request: HttpRequest, pk: int) -> HttpResponse:
    product = editable_product(user_of(request), pk)
    form = ProductOwnFields(request.POST or None, instance=product, sight=sight_of(request))
    return _edit(request, product, form)


def list_actions(records: Record, user: User) -> list[ListAction]:
    return [action for action in registry.list_actions if action.records == records and action.is_offered(user)]


def _edit(request: HttpRequest, row: Order | Product, form: OwnFields) -> HttpResponse:
    """The form of the organisation's own fields of a row, which alone are written here."""
    context: dict[str, Any] = {"row": row, "form": form}
    if request.method == "POST" and form.is_valid():
        try:
            actions.save_own_fields(form=form)
        except actions.ChangedMeanwhile as changed:
            mine, theirs = form.instance.custom, changed.current.custom
            context["conflict"] = reading.differences(Record(form.applies_to), mine, theirs, sight=sight_of(request))
            form.reopen_at(changed.current.updated_at)
            return render(request, "customers/own_fields.html", context, status=409)
        messages.success(request, _("Saved."))
        return redirect(row)
    return render(request, "customers/own_fields.html", context, status=422 if form.is_bound else 200)
