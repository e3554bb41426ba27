"""Reading customers for the API: only the parts that are asked for are loaded."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db.models import Prefetch, QuerySet

from accounts.models import User
from accounts.visibility import Sight
from api.paging import page_json, page_of
from api.serializers.customers import CustomerSerializer
from core.paging import Order, bounded_count
from customers import filters
from customers.custom_fields import definitions
from customers.models import Address, Consent, Customer, CustomerExternalId, EmailAddress, PhoneNumber
from customers.querysets import CustomerQuerySet
from customers.unmasking import log_search

SORTS = {"id": "id", "name": "sort_name", "created_at": "created_at", "updated_at": "updated_at"}


def _live(model: Any) -> QuerySet[Any]:
    rows: QuerySet[Any] = model.objects.filter(deleted_at=None)
    return rows.order_by("-is_primary", "pk") if hasattr(model, "is_primary") else rows.order_by("pk")


def _parts() -> dict[str, Prefetch[Any]]:
    """Made anew for each request: Django notes in a queryset for whom it was used."""
    newest = Consent.objects.order_by("customer_id", "purpose", "-decided_at", "-id").distinct("customer_id", "purpose")
    return {
        "tags": Prefetch("tags"),
        "emails": Prefetch("emails", _live(EmailAddress), to_attr="live_emails"),
        "phones": Prefetch("phones", _live(PhoneNumber), to_attr="live_phones"),
        "addresses": Prefetch("addresses", _live(Address), to_attr="live_addresses"),
        "external_ids": Prefetch("external_ids", _live(CustomerExternalId), to_attr="live_external_ids"),
        "consents": Prefetch("consents", newest, to_attr="consents_in_force"),
    }


def with_parts(customers: CustomerQuerySet, fields: Collection[str] | None) -> CustomerQuerySet:
    """Loads what these members show (None: all), one query for each part whatever the number of customers."""
    return customers.prefetch_related(*(part for name, part in _parts().items() if fields is None or name in fields))


def order_of(sort: str) -> Order:
    return Order(SORTS[sort.removeprefix("-")], descending=sort.startswith("-"))


def present() -> CustomerQuerySet:
    """Those that are not deleted. Archived ones are there: `archived_at` says so."""
    found: CustomerQuerySet = Customer.objects.filter(deleted_at=None)
    return found


def context(sight: Sight, fields: Collection[str] | None) -> dict[str, Any]:
    """What `CustomerSerializer` has to know; the custom fields only where they are shown."""
    custom = definitions("customer") if fields is None or "custom" in fields else []
    return {"sight": sight, "fields": fields, "custom_fields": custom}


def customers_page(user: User, sight: Sight, query: dict[str, Any]) -> dict[str, Any]:
    """The page of customers that the checked parameters ask for, as this person sees it."""
    fields = query.get("fields")
    customers = with_parts(matching(user, sight, query), fields)
    page = page_of(customers, order=order_of(query["sort"]), query=query)
    return page_json(page, list(CustomerSerializer(page.rows, many=True, context=context(sight, fields)).data))


def matching(user: User, sight: Sight, query: dict[str, Any]) -> CustomerQuerySet:
    customers = present().visible_to(sight)
    if text := query.get("search"):
        customers = customers.search(text, sight=sight)
        found = customers
        log_search(text, user=user, found=lambda: bounded_count(found)[0])
    if expression := query.get("filter"):
        customers = filters.apply(customers, expression, sight=sight)
    if since := query.get("updated_since"):
        customers = customers.filter(updated_at__gte=since)
    return customers
