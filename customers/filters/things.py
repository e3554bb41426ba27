"""What ids in a filter stand for: people, teams, tags, products; found by name, and named, for one person's eyes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Func, Q, QuerySet, Value

from accounts.models import Team, User
from accounts.visibility import Sight
from customers.access import assignable_people, assignable_teams
from customers.models import Category, Customer, Product, Tag

OFFERED = 20
# An id as it is typed; whatever stands behind it is for the reader.
TYPED_ID = re.compile(r"#([0-9]{1,19})(?:\s.*)?", re.DOTALL)


def _is(text: str) -> Q:
    return Q(name__iexact=text)


def _holds(text: str) -> Q:
    return Q(name__icontains=text)


@dataclass(frozen=True)
class Things:
    """`rows` are those that the person may name; `named` and `like` are conditions on them by a whole name, and by a
    part of it. `offered` are those of them that the person is told of by a part of their name, if not all."""

    rows: Callable[[Sight], QuerySet[Any, Any]]
    named: Callable[[str], Q] = _is
    like: Callable[[str], Q] = _holds
    offered: Callable[[Sight], QuerySet[Any, Any]] | None = None

    def names(self, ids: Iterable[int], sight: Sight) -> dict[int, str]:
        return dict(self.rows(sight).filter(pk__in=list(ids)).values_list("pk", "name"))

    def find(self, text: str, sight: Sight) -> list[int]:
        """Ids of those with this name: one, or none, or two where it is not clear."""
        if found := TYPED_ID.fullmatch(text):
            return [int(found[1])]
        return list(self.rows(sight).filter(self.named(text)).order_by("pk").values_list("pk", flat=True)[:2])

    def offers(self, text: str, sight: Sight) -> list[tuple[int, str]]:
        rows = (self.offered or self.rows)(sight)
        return list(
            (rows.filter(self.like(text)) if text else rows).order_by("name").values_list("pk", "name")[:OFFERED]
        )

    def typed(self, pk: int, sight: Sight) -> str:
        """The name where it is clear which is meant, else the id."""
        name = self.names([pk], sight).get(pk)
        if name is None or name.startswith("#") or name != name.strip() or self.find(name, sight) != [pk]:
            return f"#{pk}"
        return name


def _colleagues(sight: Sight) -> QuerySet[User]:
    """Those whose customers the person may see. A shared view names others too, and is read with their names."""
    return User.objects.all() if sight.sees_all else assignable_people(sight)


def _sort_key(text: str) -> Func:
    return Func(Value(text), function="crm_sort_key")


PEOPLE = Things(lambda sight: User.objects.all(), offered=_colleagues)
TEAMS = Things(lambda sight: Team.objects.all(), offered=assignable_teams)
TAGS = Things(lambda sight: Tag.objects.all())
PRODUCTS = Things(lambda sight: Product.objects.all(), lambda text: Q(name__iexact=text) | Q(sku__iexact=text))
CATEGORIES = Things(lambda sight: Category.objects.all())
CUSTOMERS = Things(
    lambda sight: Customer.objects.filter(deleted_at=None).visible_to(sight),
    lambda text: Q(sort_name=_sort_key(text)),
    lambda text: Q(sort_name__contains=_sort_key(text)),
)
