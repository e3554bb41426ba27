"""From a record that was merged to the one that it went into."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect

from accounts.visibility import Sight
from customers.access import sight_of
from customers.models import Customer

# Each was merged into the next; nobody merges that often.
LONGEST_CHAIN = 20


def survivor_of(pk: int, *, sight: Sight) -> Customer | None:
    """Whom the record went into in the end, if the person sees them."""
    for _step in range(LONGEST_CHAIN):
        customer = Customer.objects.select_related("merged_into").filter(pk=pk).first()
        if customer is None or customer.merged_into is None:
            return None
        survivor: Customer = customer.merged_into
        if survivor.deleted_at is None:
            return survivor if sight.may_see(survivor) else None
        pk = survivor.pk
    return None


def absorbed_by(pk: int) -> list[int]:
    """Every record that went into this one, be it by way of another."""
    found: list[int] = []
    latest = [pk]
    for _step in range(LONGEST_CHAIN):
        latest = list(Customer.objects.filter(merged_into__in=latest).values_list("pk", flat=True))
        if not latest:
            break
        found += latest
    return found


def merged_with(pk: int) -> list[int]:
    """All other records of the same customer: those that it went into, and those that went into these."""
    top = pk
    for _step in range(LONGEST_CHAIN):
        above = Customer.objects.filter(pk=top).values_list("merged_into", flat=True).first()
        if above is None:
            break
        top = above
    return [each for each in [top, *absorbed_by(top)] if each != pk]


def following_merges(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """A page of a record that was merged leads to that of the survivor. Not for good: a merge can be undone."""

    @wraps(view)
    def followed(request: HttpRequest, pk: int, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(request, pk, *args, **kwargs)
        except Http404:
            match = request.resolver_match
            survivor = survivor_of(pk, sight=sight_of(request)) if request.method == "GET" else None
            if survivor is None or match is None:
                raise
            return redirect(match.view_name, survivor.pk)

    return followed
