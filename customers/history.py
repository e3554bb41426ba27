"""What became of one customer, change by change."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.visibility import Sight
from core.paging import Order, Page, keyset_page
from customers.access import sight_of, visible_customer
from customers.merging.following import absorbed_by, following_merges
from customers.models import Customer
from protection.audit.models import Change
from protection.audit.reading import Deed, deeds

CHANGES_A_PAGE = 50
NEWEST_FIRST = Order("pk", descending=True)


@dataclass(frozen=True)
class History:
    page: Page[Change]
    deeds: list[Deed]


def history_of(customer: Customer, *, sight: Sight, cursor: str = "") -> History:
    whose = [customer.pk, *absorbed_by(customer.pk)]
    changes = Change.objects.filter(customer_id__in=whose).select_related("actor")
    page = keyset_page(changes, order=NEWEST_FIRST, cursor=cursor, size=CHANGES_A_PAGE)
    return History(page, deeds(page.rows, sight=sight))


@require_GET
@following_merges
def customer_history(request: HttpRequest, pk: int) -> HttpResponse:
    sight = sight_of(request)
    customer = visible_customer(sight, pk)
    history = history_of(customer, sight=sight, cursor=request.GET.get("cursor", ""))
    template = "customers/history.html#deeds" if request.htmx else "customers/history.html"  # type: ignore[attr-defined]
    return render(request, template, {"customer": customer, "history": history})
