"""What a query string asks of the customer list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from urllib.parse import urlencode

from django.db.models import Prefetch, Value
from django.db.models.functions import Concat

from accounts.visibility import Sight
from core.paging import Order, Page, bounded_count, keyset_page
from customers.extensions import ListColumn, registry
from customers.filters import AskedFilter
from customers.listing.chips import Chip, Choice, filters
from customers.listing.columns import NAME, shown_columns
from customers.models import Customer, EmailAddress
from customers.querysets import CustomerQuerySet

PAGE_SIZE = 50


class CustomerListing:
    """What a query string asks for: `q`, one value for each filter, `sort` (a column's key, "-" before it for
    descending), `filter` (an expression of `customers.filters`) and `cursor`. What it asks for in vain is ignored, but
    for the expression: a list is always shown, of the customers that the person sees."""

    def __init__(self, query: Mapping[str, str], *, sight: Sight) -> None:
        self.sight = sight
        self._filters = filters(sight)
        known = {"q", "sort", "cursor", "filter", *(each.key for each in self._filters)}
        # PostgreSQL knows no NUL character, so nothing that holds one can match.
        self._query = {key: value.replace("\x00", "") for key, value in query.items() if key in known}
        self.search = self._query.get("q", "").strip()[:200]
        self.cursor = self._query.get("cursor", "")
        self.asked = AskedFilter(self._query["filter"], sight=sight) if self._query.get("filter") else None
        self.columns = shown_columns(sight)
        self._chosen = {each: self._query[each.key] for each in self._filters if self._query.get(each.key)}
        wanted = self._query.get("sort", "")
        by_key = {column.key: column for column in self.columns if column.sort}
        self.sorted_by = by_key.get(wanted.removeprefix("-"), NAME)
        self.descending = wanted.startswith("-") and self.sorted_by.key == wanted[1:]

    @property
    def is_filtered(self) -> bool:
        return bool(self.search or self._chosen or self.asked)

    @cached_property
    def matching(self) -> CustomerQuerySet:
        customers: CustomerQuerySet = Customer.objects.live().visible_to(self.sight)
        if self.search:
            customers = customers.search(self.search, sight=self.sight)
        for each, value in self._chosen.items():
            customers = each.apply(customers, value)
        return self.asked.apply(customers) if self.asked else customers

    @cached_property
    def page(self) -> Page[Customer]:
        """Which customers these are is found first, by as little as that takes; then all that is shown of them."""
        ordered, key = self._ordered()
        order = Order(key, self.descending, self.sorted_by.sort_beside)
        found = keyset_page(ordered, order=order, cursor=self.cursor, size=PAGE_SIZE)
        customers: CustomerQuerySet = Customer.objects.all()
        for annotate in dict.fromkeys(column.annotate for column in self.columns):
            customers = annotate(customers)
        emails = EmailAddress.objects.filter(deleted_at=None).order_by("-is_primary", "pk")
        shown = customers.prefetch_related(Prefetch("emails", emails, to_attr="live_emails"))
        by_id = shown.in_bulk([row.pk for row in found.rows])
        return replace(found, rows=[by_id[row.pk] for row in found.rows if row.pk in by_id])

    def _ordered(self) -> tuple[CustomerQuerySet, str]:
        """What matches, with nothing but the value that it is sorted by, and that value's name."""
        customers, key = self.sorted_by.annotate(self.matching).select_related(None), self.sorted_by.sort
        if self.search and key == NAME.sort:
            # Names that hold a text stand close together, so walking all names in order finds them late; PostgreSQL
            # thinks them spread, and would. A value of no index to sort by has it go by their trigrams first.
            return customers.annotate(name_apart=Concat(key, Value(""))).only("pk"), "name_apart"
        is_column = any(key == column.name for column in Customer._meta.concrete_fields)
        return customers.only("pk", *([key] if is_column else [])), key

    @cached_property
    def count(self) -> tuple[int, bool]:
        """How many match, and whether that is exact. Where they fit on one page they have been counted."""
        if not (self.page.previous_cursor or self.page.next_cursor):
            return len(self.page.rows), True
        return bounded_count(self.matching)

    @cached_property
    def chips(self) -> list[Chip]:
        chips = []
        for each in self._filters:
            on, labels = self._query.get(each.key, ""), each.choices()
            choices = [Choice(label, self._link({each.key: value}), value == on) for value, label in labels]
            if choices or on:
                chosen = dict(labels).get(on, on)
                chips.append(Chip(each.label, chosen, self._link({each.key: ""}), choices))
        return chips

    @property
    def address(self) -> str:
        """All that the list asks for, as a query string that says it for good, for whoever asks the same later."""
        asked = {key: value for key, value in self._query.items() if value and key != "cursor"}
        return urlencode(asked) or "view=all"

    @property
    def without_expression_url(self) -> str:
        return self._link({"filter": ""})

    @property
    def hidden_fields(self) -> list[tuple[str, str]]:
        """What a search keeps of the address: filters and sorting."""
        return [(key, value) for key, value in self._query.items() if key not in {"q", "cursor"} and value]

    def _link(self, changes: Mapping[str, str], *, cursor: str = "") -> str:
        """This list with some keys of its address changed, from its first page or a cursor on."""
        query = {**self._query, **changes, "cursor": cursor}
        return "?" + urlencode({key: value for key, value in query.items() if value})

    def _sort_link(self, column: ListColumn) -> str:
        """Sorted by this column: its better end first, on a second click the other way round."""
        descending = not self.descending if column is self.sorted_by else column.descending_first
        return self._link({"sort": f"-{column.key}" if descending else column.key}) if column.sort else ""

    @property
    def headings(self) -> list[tuple[ListColumn, str, str]]:
        """(column, link that sorts by it, aria-sort) of each column, in order."""
        current = "descending" if self.descending else "ascending"
        return [
            (column, self._sort_link(column), current if column is self.sorted_by else "none")
            for column in self.columns
        ]

    @property
    def next_url(self) -> str:
        return self._link({}, cursor=self.page.next_cursor) if self.page.next_cursor else ""

    @property
    def previous_url(self) -> str:
        return self._link({}, cursor=self.page.previous_cursor) if self.page.previous_cursor else ""

    @property
    def as_of(self) -> list[str]:
        return [sentence for say in registry.as_of if (sentence := say())]
