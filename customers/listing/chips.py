"""The quick filters above the list, as chips."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.utils.translation import gettext_lazy as _

from accounts.models import Team
from accounts.visibility import Sight
from core.countries import country_name
from core.numbers import whole_number
from core.templatetags.ui import active_locale
from customers.access import assignable_people
from customers.extensions import Label, ListFilter, registry
from customers.models import Address, Customer, Tag
from customers.querysets import CustomerQuerySet

NOBODY = "none"
# Chosen instead of a value: those who have none. No tag is called so, since a name has no space at its end.
NOTHING = "none "
# Its chip shows those who are archived instead of the living; the listing itself begins with them.
ARCHIVED = "archived"


@dataclass(frozen=True)
class Choice:
    label: Label
    url: str
    is_current: bool


@dataclass(frozen=True)
class Chip:
    """A filter as the page shows it: `chosen` is the label of what is on, or "", and `clear_url` takes it away."""

    label: Label
    chosen: Label
    clear_url: str
    choices: list[Choice]


def owner_choices(sight: Sight) -> list[tuple[str, Label]]:
    people = assignable_people(sight).values_list("pk", "name")
    return [*((str(pk), name) for pk, name in people), (NOBODY, _("Nobody"))]


def owned_by(customers: CustomerQuerySet, chosen: str) -> CustomerQuerySet:
    if chosen == NOBODY:
        return customers.filter(owner=None)
    return customers.filter(owner=whole_number(chosen))


def tag_choices() -> list[tuple[str, Label]]:
    return [(name, name) for name in Tag.objects.values_list("name", flat=True)[:100]]


def team_choices() -> list[tuple[str, Label]]:
    return [(str(pk), name) for pk, name in Team.objects.order_by("name").values_list("pk", "name")]


def of_team(customers: CustomerQuerySet, chosen: str) -> CustomerQuerySet:
    return customers.filter(team=whole_number(chosen))


def countries_in_use() -> list[str]:
    """Those that any address lies in. Each is one step in the index, however many addresses there are."""
    with connection.cursor() as cursor:
        cursor.execute(COUNTRIES_IN_USE)
        return [code for (code,) in cursor.fetchall() if code]


COUNTRIES_IN_USE = """
    WITH RECURSIVE found AS (
        (SELECT country FROM customers_address WHERE deleted_at IS NULL ORDER BY country LIMIT 1)
        UNION ALL
        SELECT (SELECT a.country FROM customers_address a
                WHERE a.deleted_at IS NULL AND a.country > found.country ORDER BY a.country LIMIT 1)
        FROM found WHERE found.country IS NOT NULL
    ) SELECT country FROM found WHERE country IS NOT NULL
"""


def country_choices() -> list[tuple[str, Label]]:
    locale = active_locale()
    named: list[tuple[str, Label]] = [(code, country_name(code, locale=locale)) for code in countries_in_use()]
    return sorted(named, key=lambda each: str(each[1]))


def members_of_country(chosen: str) -> QuerySet[Any, Any]:
    return Address.objects.filter(deleted_at=None, country=chosen).values("customer")


def in_country(customers: CustomerQuerySet, chosen: str) -> CustomerQuerySet:
    return customers.filter(pk__in=members_of_country(chosen))


def in_no_country(customers: CustomerQuerySet) -> CustomerQuerySet:
    living = Address.objects.filter(deleted_at=None, customer=OuterRef("pk")).exclude(country="")
    return customers.filter(~Exists(living))


def tagged_members(chosen: str) -> QuerySet[Any, Any]:
    tag = Tag.objects.filter(name=chosen).values("pk")[:1]
    return Customer.tags.through.objects.filter(tag=Subquery(tag)).values("customer")


def untagged(customers: CustomerQuerySet) -> CustomerQuerySet:
    return customers.filter(~Exists(Customer.tags.through.objects.filter(customer=OuterRef("pk"))))


def narrowed(customers: CustomerQuerySet, each: ListFilter, chosen: str, *, joined: str = "") -> CustomerQuerySet:
    if each.without and chosen == NOTHING:
        return each.without(customers)
    if joined and each.apply_joined and each.apply_joined[0] == joined:
        return each.apply_joined[1](customers, chosen)
    return each.apply(customers, chosen)


def members_of(each: ListFilter, chosen: str) -> QuerySet[Any, Any]:
    """Ids of all who have what is chosen, whether they are in any list or not."""
    if each.members is None or chosen == NOTHING:
        return narrowed(Customer.objects.all(), each, chosen).order_by().values("pk")
    return each.members(chosen).order_by()


def labels_of(each: ListFilter) -> list[tuple[str, Label]]:
    """What can be chosen; in the end, where there can be such, those of whom nothing is known."""
    choices = each.choices()
    return [*choices, (NOTHING, _("None"))] if each.without and choices else choices


def filters(sight: Sight) -> list[ListFilter]:
    """Those that tell the person nothing that is hidden from them."""
    every = [
        *registry.filters,
        ListFilter("owner", _("Owner"), lambda: owner_choices(sight), owned_by),
        ListFilter(
            "stage",
            _("Stage"),
            lambda: list(Customer.Lifecycle.choices),
            lambda customers, chosen: customers.filter(lifecycle=chosen),
        ),
        ListFilter(
            "tag",
            _("Tag"),
            tag_choices,
            lambda customers, chosen: customers.filter(tags__name=chosen),
            without=untagged,
            members=tagged_members,
        ),
        ListFilter(
            "team",
            _("Team"),
            team_choices,
            of_team,
            without=lambda customers: customers.filter(team=None),
            is_chip=False,
        ),
        ListFilter(
            "country",
            _("Country"),
            country_choices,
            in_country,
            without=in_no_country,
            members=members_of_country,
            is_chip=False,
        ),
        ListFilter(
            ARCHIVED,
            _("Archived"),
            lambda: [("yes", _("Archived only"))],
            lambda customers, chosen: customers,
            is_group=False,
        ),
    ]
    return [each for each in every if not sight.masks(each.masked_as)]
