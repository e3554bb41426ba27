"""The columns that the list can show."""

from __future__ import annotations

from dataclasses import replace

from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from accounts.visibility import Sight
from customers import cells
from customers.extensions import ListColumn, registry
from customers.querysets import CustomerQuerySet


def with_owner(customers: CustomerQuerySet) -> CustomerQuerySet:
    return customers.select_related("owner").annotate(owner_sort=Lower("owner__name"))


NAME = ListColumn("name", _("Customer"), "name", cells.name, sort="sort_name", is_default=True)
OWNER = ListColumn("owner", _("Owner"), "owner", sort="owner_sort", annotate=with_owner, is_default=True)
LIFECYCLE = ListColumn("lifecycle", _("Stage"), "get_lifecycle_display", sort="lifecycle", is_default=True)
SINCE = ListColumn(
    "since",
    _("Customer since"),
    "customer_since",
    cells.day,
    "customer_since",
    descending_first=True,
    is_default=True,
)


def columns(sight: Sight) -> list[ListColumn]:
    """The name first, then what other apps bring, then the plain facts. What is hidden is not there to sort by."""
    every = [NAME, *registry.columns, OWNER, LIFECYCLE, SINCE]
    every += [column for provider in registry.column_providers for column in provider()]
    return [replace(column, sort="") if sight.masks(column.masked_as) else column for column in every]


def shown_columns(sight: Sight) -> list[ListColumn]:
    return [column for column in columns(sight) if column.is_default]
