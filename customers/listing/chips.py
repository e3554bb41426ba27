"""The quick filters above the list, as chips."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from accounts.visibility import Sight
from customers.access import assignable_people
from customers.extensions import Label, ListFilter, registry
from customers.models import Customer, Tag
from customers.querysets import CustomerQuerySet

NOBODY = "none"


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
    return customers.filter(owner=int(chosen)) if chosen.isdecimal() else customers.none()


def tag_choices() -> list[tuple[str, Label]]:
    return [(name, name) for name in Tag.objects.values_list("name", flat=True)[:100]]


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
        ListFilter("tag", _("Tag"), tag_choices, lambda customers, chosen: customers.filter(tags__name=chosen)),
    ]
    return [each for each in every if not sight.masks(each.masked_as)]
