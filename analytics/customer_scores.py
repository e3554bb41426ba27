"""The current scores of one customer, read together: each panel of their page takes its own of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db import connection

from analytics import publishing
from analytics.models import (
    ChurnScore,
    ClusterAssignment,
    CompositeValue,
    CustomerResult,
    DenseGroupMember,
    LearnedLabel,
    LifetimeValue,
    SimilarCustomers,
)
from core.once_a_request import once_a_request
from customers.filters.expression import Moment
from customers.models import Customer

# Matches no run: what to join where nothing has been published.
NO_RUN = 0


def asked_run_id(analysis: str, moment: Moment) -> int:
    """The run whose results a filter asks for: the one that is shown, unless the moment names another."""
    shown = publishing.current_runs().get(analysis)
    return moment.runs.get(analysis) or (shown.pk if shown else NO_RUN)


# By the analysis, in the order of the fields of `Scores`.
_READ: dict[str, type[CustomerResult]] = {
    "kmeans": ClusterAssignment,
    "hdbscan": DenseGroupMember,
    "labels": LearnedLabel,
    "clv": LifetimeValue,
    "churn": ChurnScore,
    "similar": SimilarCustomers,
    "composite": CompositeValue,
}


@dataclass(frozen=True)
class Scores:
    """None where an analysis has published nothing, or nothing about this customer."""

    cluster: ClusterAssignment | None
    dense_group: DenseGroupMember | None
    label: LearnedLabel | None
    lifetime_value: LifetimeValue | None
    churn: ChurnScore | None
    similar: SimilarCustomers | None
    composite: CompositeValue | None


@once_a_request
def _read() -> dict[int, Scores]:
    return {}


def scores_of(customer: Customer) -> Scores:
    """By one query a request."""
    kept = _read()
    if customer.pk not in kept:
        kept[customer.pk] = _scores_of(customer)
    return kept[customer.pk]


def _scores_of(customer: Customer) -> Scores:
    runs = publishing.current_runs()
    current = [runs[analysis].pk if analysis in runs else NO_RUN for analysis in _READ]
    with connection.cursor() as cursor:
        cursor.execute(_statement(), [customer.pk, *current])
        found = iter(cursor.fetchone())
    return Scores(*(instance_of(model, found) for model in _READ.values()))


@cache
def _statement() -> str:
    """Written once: as a queryset it would be put together for each page, which takes longer than its answer."""
    tables = {model: connection.ops.quote_name(model._meta.db_table) for model in _READ.values()}
    names = [f"{table}.{column}" for model, table in tables.items() for column in columns_of(model)]
    joined = [
        f"LEFT JOIN {table} ON {table}.customer_id = this.customer_id AND {table}.run_id = %s"
        for table in tables.values()
    ]
    return f"SELECT {', '.join(names)} FROM (SELECT %s::bigint AS customer_id) AS this {' '.join(joined)}"  # noqa: S608


def columns_of(model: type[CustomerResult]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields if field.name != "pk"]


def instance_of(model: type[CustomerResult], found: Iterator[Any]) -> Any:
    """Made of the next columns of the answer; None where there is no such row."""
    values = {column: next(found) for column in columns_of(model)}
    return model(**values) if values["customer_id"] is not None else None
