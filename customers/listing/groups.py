"""The list in groups: of each its count and its first rows. What that costs does not grow with the customers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import F, QuerySet

from core.paging import COUNTED_EXACTLY
from customers.extensions import Label, ListFilter
from customers.listing.chips import narrowed
from customers.models import Customer
from customers.querysets import CustomerQuerySet

if TYPE_CHECKING:
    from customers.listing.listing import CustomerListing

GROUPS_A_PAGE = 20
ROWS_A_GROUP = 5
# So far down the list the first rows of a large group are looked for.
NEAR = 2_000

# Without OFFSET the database would find the first ones by walking the whole list after all.
_FIRST = "(SELECT {number}, found.pk FROM ({sql} OFFSET 0) AS found(pk, key) ORDER BY found.key"
IN_ORDER, LAST_FIRST = f"{_FIRST} NULLS LAST, found.pk", f"{_FIRST} DESC NULLS LAST, found.pk DESC"


@dataclass(frozen=True)
class Group:
    """`count` stops at 10,000, past which it is not `is_exact`. `url` leads to all of it."""

    label: Label
    count: int
    is_exact: bool
    rows: list[Customer]
    url: str


class Grouping:
    """Three queries for twenty groups, or four, and one for the values there are."""

    def __init__(self, by: ListFilter, listing: CustomerListing) -> None:
        self.label = by.label
        self._by, self._listing = by, listing

    @property
    def _values(self) -> list[tuple[str, Label]]:
        return self._listing.labels(self._by)

    @property
    def _page(self) -> list[tuple[str, Label]]:
        return self._values[self._listing.groups_from : self._listing.groups_from + GROUPS_A_PAGE]

    @cached_property
    def groups(self) -> list[Group]:
        members = [narrowed(self._listing.matching, self._by, value) for value, _label in self._page]
        counts = _counts(members)
        ids = self._first_rows(members, counts)
        shown = self._listing.shown([pk for group in ids for pk in group])
        return [
            Group(
                label,
                min(counts[number], COUNTED_EXACTLY),
                counts[number] <= COUNTED_EXACTLY,
                [shown[pk] for pk in ids[number] if pk in shown],
                self._listing.link({"by": "", self._by.key: value}),
            )
            for number, (value, label) in enumerate(self._page)
            if counts[number]
        ]

    @property
    def next_url(self) -> str:
        """More groups, where there are more than one page shows."""
        later = self._listing.groups_from + GROUPS_A_PAGE
        return f"?{self._listing.state.query(groups=str(later))}" if later < len(self._values) else ""

    @property
    def previous_url(self) -> str:
        earlier = max(0, self._listing.groups_from - GROUPS_A_PAGE)
        return f"?{self._listing.state.query(groups=str(earlier))}" if self._listing.groups_from else ""

    def _first_rows(self, members: Sequence[CustomerQuerySet], counts: Sequence[int]) -> list[list[int]]:
        """Ids, in the order of the list.

        Walking the list until it meets five of a group may take all of it: names go with countries, scores with
        segments. So small groups are read whole, and large ones where the list begins, whole if that holds too few.
        """
        is_large = [count > COUNTED_EXACTLY for count in counts]
        begins = self._beginning
        sought = [
            narrowed(begins, self._by, value) if large else each if count else each.none()
            for (value, _label), each, large, count in zip(self._page, members, is_large, counts, strict=True)
        ]
        found = self._first_of(sought)
        missing = [large and len(ids) < ROWS_A_GROUP for large, ids in zip(is_large, found, strict=True)]
        if any(missing):
            rest = self._first_of(
                [each if wanted else each.none() for each, wanted in zip(members, missing, strict=True)]
            )
            found = [whole or near for whole, near in zip(rest, found, strict=True)]
        return found

    @property
    def _key(self) -> str:
        column = self._listing.sorted_by
        return "sort_name" if column.sort_parts else column.sort

    @property
    def _beginning(self) -> CustomerQuerySet:
        """Those with whom the list begins."""
        by = F(self._key).desc() if self._listing.descending else F(self._key).asc()
        rows = self._annotated(self._listing.matching).filter(**{f"{self._key}__isnull": False})
        return Customer.objects.filter(pk__in=rows.order_by(by).values("pk")[:NEAR])

    def _annotated(self, customers: CustomerQuerySet) -> CustomerQuerySet:
        return customers if self._key == "sort_name" else self._listing.sorted_by.annotate(customers)

    def _first_of(self, members: Sequence[CustomerQuerySet]) -> list[list[int]]:
        ids: list[list[int]] = [[] for _each in members]
        keyed = [self._annotated(each).order_by().values_list("pk", self._key) for each in members]
        one = (LAST_FIRST if self._listing.descending else IN_ORDER) + f" LIMIT {ROWS_A_GROUP})"
        for number, pk in _at_once(keyed, one):
            ids[number].append(pk)
        return ids


def _counts(members: Sequence[CustomerQuerySet]) -> list[int]:
    counts = [0] * len(members)
    limited = [each.order_by().values("pk")[: COUNTED_EXACTLY + 1] for each in members]
    for number, count in _at_once(limited, "SELECT {number}, count(*) FROM ({sql}) AS found"):
        counts[number] = count
    return counts


def _at_once(querysets: Sequence[QuerySet[Any, Any]], one: str) -> list[tuple[Any, ...]]:
    """One statement out of one for each queryset; of one that cannot match anybody there is none."""
    parts: list[str] = []
    params: list[Any] = []
    for number, queryset in enumerate(querysets):
        try:
            sql, given = queryset.query.sql_with_params()
        except EmptyResultSet:
            continue
        parts.append(one.format(number=number, sql=sql))
        params += given
    if not parts:
        return []
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), params)
        return list(cursor.fetchall())
