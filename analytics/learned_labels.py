"""The learned label of a customer, where the list, a filter and the customer's page show it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.db.models import F, FilteredRelation, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from analytics import given_labels, publishing
from analytics.customer_scores import NO_RUN, asked_run_id, scores_of
from analytics.models import LearnedLabel
from analytics.score_days import as_of
from core.once_a_request import once_a_request
from customers.cells import Reader, text
from customers.extensions import Label, ListColumn, ListFilter, Panel, Registry
from customers.filters import Field
from customers.filters.expression import Moment
from customers.filters.kinds import CHOICE
from customers.filters.sources import Column, Rows, joined_columns
from customers.models import Customer
from customers.querysets import CustomerQuerySet


@once_a_request
def _words() -> Mapping[str, Label]:
    run = publishing.current_runs().get("labels")
    return given_labels.words(run.params["target"]) if run else {}


def name_of(label: str) -> str:
    return str(_words().get(label, label))


def _current_id() -> int:
    run = publishing.current_runs().get("labels")
    return run.pk if run else NO_RUN


def choices() -> Sequence[tuple[str, Label]]:
    run = publishing.current_runs().get("labels")
    return [(label, name_of(label)) for label in run.metrics["explanation"]["labels"]] if run else []


def members(label: str) -> QuerySet[Any, Any]:
    return LearnedLabel.objects.filter(run_id=_current_id(), label=label).values("customer_id")


def with_name(customers: CustomerQuerySet, label: str) -> CustomerQuerySet:
    return customers.filter(pk__in=members(label))


def with_label(customers: CustomerQuerySet) -> CustomerQuerySet:
    current = Q(learned_labels__run_id=_current_id())
    return (
        customers.alias(learned=FilteredRelation("learned_labels", condition=current))
        .alias(**joined_columns("learned", "label"))
        .annotate(learned_label=F("learned__label"), learned_customer=F("learned__customer_id"))
    )


def cell(label: str | None, customer: Customer, reader: Reader) -> str:
    return text(None if label is None else name_of(label), customer, reader)


def plain(label: str | None, customer: Customer, reader: Reader) -> str:
    return "" if label is None else name_of(label)


def panel(request: HttpRequest, customer: Customer) -> Mapping[str, Any] | None:
    """Left out until something has been learned."""
    run, learned = publishing.current_runs().get("labels"), scores_of(customer).label
    if run is None or learned is None:
        return None
    return {
        "run": run,
        "target": given_labels.target_label(run.params["target"]),
        "label": name_of(learned.label),
        "probability": learned.probability,
    }


def current_labels(moment: Moment) -> QuerySet[Any, Any]:
    return LearnedLabel._default_manager.filter(run_id=asked_run_id("labels", moment))


FIELDS = (
    replace(
        Field("learned_label", _("Learned label"), CHOICE, Rows(current_labels, Column("label"), joined_as="learned")),
        choices=choices,
    ),
)


def register(registry: Registry) -> None:
    registry.add(
        ListColumn(
            "learned_label",
            _("Learned label"),
            "learned_label",
            cell,
            sort="learned_label",
            sort_beside="learned_customer",
            joined="learned",
            annotate=with_label,
            plain=plain,
            as_of=as_of("labels"),
        ),
        ListFilter(
            "learned_label",
            _("Learned label"),
            lambda: list(choices()),
            with_name,
            members=members,
            as_of=as_of("labels"),
        ),
        Panel("learned_label", _("Learned label"), "analytics/customer/learned_label.html", panel),
    )
