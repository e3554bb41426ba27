"""Reads, named in the field's words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from django.db import connection, models
from django.db.models import Exists, F, OuterRef, Q, Subquery, Value

from accounts.visibility import Sight
from core.id_sets import Chosen, Known, Member, joined
from core.paging import Order as SortOrder
from core.paging import Part
from customers import searching
from protection.fields import holding

if TYPE_CHECKING:
    from customers.models import Customer, Order  # noqa: F401  # named in the generic bases below


# Above every character that a name or a number may hold.
LAST_CHARACTER = "\U0010ffff"
# Ids of customers; where they are too many to be named, the ways that find somebody. By a single way the database may
# go in either direction: from those it finds, or from a list to each of them.
_Ids = set[int] | list[models.QuerySet[Any, Any]]

# So many customers found by a number are named one by one to what follows; more are asked for again.
SHORT_LIST = 500


class CustomerQuerySet(models.QuerySet["Customer"]):
    def live(self) -> CustomerQuerySet:
        """Neither deleted nor archived: what lists and scores are about."""
        return self.filter(deleted_at=None, archived_at=None)

    def archived(self) -> CustomerQuerySet:
        return self.filter(deleted_at=None, archived_at__isnull=False)

    def profiled(self) -> CustomerQuerySet:
        """Those who may be scored and targeted: alive, and not objecting to it."""
        return self.live().filter(profiling_objected_at=None)

    def agreeing_to(self, purpose: str) -> CustomerQuerySet:
        """Those whose latest decision about this purpose (`Consent.Purpose`) is a yes."""
        decisions: Any = self.model._meta.get_field("consents").related_model
        of_customer = decisions.objects.filter(customer=OuterRef("pk"), purpose=purpose)
        latest = of_customer.order_by("-decided_at", "-id").values("is_given")[:1]
        return self.alias(agrees=Subquery(latest)).filter(agrees=True)

    def visible_to(self, sight: Sight) -> CustomerQuerySet:
        """Those whom a person with these rights sees at all."""
        return self.filter(sight.visible())

    def editable_by(self, sight: Sight) -> CustomerQuerySet:
        return self.filter(sight.editable())

    def search(self, text: str, *, sight: Sight) -> CustomerQuerySet:
        """Customers whose name contains every word, or who are known by that number, e-mail or phone.

        Case and accents do not matter. An e-mail or a phone is found by its beginning, by somebody from whom it is
        hidden only whole; an encrypted number by everybody only whole (`customers.searching`).
        """
        text = _without_nul(text)
        if not text.split():
            return self
        named, known = searching.named(text), self._known(text, sight)
        if isinstance(known, set):
            return self.filter(named | Q(pk__in=known) if known else named)
        every_name = self.model._default_manager.filter(named).order_by().values("pk")
        return self.filter(pk__in=every_name.union(*known))

    def searched(self, text: str, *, sight: Sight) -> tuple[Q, Chosen]:
        """The same as a condition that each customer is asked, and by sets of ids; of a text that is not empty."""
        text = _without_nul(text)
        asked, known = searching.named(text), self._known(text, sight)
        sets: list[Chosen] = [Member(self.model._default_manager.filter(asked, deleted_at=None).values("pk"))]
        if isinstance(known, set):
            return asked | Q(pk__in=known), joined(
                [*sets, Known.of(np.array([*known], dtype=np.int64))], means_all=False
            )
        for way in known:
            whose = "pk" if way.model is self.model else "customer"
            asked |= Q(Exists(way.filter(**{whose: OuterRef("pk")})))
        return asked, joined([*sets, *map(Member, known)], means_all=False)

    def search_parts(self, text: str, *, sight: Sight, descending: bool = False) -> Iterator[Part[Customer]]:
        """The same customers, the closest first: known by that number, named so from the beginning, all others of that
        name, and those whose e-mail begins with that word.

        Each part can so be read in the order of an index, and the first ones mostly fill the page. Few are in the order
        of their names; many who are known by it, or whose names only hold it somewhere, are not: names that hold a text
        stand close together, and walking all names would find them late.
        """
        text, by_name, by_id = _without_nul(text), SortOrder("sort_name", descending=descending), SortOrder("pk")
        if not text.split():
            yield Part("", self, by_name)
            return
        rest, begins = self, searching.begins(text)
        is_name = not searching.may_be_number(text)
        if is_name:
            yield Part("begins", rest.filter(begins), by_name)
            rest = rest.exclude(begins)
        named, known = self._ids(text, sight)
        if known:
            met = Q(pk__in=known if isinstance(known, set) else _united(known))
            yield Part("known", rest.filter(met), by_name if isinstance(known, set) else by_id)
            rest = rest.exclude(met)
        if not is_name and not searching.is_address_or_number(text):
            yield Part("begins", rest.filter(begins), by_name)
            rest = rest.exclude(begins)
        met = Q(pk__in=named) if isinstance(named, set) else searching.named(text)
        yield Part("named", rest.filter(met), by_name if isinstance(named, set) else by_id)
        if reached := self._reached(searching.ways_of_a_word(text, sight)):
            few = _few(reached)
            met_too = Q(pk__in=_united(reached) if few is None else few)
            yield Part("reached", rest.exclude(met).filter(met_too), by_id if few is None else by_name)

    def _ids(self, text: str, sight: Sight) -> tuple[_Ids, _Ids]:
        """Who is named so, and who is known by it. Nobody deleted: of two letters an index of the living tells."""
        living = self.model._default_manager.filter(deleted_at=None)
        names = living.filter(searching.named(text)).order_by().values("pk")
        ways = [names, *self.known_by(text, sight)]
        asked = [way.annotate(way=Value(number))[: SHORT_LIST + 1] for number, way in enumerate(ways)]
        found: dict[int, set[int]] = defaultdict(set)
        for row in asked[0].union(*asked[1:], all=True):
            found[row["way"]].add(row["pk"])
        named, known = found.pop(0, set()), set().union(*found.values())
        return (
            named if len(named) <= SHORT_LIST else [names],
            known if len(known) <= SHORT_LIST else [ways[number] for number in sorted(found)],
        )

    def _known(self, text: str, sight: Sight) -> _Ids:
        ways = [*self.known_by(text, sight), *self._reached(searching.ways_of_a_word(text, sight))]
        ids = _few(ways)
        return ways if ids is None else ids

    def known_by(self, text: str, sight: Sight) -> list[models.QuerySet[Any, Any]]:
        """Ids of customers with that number, e-mail or phone, each way by itself, so that each uses its own index."""
        ways = self._reached(searching.ways(text, sight))
        numbered = [holding(self.model, name, text) for name in searching.encrypted_fields(text)]
        if (own := searching.own_number(text)) is not None:
            numbered.append(Q(pk=own))
        return [*ways, *(self.model._default_manager.filter(each).order_by().values("pk") for each in numbered)]

    def _reached(self, ways: Iterable[tuple[str, Q]]) -> list[models.QuerySet[Any, Any]]:
        return [self._reached_by(relation, condition) for relation, condition in ways]

    def _reached_by(self, relation: str, condition: Q) -> models.QuerySet[Any, Any]:
        """Ids of customers with such a detail that is not deleted."""
        details: Any = self.model._meta.get_field(relation).related_model
        found: models.QuerySet[Any, Any] = details.objects.filter(condition, deleted_at=None)
        return found.order_by().values(pk=F("customer_id"))


def _few(ways: list[models.QuerySet[Any, Any]]) -> set[int] | None:
    """Who is found by these ways, where they are few enough to be named."""
    some = [way[: SHORT_LIST + 1] for way in ways]
    ids = {row["pk"] for row in _united(some)}
    return ids if len(ids) <= SHORT_LIST else None


def _united(ways: list[models.QuerySet[Any, Any]]) -> models.QuerySet[Any, Any]:
    return ways[0].union(*ways[1:]) if ways[1:] else ways[0]


def _without_nul(text: str) -> str:
    return text.replace("\x00", "")  # PostgreSQL knows no such character


class OrderQuerySet(models.QuerySet["Order"]):
    def sales(self) -> OrderQuerySet:
        """Real orders, without stock corrections and written-off debt."""
        return self.filter(kind="sale")

    def visible_to(self, sight: Sight) -> OrderQuerySet:
        """Orders of customers whom the person sees; those of nobody are for people who see all."""
        return self.filter(sight.visible("customer__"))

    def numbered(self, number: str) -> OrderQuerySet:
        """Of that number in any system. The systems are named one by one, since the index begins with them."""
        return self.filter(source__in=self._sources(), external_id=number)

    def numbered_from(self, beginning: str) -> OrderQuerySet:
        """Whose number begins so, in any system."""
        return self.filter(
            source__in=self._sources(), external_id__gte=beginning, external_id__lt=beginning + LAST_CHARACTER
        )

    def _sources(self) -> list[str]:
        """Each system that orders come from, by one descent into the index for each."""
        with connection.cursor() as cursor:
            cursor.execute(
                "WITH RECURSIVE each AS ("
                " (SELECT source FROM customers_order ORDER BY source LIMIT 1) UNION ALL"
                " SELECT (SELECT source FROM customers_order WHERE source > each.source ORDER BY source LIMIT 1)"
                " FROM each WHERE each.source IS NOT NULL"
                ") SELECT source FROM each WHERE source IS NOT NULL LIMIT 50"
            )
            return [source for (source,) in cursor.fetchall()]

    def newest_first(self) -> OrderQuerySet:
        return self.order_by(F("ordered_at").desc(), F("id").desc())
