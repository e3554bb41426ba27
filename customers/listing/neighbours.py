"""From a customer to the next one of the list that the reader came from, which the address of the page carries."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET

from customers import unmasking
from customers.access import sight_of, user_of, visible_customer
from customers.listing.listing import CustomerListing


@require_GET
def customer_neighbour(request: HttpRequest, pk: int, *, backward: bool) -> HttpResponse:
    """Leads there; past an end, back to the list."""
    sight, query = sight_of(request), request.GET.get("list", "")
    visible_customer(sight, pk)
    listing = CustomerListing(QueryDict(query).dict(), sight=sight)
    found = listing.neighbour(pk, backward=backward)
    unmasking.log_search(listing.search, user=user_of(request), found=lambda: int(found is not None))
    if found is None:
        return redirect(f"{reverse('customers:list')}?{query}")
    return redirect(f"{reverse('customers:detail', args=[found])}?{urlencode({'list': query})}")
