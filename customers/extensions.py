"""Where the apps above plug into customers, who knows none of them.

An app offers list columns, filters, panels and actions on the list from its `AppConfig.ready`, in one module of its
own named `customer_extensions`. The order of registration is the order on the page.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.functional import Promise

from accounts.models import User
from accounts.visibility import Sight
from customers import cells, plain_cells
from customers.cells import Reader
from customers.models import Customer, CustomField, Product
from customers.querysets import CustomerQuerySet

Label = str | Promise
Cell = Callable[[Any, Customer, Reader], str]
Plain = Callable[[Any, Customer, Reader], Any]
Annotate = Callable[[CustomerQuerySet], CustomerQuerySet]
Parts = Callable[[CustomerQuerySet], Sequence[tuple[str, Q]]]


def unchanged(customers: CustomerQuerySet) -> CustomerQuerySet:
    return customers


@dataclass(frozen=True)
class Origin:
    """What computed the values of a column. `said` is the sentence about it ("" where there is nothing to say); day,
    run and model are missing where nothing has been computed; `instead` stands in the cells if that is to stay so."""

    of: Label
    said: str = ""
    day: dt.date | None = None
    run: int | None = None
    model: str = ""
    instead: Label = ""


@dataclass(frozen=True)
class ListColumn:
    """A column of the customer list.

    `annotate` adds what the column shows to the queryset, by joins or subqueries that cost no query per row; `value`
    names that attribute; `sort` names the expression to order by ("" where the column cannot be sorted), and
    `sort_beside` the customer's id in the table that it comes from, and `joined` how `annotate` calls that table, where
    filters ask of it too (`Rows.joined_as`, `ListFilter.apply_joined`). A column of few values has `sort_parts` instead
    of sorting by them: of which of the customers each value in turn is, as far as there are any, by its name; `sort`
    then orders these, in an index that has the value too, if not said otherwise (`has_parts_in_index`).
    `cell` writes the value (see `customers.cells`).
    `masked_as` names the kind of secret in it (`accounts.models.Confidential`): from whom it is hidden, they see dots
    and cannot sort by it. One that is not `is_default` is shown to those who choose it, and costs nobody else anything.
    `plain` is what an export says in its place (see `customers.plain_cells`), `field` what is edited in it, as
    `customers.field_forms` names it ("" where nothing is), of a row about the customer `row_field` of it, which is not
    for those from whom `row_masked_as` in it is hidden. `as_of` says on the list, and in
    exports behind the values, of which day, run and model they are.
    """

    key: str
    label: Label
    value: str
    cell: Cell = cells.text
    sort: str = ""
    sort_beside: str = "pk"
    joined: str = ""
    sort_parts: Parts | None = None
    has_parts_in_index: bool = True
    numeric: bool = False
    annotate: Annotate = unchanged
    descending_first: bool = False
    masked_as: str = ""
    is_default: bool = False
    plain: Plain = plain_cells.as_it_is
    field: str = ""
    row_field: str = ""
    row_masked_as: str = ""
    as_of: Callable[[], Origin] | None = None


@dataclass(frozen=True)
class ListFilter:
    """A filter chip above the list, and a way to group it. `choices` are asked on each page; `apply` narrows the
    queryset by a chosen key, `without` to those of whom nothing is known, if there can be such. Where a table beside
    the customers says who has a key, `members` is the column of their ids there, whoever they are, and `known` that of
    all who have any; `apply_joined` says by name how to narrow a list that has joined that table for its order
    (`ListColumn.joined`). One that is no chip is offered for grouping alone, and stands above the list where it is
    chosen; one that is no group is a chip alone.

    `as_of` is that of a column.

    One by a kind of secret (`masked_as`) is offered to nobody from whom that is hidden, and ignored in an address.
    """

    key: str
    label: Label
    choices: Callable[[], list[tuple[str, Label]]]
    apply: Callable[[CustomerQuerySet, str], CustomerQuerySet]
    masked_as: str = ""
    without: Callable[[CustomerQuerySet], CustomerQuerySet] | None = None
    members: Callable[[str], QuerySet[Any, Any]] | None = None
    known: Callable[[], QuerySet[Any, Any]] | None = None
    apply_joined: tuple[str, Callable[[CustomerQuerySet, str], CustomerQuerySet]] | None = None
    is_chip: bool = True
    is_group: bool = True
    as_of: Callable[[], Origin] | None = None


@dataclass(frozen=True)
class Panel:
    """A card on the customer's page. `context` returns what the template shows, or None to leave the card out.

    `area` is the column: "aside" the right one, "record" the end of it, for what is seldom done with the record itself,
    "main" the middle one above the timeline, "timeline" the head of the timeline, for what adds to it.
    """

    key: str
    title: Label
    template: str
    context: Callable[[HttpRequest, Customer], Mapping[str, Any] | None]
    area: str = "aside"


@dataclass(frozen=True)
class TimelineEntry:
    """Something that happened with a customer. `at` and `id` are its place among the entries of its source.

    Texts are plain; `body` keeps its line breaks. `template` writes what stands below the title in place of `body`,
    from `entry` and its `data`.
    """

    at: dt.datetime
    id: int
    kind: str
    icon: str
    title: Label
    body: Label = ""
    url: str = ""
    actor: str = ""
    template: str = ""
    data: Any = None


Place = tuple[dt.datetime, int]
Entries = Callable[[Customer, Sight, Place | None, int], Sequence[TimelineEntry]]


@dataclass(frozen=True)
class TimelineSource:
    """One kind of thing on the timeline, which a reader may choose alone.

    `entries(customer, sight, before, limit)` returns the newest entries that lie strictly before the place
    (instant, id), newest first, found by an index and with one or two queries; what is hidden from that reader is not
    in them. Where each entry is one row, `rows` is these rows, unordered, and `at` the name of their instant: then
    one query finds which sources a page needs, and `entries` of the others is not called (`customers.timeline`). What
    `rows` asks depends on the customer's id and the sight alone. A source of several kinds may have a part for each:
    what a reader then chooses is one of the parts, and the source itself stands for all of them together.
    """

    key: str
    label: Label
    icon: str
    entries: Entries
    rows: Callable[[Customer, Sight], QuerySet[Any, Any]] | None = None
    at: str = ""
    parts: Sequence[TimelineSource] = ()


@dataclass(frozen=True)
class ListAction:
    """Something to do with the customers who are ticked in the list, or with all that match. The page behind `url_name`
    is opened with them in its query, as `customers.bulk.selection` reads it, and asks whoever opens it for the right.

    Of another list of `records` it is with all that match, and the page gets the query of the list.
    """

    key: str
    label: Label
    icon: str
    url_name: str
    is_offered: Callable[[User], bool]
    records: CustomField.Record = CustomField.Record.CUSTOMER


@dataclass(frozen=True)
class FilterLink:
    """Something to make of the filter that the list shows: the page behind `url_name` gets it as `filter`."""

    key: str
    label: Label
    icon: str
    url_name: str


@dataclass(frozen=True)
class CustomersOfTheDay:
    """The first few of a list for one person, each with why they are there and a figure, and where the whole is."""

    rows: Sequence[tuple[Customer, str, str]]
    all_url: str
    as_of: str = ""


@dataclass(frozen=True)
class DayList:
    """A list of customers on “my day”. `customers(user, limit)` finds at most so many of theirs by an index, with one
    or two queries; None where there is nothing to go by."""

    key: str
    label: Label
    icon: str
    empty: Label
    customers: Callable[[User, int], CustomersOfTheDay | None]


@dataclass(frozen=True)
class ProductPanel:
    """A card on a product's page. `context` returns what the template shows, or None to leave the card out."""

    key: str
    title: Label
    template: str
    context: Callable[[HttpRequest, Product], Mapping[str, Any] | None]


Extension = ListColumn | ListFilter | Panel | ProductPanel | TimelineSource | ListAction | FilterLink | DayList


@dataclass
class Registry:
    columns: list[ListColumn] = field(default_factory=list)
    # Columns that are data themselves, such as those of custom fields; asked only where one of them may be meant.
    column_providers: list[Callable[[], Sequence[ListColumn]]] = field(default_factory=list)
    filters: list[ListFilter] = field(default_factory=list)
    panels: list[Panel] = field(default_factory=list)
    product_panels: list[ProductPanel] = field(default_factory=list)
    timeline: list[TimelineSource] = field(default_factory=list)
    list_actions: list[ListAction] = field(default_factory=list)
    filter_links: list[FilterLink] = field(default_factory=list)
    # Which deleted customers can come back still, and in words until when: what the apps above know of erasure.
    restorable: list[Callable[[CustomerQuerySet], CustomerQuerySet]] = field(default_factory=list)
    about_deleted: list[Callable[[], str]] = field(default_factory=list)
    day_lists: list[DayList] = field(default_factory=list)
    # About the freshness of what the columns show, for the list's heading.
    as_of: list[Callable[[], Origin]] = field(default_factory=list)

    def add(self, *items: Extension) -> None:
        for item in items:
            kept: list[Any] = self._kept(item)
            if any(other.key == item.key for other in kept):
                raise ValueError(f"{type(item).__name__} {item.key!r} is registered twice")
            kept.append(item)

    def _kept(self, item: Extension) -> list[Any]:
        if isinstance(item, ListColumn):
            return self.columns
        if isinstance(item, TimelineSource):
            return self.timeline
        if isinstance(item, ListAction):
            return self.list_actions
        if isinstance(item, FilterLink):
            return self.filter_links
        if isinstance(item, DayList):
            return self.day_lists
        if isinstance(item, ProductPanel):
            return self.product_panels
        return self.filters if isinstance(item, ListFilter) else self.panels


registry = Registry()
