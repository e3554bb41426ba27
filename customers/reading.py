"""What a customer's page shows, read live."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, TypeVar

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, Max, Min, OuterRef, Prefetch, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce, JSONObject

from accounts.models import Confidential
from accounts.visibility import Sight
from core.paging import Order as SortOrder
from core.paging import Page, keyset_page
from customers.models import (
    Address,
    ContactPerson,
    Customer,
    CustomerExternalId,
    EmailAddress,
    Order,
    OrderLine,
    PhoneNumber,
    Refund,
    Tag,
)
from customers.querysets import CustomerQuerySet

ORDERS_A_PAGE = 10

Detail = TypeVar("Detail", EmailAddress, PhoneNumber, Address)


@dataclass(frozen=True)
class LiveFigures:
    """From the orders themselves, at this moment. Money in minor units of the organisation's currency.

    Of somebody without orders there is nothing to tell, not even a refund.
    """

    orders: int
    first_date: dt.date | None
    last_date: dt.date | None
    gross_minor: int
    refunded_minor: int

    @property
    def net_minor(self) -> int:
        return self.gross_minor - self.refunded_minor


def live_figures(customer: Customer) -> LiveFigures:
    refunds = Refund.objects.filter(customer=customer).order_by().values("customer")
    returned = refunds.annotate(total=Sum("total_base_minor")).values("total")
    sales = Order.objects.filter(customer=customer).sales().annotate(returned=Subquery(returned))
    return LiveFigures(
        **sales.aggregate(
            orders=Count("pk"),
            first_date=Min("ordered_date"),
            last_date=Max("ordered_date"),
            gross_minor=Coalesce(Sum("total_base_minor"), 0),
            refunded_minor=Coalesce(Max("returned"), 0),
        )
    )


@dataclass(frozen=True)
class Contacts:
    emails: list[EmailAddress]
    phones: list[PhoneNumber]
    addresses: list[Address]
    people: list[ContactPerson]
    members: list[Customer]
    external_ids: list[CustomerExternalId]


# What stands in lists about a customer and is shown with them at once: by one query, as JSON, not by one a list.
_TOGETHER: dict[str, tuple[Any, tuple[str, ...]]] = {
    "emails": (EmailAddress, ("id", "is_primary", "email")),
    "phones": (PhoneNumber, ("id", "is_primary", "kind", "number")),
    "addresses": (Address, ("id", "is_primary", "kind", "street", "postal_code", "city", "region", "country")),
    "external_ids": (CustomerExternalId, ("id", "source", "value")),
    "tags": (Tag, ("id", "name")),
}


def with_lists(customers: CustomerQuerySet) -> CustomerQuerySet:
    """With what `contacts` and `tags_of` then take from the row."""
    return customers.annotate(**{f"listed_{name}": _listed(name) for name in _TOGETHER})


def _listed(name: str) -> ArraySubquery:
    model, fields = _TOGETHER[name]
    if name == "tags":
        rows = model.objects.filter(customers=OuterRef("pk")).order_by("name")
    else:
        rows = model.objects.filter(customer=OuterRef("pk"), deleted_at=None)
        rows = rows.order_by(*(["-is_primary"] if "is_primary" in fields else []), "pk")
    return ArraySubquery(rows.values(row=JSONObject(**{each: each for each in fields})))


def _taken(customer: Customer, name: str) -> list[Any]:
    model, _fields = _TOGETHER[name]
    about = {} if name == "tags" else {"customer": customer}
    return [model(**row, **about) for row in getattr(customer, f"listed_{name}")]


def tags_of(customer: Customer) -> list[Tag]:
    return _taken(customer, "tags") if hasattr(customer, "listed_tags") else list(customer.tags.all())


def contacts(customer: Customer, *, sight: Sight) -> Contacts:
    """Of a customer read `with_lists`."""
    is_organisation = customer.kind == Customer.Kind.ORGANISATION
    return Contacts(
        emails=_taken(customer, "emails"),
        phones=_taken(customer, "phones"),
        addresses=_taken(customer, "addresses"),
        people=list(customer.contact_people.select_related("person")) if is_organisation else [],
        members=list(customer.people.live().visible_to(sight).order_by("sort_name")[:20]) if is_organisation else [],
        external_ids=_taken(customer, "external_ids"),
    )


def details(customer: Customer, part: str) -> list[Any]:
    """One of the lists about a customer, by its name on the form."""
    if part == "contact_people":
        return list(customer.contact_people.select_related("person"))
    return _primary_first(getattr(customer, part).all())


def age_in_words(customer: Customer, *, on: dt.date, sight: Sight) -> str:
    """In years; "" where the birth date is hidden, which an age would narrow down, and where there is none."""
    age = None if sight.masks(Confidential.BIRTH_DATE) else customer.age_on(on)
    return "" if age is None else str(age)


def _primary_first(details: QuerySet[Detail]) -> list[Detail]:
    """Those that are not deleted, the one to use first at the top."""
    return list(details.filter(deleted_at=None).order_by("-is_primary", "pk"))


def orders_page(customer: Customer, *, cursor: str = "") -> Page[Order]:
    lines = Prefetch("lines", OrderLine.objects.select_related("product"))
    orders = Order.objects.filter(customer=customer).prefetch_related(lines, "refunds")
    return keyset_page(orders, order=SortOrder("ordered_at", descending=True), cursor=cursor, size=ORDERS_A_PAGE)
