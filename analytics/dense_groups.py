"""The dense group of a customer, where the list, a filter and the customer's page show it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import F, FilteredRelation, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics import publishing
from analytics.customer_scores import NO_RUN, asked_run_id
from analytics.group_stories import NO_GROUP
from analytics.models import DenseGroupMember
from analytics.score_days import as_of
from customers.cells import Reader, text
from customers.extensions import Label, ListColumn, ListFilter, Registry
from customers.filters import Field
from customers.filters.expression import Moment
from customers.filters.kinds import INTEGER
from customers.filters.sources import Column, Rows, joined_columns
from customers.models import Customer
from customers.querysets import CustomerQuerySet


def name_of(number: int) -> str:
    return _("Dense group %(number)d") % {"number": number} if number != NO_GROUP else _("No dense group")


def _current_id() -> int:
    run = publishing.current_runs().get("hdbscan")
    return run.pk if run else NO_RUN


def choices() -> Sequence[tuple[str, Label]]:
    run = publishing.current_runs().get("hdbscan")
    numbers = [profile["cluster"] for profile in run.metrics["profiles"]] if run else []
    return [(str(number), name_of(number)) for number in (*numbers, NO_GROUP)] if run else []


def members(number: str) -> QuerySet[Any, Any]:
    if not number.isdecimal() or len(number) > 4:
        return DenseGroupMember.objects.none().values("customer_id")
    return DenseGroupMember.objects.filter(run_id=_current_id(), cluster=int(number)).values("customer_id")


def in_group(customers: CustomerQuerySet, number: str) -> CustomerQuerySet:
    return customers.filter(pk__in=members(number))


def with_group(customers: CustomerQuerySet) -> CustomerQuerySet:
    current = Q(dense_groups__run_id=_current_id())
    return (
        customers.alias(dense=FilteredRelation("dense_groups", condition=current))
        .alias(**joined_columns("dense", "cluster"))
        .annotate(dense_group=F("dense__cluster"), dense_customer=F("dense__customer_id"))
    )


def cell(number: int | None, customer: Customer, reader: Reader) -> str:
    return text(None if number is None else name_of(number), customer, reader)


def plain(number: int | None, customer: Customer, reader: Reader) -> str:
    return "" if number is None else name_of(number)


def current_groups(moment: Moment) -> QuerySet[Any, Any]:
    return DenseGroupMember._default_manager.filter(run_id=asked_run_id("hdbscan", moment))


FIELDS = (
    Field(
        "dense_group", gettext_lazy("Dense group"), INTEGER, Rows(current_groups, Column("cluster"), joined_as="dense")
    ),
)


def register(registry: Registry) -> None:
    registry.add(
        ListColumn(
            "dense_group",
            gettext_lazy("Dense group"),
            "dense_group",
            cell,
            sort="dense_group",
            sort_beside="dense_customer",
            joined="dense",
            annotate=with_group,
            plain=plain,
            as_of=as_of("hdbscan"),
        ),
        ListFilter(
            "dense_group",
            gettext_lazy("Dense group"),
            lambda: list(choices()),
            in_group,
            members=members,
            as_of=as_of("hdbscan"),
        ),
    )
