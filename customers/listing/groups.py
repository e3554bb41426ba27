"""The list in groups: of each its count and its first rows. What that costs does not grow with the customers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from django.db.models import F

from core.id_sets import Member, Unknown
from core.paging import COUNTED_EXACTLY
from core.walking import count_chosen
from customers.extensions import Label, ListFilter
from customers.listing.chips import NOTHING, members_of, narrowed
from customers.listing.sure_counts import at_once, listed_at_least
from customers.models import Customer
from customers.querysets import CustomerQuerySet

if TYPE_CHECKING:
    from customers.listing.listing import CustomerListing

GROUPS_A_PAGE = 20
ROWS_A_GROUP = 5
# So far down the list the first rows of each group are looked for.
NEAR = 2_000

# Without OFFSET the database would find the first ones by walking the whole list after all.
_FIRST = "(SELECT {number}, found.pk FROM ({sql} OFFSET 0) AS found(pk, key) ORDER BY found.key"
IN_ORDER, LAST_FIRST = f"{_FIRST} NULLS LAST, found.pk", f"{_FIRST} DESC NULLS LAST, found.pk DESC"

# The beginning of the list stands in the list's order, so of each group it is read only until its first rows are met.
NEAR_ONES = "WITH near(pk, key) AS MATERIALIZED ({sql}) "
AMONG_NEAR_ONES = (
    "(SELECT {number}, near.pk FROM near WHERE near.pk IN ({sql}) ORDER BY near.key {way}, near.pk {way} LIMIT {rows})"
)


@dataclass(frozen=True)
class Group:
    """`count` stops at 10,000, past which it is not `is_exact`. `url` leads to all of it, `rows_url` to its first rows
    where finding them takes longer than the page: then they are not in `rows`."""

    label: Label
    count: int
    is_exact: bool
    rows: list[Customer]
    url: str
    rows_url: str = ""


class Grouping:
    """Four queries for twenty groups, or five, and one for the values there are."""

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
        counts = self._counts(members)
        ids, later = self._first_rows(members, counts)
        shown = self._listing.shown([pk for group in ids for pk in group])
        return [
            Group(
                label,
                min(counts[number], COUNTED_EXACTLY),
                counts[number] <= COUNTED_EXACTLY,
                [shown[pk] for pk in ids[number] if pk in shown],
                self._listing.link({"by": "", self._by.key: value}),
                f"?{self._listing.state.query(rows_of=value)}" if later[number] else "",
            )
            for number, (value, label) in enumerate(self._page)
            if counts[number]
        ]

    @property
    def rows_asked_for(self) -> list[Customer]:
        """The first ones of the group that the address names, wherever in the list they stand."""
        (ids,) = self._first_of([narrowed(self._listing.matching, self._by, self._listing.rows_of)])
        shown = self._listing.shown(ids)
        return [shown[pk] for pk in ids if pk in shown]

    @property
    def next_url(self) -> str:
        """More groups, where there are more than one page shows."""
        later = self._listing.groups_from + GROUPS_A_PAGE
        return f"?{self._listing.state.query(groups=str(later))}" if later < len(self._values) else ""

    @property
    def previous_url(self) -> str:
        earlier = max(0, self._listing.groups_from - GROUPS_A_PAGE)
        return f"?{self._listing.state.query(groups=str(earlier))}" if self._listing.groups_from else ""

    # --- how many -----------------------------------------------------------------------------------------------------

    def _counts(self, members: Sequence[CustomerQuerySet]) -> list[int]:
        is_known = self._listing.is_everybody
        counts = self._sure_counts() if self._by.members and is_known else [0] * len(members)
        values = [value for value, _label in self._page]
        without = values.index(NOTHING) if self._by.known and is_known and NOTHING in values else None
        limited = [
            each.none()
            if sure > COUNTED_EXACTLY or number == without
            else each.order_by().values("pk")[: COUNTED_EXACTLY + 1]
            for number, (each, sure) in enumerate(zip(members, counts, strict=True))
        ]
        if without is not None:
            counts[without] = self._count_of_the_others(members[without])
        for number, count in at_once(limited, "SELECT {number}, count(*) FROM ({sql}) AS found"):
            counts[number] = count
        return counts

    def _count_of_the_others(self, without: CustomerQuerySet) -> int:
        """Of those of whom nothing is known."""
        others = Member(self._by.known(), is_negated=True) if self._by.known else Unknown()
        found = count_chosen(self._listing.matching, without, chosen=others, most=COUNTED_EXACTLY + 1)
        return without.order_by()[: COUNTED_EXACTLY + 1].count() if found is None else found

    def _sure_counts(self) -> list[int]:
        everyone = [
            members_of(self._by, value) if value != NOTHING else Customer.objects.none() for value, _label in self._page
        ]
        return listed_at_least(everyone, most=COUNTED_EXACTLY)

    # --- the first ones -----------------------------------------------------------------------------------------------

    def _first_rows(
        self, members: Sequence[CustomerQuerySet], counts: Sequence[int]
    ) -> tuple[list[list[int]], list[bool]]:
        """Ids in the order of the list, and of which groups they are still to be found.

        Walking the list until it meets five of a group may take all of it: names go with countries, scores with
        segments. So all are looked for where the list begins; of those who are not there small groups are read whole,
        and large ones when somebody has come to see them.
        """
        found = self._first_near()
        short = [len(ids) < min(ROWS_A_GROUP, count) for ids, count in zip(found, counts, strict=True)]
        later = [is_short and count > COUNTED_EXACTLY for is_short, count in zip(short, counts, strict=True)]
        now = [is_short and not is_later for is_short, is_later in zip(short, later, strict=True)]
        if any(now):
            rest = self._first_of([each if wanted else each.none() for each, wanted in zip(members, now, strict=True)])
            found = [whole or near for whole, near in zip(rest, found, strict=True)]
        return [[] if is_later else ids for ids, is_later in zip(found, later, strict=True)], later

    def _first_near(self) -> list[list[int]]:
        """Those of each group among the first of the list."""
        column, way = self._listing.sorted_by, "DESC" if self._listing.descending else "ASC"
        tie = "pk" if column.sort_parts else column.sort_beside
        rows = self._annotated(self._listing.matching).filter(**{f"{self._key}__isnull": False})
        order = [F(name).desc() if self._listing.descending else F(name).asc() for name in (self._key, tie)]
        near = rows.order_by(*order).values_list("pk", self._key)[:NEAR]
        ids: list[list[int]] = [[] for _each in self._page]
        one = AMONG_NEAR_ONES.replace("{way}", way).replace("{rows}", str(ROWS_A_GROUP))
        among = [members_of(self._by, value) for value, _label in self._page]
        for number, pk in at_once(among, one, beside=(NEAR_ONES, near)):
            ids[number].append(pk)
        return ids

    @property
    def _key(self) -> str:
        column = self._listing.sorted_by
        return "sort_name" if column.sort_parts else column.sort

    def _annotated(self, customers: CustomerQuerySet) -> CustomerQuerySet:
        return customers if self._key == "sort_name" else self._listing.sorted_by.annotate(customers)

    def _first_of(self, members: Sequence[CustomerQuerySet]) -> list[list[int]]:
        ids: list[list[int]] = [[] for _each in members]
        keyed = [self._annotated(each).order_by().values_list("pk", self._key) for each in members]
        one = (LAST_FIRST if self._listing.descending else IN_ORDER) + f" LIMIT {ROWS_A_GROUP})"
        for number, pk in at_once(keyed, one):
            ids[number].append(pk)
        return ids
