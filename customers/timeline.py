"""Everything that happened with one customer, newest first, from many sources, without end.

Entries are ordered by instant, then by source and id, so a page begins after the last entry of the one before,
wherever in its source that stood.
"""

from __future__ import annotations

import datetime as dt
import heapq
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from django.core import signing
from django.db import connection
from django.db.models import CharField, F, Q, QuerySet, Value
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.visibility import Sight
from customers.access import sight_of, visible_customer
from customers.extensions import Label, Place, TimelineEntry, TimelineSource, registry
from customers.merging.following import following_merges
from customers.models import Customer

ENTRIES_A_PAGE = 20
PAST_EVERY_ID = 2**63 - 1
# Stands for the customer in a question about any of them; nobody's id.
_ANYBODY = -(2**62)

# Signed, so that what a cursor holds is always what this module wrote.
_signer = signing.Signer(salt="customers.timeline")


@dataclass(frozen=True)
class Shown:
    source: TimelineSource
    entry: TimelineEntry

    @property
    def place(self) -> tuple[float, str, int]:
        """What the timeline is sorted by, ascending."""
        return -self.entry.at.timestamp(), self.source.key, -self.entry.id


@dataclass(frozen=True)
class Cursor:
    """The place of the last entry of a page."""

    at: dt.datetime
    source: str
    id: int

    @classmethod
    def read(cls, text: str) -> Cursor | None:
        """None, and so the first page, of what this module has not written."""
        try:
            at, source, id_ = _signer.unsign_object(text)
        except signing.BadSignature:
            return None
        return cls(dt.datetime.fromisoformat(at), source, id_)

    @classmethod
    def after(cls, shown: Shown) -> str:
        return _signer.sign_object([shown.entry.at.isoformat(), shown.source.key, shown.entry.id])

    def within(self, source: TimelineSource) -> Place:
        """The same place as that source counts: of one instant, sources come in the order of their keys."""
        if source.key == self.source:
            return self.at, self.id
        return self.at, PAST_EVERY_ID if source.key > self.source else 0


@dataclass(frozen=True)
class Chip:
    """A choice of sources: leads to the timeline with it, or without it where it is on."""

    label: Label
    icon: str
    query: str
    is_on: bool


@dataclass(frozen=True)
class Timeline:
    customer: Customer
    shown: Sequence[Shown]
    next_cursor: str
    chosen: tuple[str, ...]

    @cached_property
    def days(self) -> list[tuple[dt.date, list[Shown]]]:
        grouped = groupby(self.shown, key=lambda shown: timezone.localtime(shown.entry.at).date())
        return [(day, list(entries)) for day, entries in grouped]

    @property
    def chips(self) -> Iterator[Chip]:
        yield Chip(_("All"), "", "", is_on=not self.chosen)
        for source in _choices():
            is_on = source.key in self.chosen
            others = [key for key in self.chosen if key != source.key]
            yield Chip(source.label, source.icon, show_query(others if is_on else [*others, source.key]), is_on)

    @property
    def query(self) -> str:
        return show_query(self.chosen)

    @property
    def next_url(self) -> str:
        if not self.next_cursor:
            return ""
        query = urlencode([*(("show", key) for key in self.chosen), ("cursor", self.next_cursor)])
        return f"{reverse('customers:timeline', args=[self.customer.pk])}?{query}"


def _choices() -> list[TimelineSource]:
    """What a reader may choose: sources, or their parts."""
    return [part for source in registry.timeline for part in source.parts or [source]]


def show_query(keys: Collection[str]) -> str:
    return f"?{urlencode([('show', key) for key in keys])}" if keys else ""


def timeline_of(customer: Customer, *, sight: Sight, show: Collection[str] = (), cursor: str = "") -> Timeline:
    """A page of the timeline. `show` names the sources or parts wanted; none, or only unknown ones, means all."""
    wanted = [
        part for source in registry.timeline for part in source.parts or [source] if {source.key, part.key} & {*show}
    ]
    chosen = tuple(source.key for source in wanted)
    sources = wanted or registry.timeline
    place = Cursor.read(cursor) if cursor else None
    found = list(heapq.merge(*_found(customer, sight, sources, place), key=lambda shown: shown.place))
    page = found[:ENTRIES_A_PAGE]
    return Timeline(customer, page, Cursor.after(page[-1]) if len(found) > len(page) else "", chosen)


def before_place(rows: QuerySet[Any, Any], at: str, before: Place | None, limit: int) -> QuerySet[Any, Any]:
    """The newest rows strictly before the place, newest first: what most sources' `entries` begin with."""
    if before is not None:
        instant, row_id = before
        rows = rows.filter(Q(**{f"{at}__lte": instant}), Q(**{f"{at}__lt": instant}) | Q(pk__lt=row_id))
    return rows.order_by(F(at).desc(), F("pk").desc())[:limit]


def _found(
    customer: Customer, sight: Sight, sources: Sequence[TimelineSource], place: Cursor | None
) -> Iterator[list[Shown]]:
    """Of each source enough entries for a page and the first of the next; nothing of those that have none on it."""
    counted = [source for source in sources if source.rows and len(sources) > 1]
    needed = _needed(customer, sight, counted, place)
    for source in sources:
        limit = needed[source.key] if source in counted else ENTRIES_A_PAGE + 1
        if limit:
            entries = source.entries(customer, sight, place.within(source) if place else None, limit)
            yield [Shown(source, entry) for entry in entries]


def _needed(customer: Customer, sight: Sight, sources: Sequence[TimelineSource], place: Cursor | None) -> Counter[str]:
    """How many of the next entries come from each of these sources, by one query."""
    if not sources:
        return Counter()
    if place is not None:
        return Counter(row["place_source"] for row in _next_places(sources, customer, sight, place))
    asked = tuple((source.key, source.rows, source.at) for source in sources)
    statement, params = _first_places(asked, sight)
    with connection.cursor() as cursor:
        cursor.execute(statement, [customer.pk if param == _ANYBODY else param for param in params])
        return Counter(source for _at, source, _id in cursor.fetchall())


@lru_cache(maxsize=200)
def _first_places(asked: tuple[tuple[str, Any, str], ...], sight: Sight) -> tuple[str, tuple[Any, ...]]:
    """The question of the first page, which is the same of every customer: put into SQL once for all who see alike,
    since that takes longer than its answer."""
    offered = [*registry.timeline, *(part for source in registry.timeline for part in source.parts)]
    sources = [source for source in offered if (source.key, source.rows, source.at) in asked]
    found = _next_places(sources, Customer(pk=_ANYBODY), sight, None)
    statement, params = found.query.sql_with_params()
    return statement, tuple(params)


def _next_places(
    sources: Sequence[TimelineSource], customer: Customer, sight: Sight, place: Cursor | None
) -> QuerySet[Any, Any]:
    parts = [_places(source, customer, sight, place) for source in sources]
    together = parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0]
    return together.order_by("-place_at", "place_source", "-place_id")[: ENTRIES_A_PAGE + 1]


def _places(source: TimelineSource, customer: Customer, sight: Sight, place: Cursor | None) -> QuerySet[Any, Any]:
    assert source.rows is not None  # noqa: S101  # only such are asked
    rows = source.rows(customer, sight).select_related(None)
    newest = before_place(rows, source.at, place.within(source) if place else None, ENTRIES_A_PAGE + 1)
    return newest.values(
        place_at=F(source.at), place_source=Value(source.key, output_field=CharField()), place_id=F("pk")
    )


@require_GET
@following_merges
def customer_timeline(request: HttpRequest, pk: int) -> HttpResponse:
    sight = sight_of(request)
    customer = visible_customer(sight, pk)
    asked = request.GET.get("cursor", "")
    timeline = timeline_of(customer, sight=sight, show=request.GET.getlist("show"), cursor=asked)
    context = {"customer": customer, "timeline": timeline}
    if not request.htmx:  # type: ignore[attr-defined]
        return render(request, "customers/timeline.html", context)
    return render(request, f"customers/_timeline.html#{'entries' if asked else 'timeline'}", context)
