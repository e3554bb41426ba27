"""The current scores of one customer, read together: each panel of their page takes its own of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import F, FilteredRelation, Q

from analytics import publishing
from analytics.models import (
    ChurnScore,
    ClusterAssignment,
    CustomerResult,
    DenseGroupMember,
    LearnedLabel,
    LifetimeValue,
    SimilarCustomers,
)
from core.once_a_request import once_a_request
from customers.models import Customer

# Matches no run: what to join where nothing has been published.
NO_RUN = 0

# By the analysis, in the order of the fields of `Scores`: the model of its rows, and the relation that leads to them.
_READ: dict[str, tuple[type[CustomerResult], str]] = {
    "kmeans": (ClusterAssignment, "clusters"),
    "hdbscan": (DenseGroupMember, "dense_groups"),
    "labels": (LearnedLabel, "learned_labels"),
    "clv": (LifetimeValue, "lifetime_values"),
    "churn": (ChurnScore, "churn_scores"),
    "similar": (SimilarCustomers, "similar_rows"),
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
    row = Customer.objects.filter(pk=customer.pk)
    names: dict[str, Any] = {}
    for analysis, (model, relation) in _READ.items():
        run = runs.get(analysis)
        current = Q(**{f"{relation}__run_id": run.pk if run else NO_RUN})
        row = row.alias(**{f"current_{analysis}": FilteredRelation(relation, condition=current)})
        names |= {f"{analysis}_{column}": F(f"current_{analysis}__{column}") for column in _columns(model)}
    found: dict[str, Any] = dict(row.values(**names).get())
    return Scores(*(_instance(analysis, model, found) for analysis, (model, _) in _READ.items()))


def _columns(model: type[CustomerResult]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields if field.name != "pk"]


def _instance(analysis: str, model: type[CustomerResult], found: dict[str, Any]) -> Any:
    values = {column: found[f"{analysis}_{column}"] for column in _columns(model)}
    return model(**values) if values["customer_id"] is not None else None
