"""Custom fields as columns of the customer list, and so of what is exported from it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import Exists, Q, Value
from django.db.models.fields.json import KeyTransform
from django.db.models.lookups import Exact, IsNull
from django.utils.html import format_html

from customers import cells
from customers.cells import Reader
from customers.custom_fields import choices_of, definitions, in_words, typed
from customers.custom_forms import PREFIX as INPUT_PREFIX
from customers.extensions import Annotate, ListColumn, Parts, Registry
from customers.filters.custom import COLUMN, PREFIX, CustomText, column_of
from customers.models import Customer, CustomField
from customers.querysets import CustomerQuerySet
from protection.fields import MASK

Kind = CustomField.Kind
TEXTS = {Kind.TEXT, Kind.LINK}
# Their indexes are in the order of the values. Without an index a million customers are not sorted for one page.
SORTED = {Kind.NUMBER, Kind.MONEY, *TEXTS, Kind.DATE}


def register(registry: Registry) -> None:
    """Called once, by `CustomersConfig.ready`."""
    registry.column_providers.append(columns)


def columns() -> list[ListColumn]:
    return [column(field) for field in definitions(CustomField.Record.CUSTOMER)]


def column(field: CustomField) -> ListColumn:
    """`custom.<key>`, as filters and files call it."""
    value, sort = f"own_{field.pk}", f"own_{field.pk}_sorted"
    is_indexed = field.is_indexed and not field.is_encrypted
    is_sorted, is_chosen = is_indexed and Kind(field.kind) in SORTED, is_indexed and field.kind == Kind.CHOICE
    return ListColumn(
        f"{PREFIX}{field.key}",
        field.label,
        value,
        _cell(field),
        sort=sort if is_sorted else "sort_name" if is_chosen else "",
        sort_parts=_by_choice(field) if is_chosen else None,
        has_parts_in_index=False,
        numeric=field.is_numeric,
        annotate=_annotate(field, value, sort if is_sorted else ""),
        masked_as=field.confidential,
        plain=_plain(field),
        field="" if field.confidential else f"{INPUT_PREFIX}{field.key}",
    )


def _annotate(field: CustomField, value: str, sort: str) -> Annotate:
    def annotate(customers: CustomerQuerySet) -> CustomerQuerySet:
        shown = {value: KeyTransform(field.key, COLUMN)}
        return customers.annotate(**shown, **({sort: _sorted(field)} if sort else {}))

    return annotate


def _sorted(field: CustomField) -> Any:
    """What the index is in the order of."""
    source = column_of(field)
    return source.indexed if isinstance(source, CustomText) else source.expression


def _by_choice(field: CustomField) -> Parts:
    """Those of each choice, in the order in which the field has them, then those without one; found by one query."""
    expression = column_of(field).expression
    keys = [key for key, _label in choices_of(field)]

    def parts(customers: CustomerQuerySet) -> list[tuple[str, Q]]:
        every = {key: Q(Exact(expression, Value(key))) for key in keys}
        every[""] = Q(IsNull(expression, True))
        # Nobody is looked for where nobody is.
        asked = [Exists(customers.filter(each)) for each in every.values()]
        are_there = CustomField.objects.filter(pk=field.pk).values_list(*asked).get()
        return [part for part, is_somebody in zip(every.items(), are_there, strict=True) if is_somebody]

    return parts


def _cell(field: CustomField) -> Callable[[Any, Customer, Reader], str]:
    def cell(stored: Any, customer: Customer, reader: Reader) -> str:
        if stored is None:
            return cells.NOTHING
        if field.is_encrypted:
            return MASK
        if field.kind == Kind.LINK:
            return format_html('<a href="{}" rel="noopener noreferrer nofollow"><bdi>{}</bdi></a>', stored, stored)
        return cells.text(in_words(field, stored, currency=reader.currency), customer, reader)

    return cell


def _plain(field: CustomField) -> Callable[[Any, Customer, Reader], Any]:
    def plain(stored: Any, customer: Customer, reader: Reader) -> Any:
        if stored is None:
            return None
        return MASK if field.is_encrypted else typed(field, stored)

    return plain
