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


@dataclass(frozen=True)
class Group:
    """`count` stops at 10,000, past which it is not `is_exact`. `url` leads to all of it."""

    label: Label
    count: int
    is_exact: bool
    rows: list[Customer]
    url: str


class Grouping:
    """Three queries for twenty groups, and one for the values there are."""

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
        counts, ids = _counts(members), self._first_rows(members)
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

    def _first_rows(self, members: Sequence[CustomerQuerySet]) -> list[list[int]]:
        """Ids, in the order of the list; those without a value that it is sorted by come last."""
        column, is_descending = self._listing.sorted_by, self._listing.descending
        if column.sort_parts or column.sort == "sort_name":
            key = "-sort_name" if is_descending else "sort_name"
            return _ids([each.order_by(key, "-pk" if is_descending else "pk") for each in members])
        by = F(column.sort).desc() if is_descending else F(column.sort).asc()
        sorted_ones = [
            column.annotate(each).filter(**{f"{column.sort}__isnull": False}).order_by(by) for each in members
        ]
        found = _ids(sorted_ones)
        if all(len(each) == ROWS_A_GROUP for each in found):
            return found
        without = [column.annotate(each).filter(**{f"{column.sort}__isnull": True}).order_by("pk") for each in members]
        return [(some + more)[:ROWS_A_GROUP] for some, more in zip(found, _ids(without), strict=True)]


def _counts(members: Sequence[CustomerQuerySet]) -> list[int]:
    counts = [0] * len(members)
    limited = [each.order_by().values("pk")[: COUNTED_EXACTLY + 1] for each in members]
    for number, count in _at_once(limited, "SELECT {number}, count(*) FROM ({sql}) AS found"):
        counts[number] = count
    return counts


def _ids(members: Sequence[CustomerQuerySet]) -> list[list[int]]:
    ids: list[list[int]] = [[] for _each in members]
    limited = [each.values_list("pk")[:ROWS_A_GROUP] for each in members]
    # The rows are numbered as they come, since a union promises no order.
    one = "SELECT {number}, found.pk, row_number() OVER () FROM ({sql}) AS found(pk)"
    for number, pk, _place in sorted(_at_once(limited, one), key=lambda row: (row[0], row[2])):
        ids[number].append(pk)
    return ids


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
