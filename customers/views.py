from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import admin_required
from core.idempotency import once
from customers import actions, reading
from customers.extensions import registry
from customers.forms import CustomerForm, part_formsets
from customers.listing import CustomerListing
from customers.models import Customer


def _get_customer(pk: int) -> Customer:
    """A customer that is not deleted. Deleted ones are for `customer_restore` alone."""
    related = ("owner", "team", "organisation", "referred_by")
    return get_object_or_404(Customer.objects.filter(deleted_at=None).select_related(*related), pk=pk)


@require_GET
def customer_list(request: HttpRequest) -> HttpResponse:
    fragment = request.htmx and not request.htmx.history_restore_request  # type: ignore[attr-defined]
    template = "customers/list.html#results" if fragment else "customers/list.html"
    return render(request, template, {"listing": CustomerListing(request.GET.dict())})


@require_GET
def customer_suggestions(request: HttpRequest) -> HttpResponse:
    """Options for the fields that name another customer."""
    text = request.GET.get("organisation") or request.GET.get("referred_by") or ""
    found = Customer.objects.live().search(text)[:8] if len(text.strip()) >= 2 else []
    return render(request, "customers/_suggestions.html", {"customers": found})


@require_GET
def customer_detail(request: HttpRequest, pk: int) -> HttpResponse:
    customer = _get_customer(pk)
    panels = [(panel, panel.context(request, customer)) for panel in registry.panels]
    context = {
        "customer": customer,
        "age": customer.age_on(timezone.localdate()),
        "contacts": reading.contacts(customer),
        "figures": reading.live_figures(customer),
        "orders": reading.orders_page(customer),
        "refunds": reading.loose_refunds(customer),
        "panels": [(panel, shown) for panel, shown in panels if shown is not None],
    }
    return render(request, "customers/detail.html", context)


@require_GET
def customer_orders(request: HttpRequest, pk: int) -> HttpResponse:
    customer = _get_customer(pk)
    orders = reading.orders_page(customer, cursor=request.GET.get("cursor", ""))
    template = "customers/orders.html#rows" if request.htmx else "customers/orders.html"  # type: ignore[attr-defined]
    return render(request, template, {"customer": customer, "orders": orders})


@require_http_methods(["GET", "POST"])
@once
def customer_create(request: HttpRequest) -> HttpResponse:
    return _edit(request, Customer(owner_id=request.user.pk, team_id=getattr(request.user, "team_id", None)))


@require_http_methods(["GET", "POST"])
def customer_edit(request: HttpRequest, pk: int) -> HttpResponse:
    return _edit(request, _get_customer(pk))


def _edit(request: HttpRequest, customer: Customer) -> HttpResponse:
    form = CustomerForm(request.POST or None, instance=customer)
    parts = part_formsets(customer, request.POST or None)
    context: dict[str, Any] = {"form": form, "parts": parts, "customer": customer if customer.pk else None}
    if request.method == "POST" and all([form.is_valid(), *(part.is_valid() for part in parts.values())]):
        try:
            saved = actions.save_customer(form=form, parts=parts.values())
        except actions.StaleVersion as stale:
            context |= {"conflict": reading.conflicts(form, stale.current), "current": stale.current}
            form.reopen_at(stale.current.version)
            return render(request, "customers/edit.html", context, status=409)
        messages.success(request, _("%(name)s is saved.") % {"name": saved.name})
        return redirect(saved)
    return render(request, "customers/edit.html", context, status=422 if request.method == "POST" else 200)


@require_POST
def customer_archive(request: HttpRequest, pk: int) -> HttpResponse:
    customer = _get_customer(pk)
    archived = request.POST.get("archived") != "no"
    actions.archive_customer(customer=customer, archived=archived)
    done = (
        _("%(name)s is archived: no list and no score shows them.") if archived else _("%(name)s is back in the lists.")
    )
    messages.success(request, done % {"name": customer.name})
    return redirect(customer)


@admin_required
@require_POST
def customer_delete(request: HttpRequest, pk: int) -> HttpResponse:
    customer = _get_customer(pk)
    actions.delete_customer(customer=customer)
    return render(request, "customers/deleted.html", {"customer": customer})


@admin_required
@require_POST
def customer_restore(request: HttpRequest, pk: int) -> HttpResponse:
    customer = get_object_or_404(Customer, pk=pk)
    try:
        actions.restore_customer(customer=customer)
    except IntegrityError:
        messages.error(request, _("Another customer has one of the numbers by now, so this one stays deleted."))
        return redirect("customers:list")
    messages.success(request, _("%(name)s is restored.") % {"name": customer.name})
    return redirect(customer)
