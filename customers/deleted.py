"""Deleted customers while they can come back. After that the retention rules erase them (`privacy.retention`)."""

from __future__ import annotations

from django.contrib import messages
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import admin_required
from core.paging import Order, keyset_page
from core.text import isolated
from core.undo import page_before
from customers import actions
from customers.access import removable_customer, sight_of, user_of
from customers.extensions import registry
from customers.models import Customer
from customers.querysets import CustomerQuerySet

PAGE_SIZE = 50
LATEST_FIRST = Order("deleted_at", descending=True)


def not_gone() -> CustomerQuerySet:
    """Living or deleted, and neither merged into another record (which is undone as a whole) nor erased."""
    customers: CustomerQuerySet = Customer.objects.filter(merged_into=None)
    for narrow in registry.restorable:
        customers = narrow(customers)
    return customers


@admin_required
@require_GET
def deleted_customers(request: HttpRequest) -> HttpResponse:
    rows = not_gone().filter(deleted_at__isnull=False).visible_to(sight_of(request)).select_related("owner")
    page = keyset_page(rows, order=LATEST_FIRST, cursor=request.GET.get("cursor", ""), size=PAGE_SIZE)
    notes = [sentence for say in registry.about_deleted if (sentence := say())]
    return render(request, "customers/deleted.html", {"page": page, "notes": notes})


@require_POST
def customer_restore(request: HttpRequest, pk: int) -> HttpResponse:
    customer = removable_customer(user_of(request), pk, among=not_gone())
    try:
        actions.restore_customer(customer=customer)
    except IntegrityError:
        messages.error(request, _("Another customer has one of the numbers by now, so this one stays deleted."))
        return redirect(page_before(request, otherwise="/customers/"))
    messages.success(request, _("%(name)s is restored.") % {"name": isolated(customer.name)})
    return redirect(customer)
