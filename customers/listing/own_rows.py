"""An order of the list without the customers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import F, QuerySet

from customers.extensions import ListColumn
from customers.filters.sources import Column, Rows
from customers.models import Customer
from customers.querysets import CustomerQuerySet


def own_rows(customers: CustomerQuerySet, column: ListColumn) -> QuerySet[Any, Any]:
    """The rows of the table in which the order stands that is joined as `ListColumn.joined`, by the same names."""
    query: Any = customers.query
    relation, joined = query._filtered_relations[column.joined], f"{column.joined}__"
    model: Any = Customer._meta.get_field(relation.relation_name).related_model
    rows: QuerySet[Any, Any] = model._default_manager.filter(
        **{name.removeprefix(joined): value for name, value in relation.condition.children}
    )
    names = {name: query.annotations[name].target.attname for name in (column.sort, column.sort_beside)}
    named: QuerySet[Any, Any] = rows.annotate(**{name: F(own) for name, own in names.items() if name != own})
    return named


def is_sorted_by(source: Rows | Column, *, column: ListColumn, columns: Mapping[str, Any]) -> bool:
    """Whether a filter asks for just the value that a list of such columns is sorted by."""
    if isinstance(source, Column):
        return source.name == column.sort
    if not column.joined or source.joined_as != column.joined:
        return False
    asked, sorted_by = columns[source.joined.name], columns[column.sort]
    return bool(asked.target == sorted_by.target and asked.alias == sorted_by.alias)


def own_column(key: str) -> list[str]:
    return [key] if any(key == column.name for column in Customer._meta.concrete_fields) else []
