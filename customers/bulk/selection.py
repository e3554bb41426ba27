"""Whom somebody chose in the customer list: single rows, or all that match."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from django.db.models import Count, F
from django.http import QueryDict

from accounts.visibility import ALL, Sight
from core.numbers import whole_number
from customers.listing import CustomerListing
from customers.models import Customer
from customers.querysets import CustomerQuerySet

# More rows than any page of the list has.
MOST_IDS = 500
MOST_ADDRESS = 8000


@dataclass(frozen=True)
class Counted:
    """How many customers a selection has that a person sees, and how many of these they may edit."""

    seen: int
    editable: int

    @property
    def left_out(self) -> int:
        return self.seen - self.editable


@dataclass(frozen=True)
class Selection:
    """`address` is the query string of the list that was looked at. With `is_all` all that match it are chosen,
    without only those of `ids`. Whom that means is asked anew each time, for one person's eyes."""

    address: str = ""
    ids: tuple[int, ...] = ()
    is_all: bool = False

    @classmethod
    def of(cls, query: QueryDict) -> Self:
        """As the list's form sends it: `list`, `customer` (several) and `all`; with `page`, those of `shown` as well.
        What is no number is nobody."""
        texts = query.getlist("customer") + (query.get("shown", "").split(".") if query.get("page") else [])
        named = dict.fromkeys(whole_number(text) for text in texts[:MOST_IDS])
        return cls(query.get("list", "")[:MOST_ADDRESS], tuple(pk for pk in named if pk), bool(query.get("all")))

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Self:
        return cls(kept.get("address", ""), tuple(kept.get("ids", ())), bool(kept.get("is_all")))

    def as_json(self) -> dict[str, Any]:
        return {"address": self.address, "ids": [] if self.is_all else list(self.ids), "is_all": self.is_all}

    @property
    def fields(self) -> list[tuple[str, str]]:
        """Of a form that passes it on, or of an address."""
        chosen = [("all", "1")] if self.is_all else [("customer", str(pk)) for pk in self.ids]
        return [*chosen, *([("list", self.address)] if self.address else [])]

    @property
    def is_empty(self) -> bool:
        return not (self.is_all or self.ids)

    def listing(self, sight: Sight) -> CustomerListing:
        # Without a word an address means whatever view the person has made theirs by now.
        return CustomerListing(QueryDict(self.address or "view=all").dict(), sight=sight)

    def customers(self, sight: Sight) -> CustomerQuerySet:
        """Those whom the person sees at this moment, in no order."""
        if self.is_all:
            return self.listing(sight).matching.order_by()
        # Archived ones too: they are chosen to be brought back.
        named: CustomerQuerySet = Customer.objects.filter(deleted_at=None, pk__in=self.ids)
        return named.visible_to(sight)

    def ids_in_order(self, sight: Sight) -> list[int]:
        """Those of `customers` as the list sorts them, empty values last."""
        listing = self.listing(sight)
        column, key, customers = listing.sorted_by, F(listing.sorted_by.sort), self.customers(sight)
        by_value = key.desc(nulls_last=True) if listing.descending else key.asc(nulls_last=True)
        by_pk = "-pk" if listing.descending else "pk"
        parts = (
            [customers.filter(of) for _name, of in column.sort_parts(customers)]
            if column.sort_parts
            else [column.annotate(customers)]
        )
        plain = [part.select_related(None).prefetch_related(None) for part in parts]
        ordered = [part.order_by(by_value, by_pk).values_list("pk", flat=True) for part in plain]
        return [pk for part in (reversed(ordered) if listing.descending else ordered) for pk in part]

    def count(self, sight: Sight) -> Counted:
        """Exactly, however many they are."""
        customers = self.customers(sight)
        if sight.edits == ALL:
            seen = customers.count()
            return Counted(seen, seen)
        counts = customers.aggregate(seen=Count("pk"), editable=Count("pk", filter=sight.editable()))
        return Counted(counts["seen"], counts["editable"])
