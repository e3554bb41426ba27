"""What a query string asks of the customer list."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import cached_property, partial
from urllib.parse import urlencode

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.visibility import Sight
from core.id_sets import Chosen, Member, joined
from core.numbers import whole_number
from core.paging import COUNTED_EXACTLY, Order, Page, Part, bounded_count, cursors_around, page_of_parts
from core.walking import count_chosen
from customers.extensions import FilterLink, Label, ListColumn, ListFilter, Origin, Parts, registry
from customers.filters import AskedFilter
from customers.listing.chips import ARCHIVED, NOTHING, Chip, Choice, filters, labels_of, members_of, narrowed
from customers.listing.columns import NAME, Layout
from customers.listing.groups import Grouping
from customers.listing.own_rows import is_sorted_by, own_column, own_rows
from customers.listing.state import EVERY_CUSTOMER, KEYS, ListState, canonical_filter
from customers.listing.views import Views, said_by
from customers.models import Customer, SavedFilter
from customers.querysets import CustomerQuerySet

PAGE_SIZE = 50
# How an address asks to count what the list does not count by itself.
ROUGHLY, EXACTLY = "roughly", "exactly"


class CustomerListing:
    """What a query string asks for: `view` (the id of a saved one, whose say the rest differs from), `q`, one value for
    each quick filter, `sort` (a column's key, "-" before it for descending), `columns`, `filter` (an expression of
    `customers.filters`) and `cursor`. What it asks for in vain is ignored, but for the view and the expression: a list
    is always shown, of the customers that the person sees."""

    def __init__(self, query: Mapping[str, str], *, sight: Sight) -> None:
        self.sight = sight
        self.views = Views(sight)
        self._filters = filters(sight)
        # PostgreSQL knows no NUL character, so nothing that holds one can match.
        cleaned = {key: value.replace("\x00", "") for key, value in query.items()}
        self.view, self.is_view_missing = self._view(cleaned)
        self.state = self._state(cleaned)
        self.search = self.state.get("q").strip()[:200]
        self.cursor = cleaned.get("cursor", "")
        self._counting = cleaned.get("count", "")
        self._labels: dict[str, list[tuple[str, Label]]] = {}
        self.groups_from = whole_number(cleaned.get("groups", ""))
        self.rows_of = cleaned.get("rows_of", "")
        self.asked = AskedFilter(self.state.get("filter"), sight=sight) if self.state.get("filter") else None
        wanted = self.state.get("sort")
        self.layout = Layout(self.state.get("columns"), sight=sight, sort=wanted.removeprefix("-"))
        self.columns = self.layout.columns
        self._chosen = {each: self.state.get(each.key) for each in self._filters if self.state.get(each.key)}
        by_key = {key: column for key, column in self.layout.known.items() if column.sort}
        self.sorted_by = by_key.get(wanted.removeprefix("-"), NAME)
        self.descending = wanted.startswith("-") and self.sorted_by.key == wanted[1:]

    def _view(self, query: Mapping[str, str]) -> tuple[SavedFilter | None, bool]:
        """Which view is asked for, and whether it is not there."""
        key = query.get("view", "")
        if not key and not any(query.values()):
            return self.views.default, False
        if key in {"", EVERY_CUSTOMER}:
            return None, False
        view = self.views.find(key)
        return view, view is None

    def _state(self, query: Mapping[str, str]) -> ListState:
        known = {*KEYS, *(each.key for each in self._filters)}
        asked = {key: value for key, value in query.items() if key in known}
        if asked.get("filter"):
            asked["filter"] = canonical_filter(asked["filter"])
        base = said_by(self.view) if self.view else {}
        base = {key: value for key, value in base.items() if key in known}
        return ListState(asked, base=base, view=str(self.view.pk) if self.view else "")

    @property
    def is_view_unpinned(self) -> bool:
        return self.view is not None and all(pin.view_id != self.view.pk for pin in self.views.pins)

    # --- who is in it -------------------------------------------------------------------------------------------------

    @property
    def is_filtered(self) -> bool:
        return bool(self.search or self._chosen or self.asked)

    @property
    def shows_archived(self) -> bool:
        return bool(self.state.get(ARCHIVED))

    @property
    def is_everybody(self) -> bool:
        """Whether all who are alive stand in it."""
        is_narrowed = self.is_filtered or self.shows_archived or self.is_view_missing
        return self.sight.sees_all and not is_narrowed

    @cached_property
    def _unsearched(self) -> CustomerQuerySet:
        """Those whom the person sees and the filters leave."""
        return self._filtered(self._everybody)

    @property
    def _everybody(self) -> CustomerQuerySet:
        everybody = Customer.objects.archived() if self.shows_archived else Customer.objects.live()
        seen: CustomerQuerySet = everybody.visible_to(self.sight)
        return seen.none() if self.is_view_missing else seen

    def _filtered(self, customers: CustomerQuerySet, *, joined: str = "") -> CustomerQuerySet:
        for each, value in self._chosen.items():
            customers = narrowed(customers, each, value, joined=joined)
        return self.asked.apply(customers, joined=joined) if self.asked else customers

    @cached_property
    def matching(self) -> CustomerQuerySet:
        return self._unsearched.search(self.search, sight=self.sight)

    @cached_property
    def page(self) -> Page[Customer]:
        """Which customers these are is found first, by as little as that takes; then all that is shown of them."""
        parts = (replace(part, rows=part.rows.only("pk", *own_column(part.order.key))) for part in self._parts())
        found = page_of_parts(parts, cursor=self.cursor, size=PAGE_SIZE)
        by_id = self.shown([row.pk for row in found.rows])
        return replace(found, rows=[by_id[row.pk] for row in found.rows if row.pk in by_id])

    def neighbour(self, pk: int, *, backward: bool) -> int | None:
        """Who stands before or behind that customer; None at an end, or where they are not in the list any more."""
        cursors = cursors_around(self._parts(), pk)
        if cursors is None:
            return None
        before, behind = cursors
        rows = page_of_parts(self._parts(), cursor=before if backward else behind, size=1).rows
        return rows[0].pk if rows else None

    def shown(self, ids: list[int]) -> dict[int, Customer]:
        """Customers with all that the columns show."""
        customers: CustomerQuerySet = Customer.objects.all()
        for annotate in dict.fromkeys(column.annotate for column in self.columns):
            customers = annotate(customers)
        return customers.in_bulk(ids)

    def _parts(self) -> Iterable[Part[Customer]]:
        """What matches, in the order of the list."""
        column, order = self.sorted_by, Order(self.sorted_by.sort, self.descending, self.sorted_by.sort_beside)
        if column is NAME and self.search:
            return self._unsearched.search_parts(self.search, sight=self.sight, descending=self.descending)
        if column.sort_parts:
            parts = self._parts_of(column, column.sort_parts, order)
            return reversed(parts) if self.descending else parts
        everybody = self._everybody
        if column is not NAME:
            everybody = column.annotate(everybody).select_related(None).prefetch_related(None)
        rows = self._filtered(everybody, joined=column.joined).filter(self._searched[0])
        chosen, among = self._sets, None
        ends, is_all = self._on_the_way(everybody)
        is_found_by_key = is_all and not (self._chosen or self.search)
        if self.search or self._is_walked_for or (self.asked and chosen and not is_found_by_key):
            among = everybody.filter(ends)
        # Names go with countries and addresses, in which the database does not believe.
        is_rare = not self.asked or (column is NAME and self.asked.is_of_values)
        own = own_rows(everybody, column) if column.joined and among is not None and not ends else None
        return [Part("", rows, order, among, own, is_rare, is_bare=True, chosen=chosen)]

    def _parts_of(self, column: ListColumn, sort_parts: Parts, order: Order) -> list[Part[Customer]]:
        """By sets all of them are looked through at once; else only those are asked in which some match."""
        rows, everybody, chosen = self._unsearched.filter(self._searched[0]), self._everybody, self._sets
        if chosen is None:
            return [Part(name, rows.filter(of), order) for name, of in sort_parts(rows)]
        return [
            Part(
                name,
                rows.filter(of),
                order,
                everybody.filter(of),
                chosen=chosen,
                everybody=None if column.has_parts_in_index else everybody,
            )
            for name, of in sort_parts(everybody)
        ]

    def _on_the_way(self, everybody: CustomerQuerySet) -> tuple[Q, bool]:
        """See `AskedFilter.on_the_way`."""
        if not self.asked or self.asked.error:
            return Q(), False
        column, columns = self.sorted_by, everybody.query.annotations
        return self.asked.on_the_way(column.joined, partial(is_sorted_by, column=column, columns=columns))

    @cached_property
    def _sets(self) -> Chosen | None:
        """The filters by sets of ids, where all of them have such."""
        if self.is_view_missing or (self.asked and not self.asked.sets):
            return None
        if not (self.asked or self.search) and any(
            each.members is None or value == NOTHING for each, value in self._chosen.items()
        ):
            return None  # of an owner, a stage or a team an index of the customers tells it
        parts: list[Chosen] = [Member(members_of(each, value)) for each, value in self._chosen.items()]
        parts += [self.asked.sets] if self.asked and self.asked.sets else []
        parts += [self._searched[1]] if self._searched[1] else []
        return joined(parts, means_all=True) if parts else None

    @cached_property
    def _searched(self) -> tuple[Q, Chosen | None]:
        """What the search asks of each customer, and by sets."""
        if not self.search:
            return Q(), None
        asked, chosen = Customer.objects.searched(self.search, sight=self.sight)
        return asked, replace(chosen, asked=asked)

    @property
    def _is_walked_for(self) -> bool:
        """Whether those of a quick filter may stand anywhere in the order. Of an owner or a stage an index has them by
        name, and what the list has joined is asked where it is sorted."""
        in_an_index = {"owner", "stage"} if self.sorted_by is NAME else set()
        chosen = [each for each in self._chosen if each.key not in in_an_index]
        if self.asked:
            return self.asked.is_sooner_asked(joined=self.sorted_by.joined)
        return any(not each.apply_joined or each.apply_joined[0] != self.sorted_by.joined for each in chosen)

    @cached_property
    def count(self) -> tuple[int, bool] | None:
        """How many match, and whether that is exact. Where they fit on one page they have been counted.

        None where counting would take longer than the page: whoever wants to know asks for it apart (`counted`).
        """
        if not (self.page.previous_cursor or self.page.next_cursor):
            return len(self.page.rows), True
        return None if self.is_filtered else bounded_count(self.matching)

    @cached_property
    def counted(self) -> tuple[int, bool] | None:
        """The count that the address asks for. It needs no page."""
        if self._counting == EXACTLY:
            found = self._counted_by_sets(None)
            return self.matching.count() if found is None else found, True
        if self._counting != ROUGHLY:
            return None
        found = self._counted_by_sets(COUNTED_EXACTLY + 1)
        return (
            bounded_count(self.matching) if found is None else (min(found, COUNTED_EXACTLY), found <= COUNTED_EXACTLY)
        )

    def _counted_by_sets(self, most: int | None) -> int | None:
        chosen = self._sets if self.asked else None
        return count_chosen(self._everybody, self.matching, chosen=chosen, most=most) if chosen else None

    @property
    def found(self) -> int:
        """How many the answer tells of."""
        return self.counted[0] if self.counted else len(self.page.rows)

    # --- addresses ----------------------------------------------------------------------------------------------------

    def link(self, changes: Mapping[str, str], *, cursor: str = "") -> str:
        """This list with some keys of its address changed, from its first page or a cursor on."""
        return "?" + self.state.query(changes, cursor=cursor)

    @property
    def query(self) -> str:
        """What a form sends back to say which list it is about."""
        return self.state.query()

    @property
    def address(self) -> str:
        """All that the list asks for, as a query string that says it for good, for whoever asks the same later."""
        if self.is_view_missing:
            return "view=0"  # which is missing too: nobody, not everybody
        return urlencode(self.state.values) or f"view={EVERY_CUSTOMER}"

    @property
    def hidden_fields(self) -> list[tuple[str, str]]:
        """What a search keeps of the address."""
        return [(key, value) for key, value in self.state.differences().items() if key != "q"]

    @property
    def reset_url(self) -> str:
        """The view as it is kept."""
        return f"?view={self.state.view or EVERY_CUSTOMER}"

    @property
    def without_expression_url(self) -> str:
        return self.link({"filter": ""})

    @property
    def filter_links(self) -> list[tuple[FilterLink, str]]:
        """What the apps above make of the expression, with the address of each; none where there is none to use."""
        if not self.asked or self.asked.error:
            return []
        query = urlencode({"filter": self.state.get("filter")})
        return [(link, f"{reverse(link.url_name)}?{query}") for link in registry.filter_links]

    @property
    def rough_count_url(self) -> str:
        return "?" + self.state.query(cursor=self.cursor, count=ROUGHLY)

    @property
    def exact_count_url(self) -> str:
        return "?" + self.state.query(cursor=self.cursor, count=EXACTLY)

    @property
    def next_url(self) -> str:
        return self.link({}, cursor=self.page.next_cursor) if self.page.next_cursor else ""

    @property
    def previous_url(self) -> str:
        return self.link({}, cursor=self.page.previous_cursor) if self.page.previous_cursor else ""

    def _sort_link(self, column: ListColumn) -> str:
        """Sorted by this column: its better end first, on a second click the other way round."""
        descending = not self.descending if column is self.sorted_by else column.descending_first
        return self.link({"sort": f"-{column.key}" if descending else column.key}) if column.sort else ""

    # --- what is said about it ----------------------------------------------------------------------------------------

    def labels(self, each: ListFilter) -> list[tuple[str, Label]]:
        """What can be chosen of it, asked once: its chip and the groups by it both name them."""
        if each.key not in self._labels:
            self._labels[each.key] = labels_of(each)
        return self._labels[each.key]

    @cached_property
    def chips(self) -> list[Chip]:
        chips = []
        for each in self._filters:
            on = self.state.get(each.key)
            if not (each.is_chip or on):
                continue
            labels = self.labels(each)
            choices = [Choice(label, self.link({each.key: value}), value == on) for value, label in labels]
            if choices or on:
                chosen = dict(labels).get(on, on)
                chips.append(Chip(each.label, chosen, self.link({each.key: ""}), choices))
        return chips

    @cached_property
    def grouping(self) -> Grouping | None:
        """The list in groups, if that is asked for."""
        by = next((each for each in self._filters if each.is_group and each.key == self.state.get("by")), None)
        return Grouping(by, self) if by else None

    @property
    def group_chip(self) -> Chip:
        on = self.state.get("by")
        groups = [each for each in self._filters if each.is_group]
        choices = [Choice(each.label, self.link({"by": each.key}), each.key == on) for each in groups]
        chosen = next((each.label for each in self._filters if each.key == on), "")
        return Chip(_("Group by"), chosen, self.link({"by": ""}), choices)

    @property
    def headings(self) -> list[tuple[ListColumn, str, str]]:
        """(column, link that sorts by it, aria-sort) of each column, in order."""
        current = "descending" if self.descending else "ascending"
        if self.search and self.sorted_by is NAME:
            current = "none"  # what is closest to the text stands first
        return [
            (column, self._sort_link(column), current if column is self.sorted_by else "none")
            for column in self.columns
        ]

    @property
    def as_of(self) -> list[str]:
        """Of which day scores are, and what is shown and asked for adds to that."""
        of_chips = [each.as_of for each in self._chosen if each.as_of]
        of_filter = self.asked.as_of if self.asked else []
        return _said([*registry.as_of, *self._of_columns, *of_chips, *of_filter])

    @property
    def columns_as_of(self) -> list[str]:
        """Of which day the values in the columns are, where they are of one."""
        return _said(self._of_columns)

    @cached_property
    def origins(self) -> list[Origin]:
        """What computed the values in the columns, each once."""
        return [say() for say in dict.fromkeys(self._of_columns)]

    @property
    def _of_columns(self) -> list[Callable[[], Origin]]:
        return [column.as_of for column in self.columns if column.as_of]


def _said(sayings: Iterable[Callable[[], Origin]]) -> list[str]:
    """Each once, as far as there is anything to say."""
    return [origin.said for say in dict.fromkeys(sayings) if (origin := say()).said]
