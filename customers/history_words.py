"""How the trail writes what only this app can read: custom fields, totals of documents, names of customers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from functools import partial
from typing import Any

from django.db.models import Model
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from accounts.visibility import Sight
from core.models import OrganisationSettings
from core.templatetags.ui import money
from customers import custom_fields
from customers.custom_forms import PREFIX
from customers.models import Address, Customer, CustomField, Order, Product, Refund
from customers.templatetags.customers import amount, country
from protection.audit.words import ColumnWords, FieldChange, register_column, register_names
from protection.classification import masked_as
from protection.fields import MASK
from protection.masking import shown


def register() -> None:
    register_names(Customer, names_of_customers)
    for model, applies_to in (
        (Customer, CustomField.Record.CUSTOMER),
        (Product, CustomField.Record.PRODUCT),
        (Order, CustomField.Record.ORDER),
    ):
        register_column(model, "custom", partial(custom_in_words, applies_to))
    register_column(Customer, "annual_income", income_in_words)
    register_column(Address, "country", countries_in_words)
    for document in (Order, Refund):
        register_column(document, "total_minor", nothing)  # the next says it in one currency
        register_column(document, "total_base_minor", total_in_words)


def names_of_customers(keys: set[Any], sight: Sight) -> Mapping[Any, str]:
    """Of a customer whom the reader may not see, only that there is one."""
    seen = dict(Customer.objects.filter(pk__in=keys, deleted_at=None).visible_to(sight).values_list("pk", "name"))
    return {key: seen.get(key) or _("another customer") for key in keys}


def custom_in_words(applies_to: str, sight: Sight) -> ColumnWords:
    """Each custom field that differs. Of one that is not defined any more nobody can say who may see it."""
    known = {field.key: field for field in CustomField.objects.filter(applies_to=applies_to)}

    def words(before: Any, after: Any) -> Iterator[FieldChange]:
        if MASK in (before, after):  # an erasure left no values
            yield FieldChange(_("Custom fields"), before or "", after or "")
            return
        versions = [before or {}, after or {}]
        for key in sorted({key for values in versions for key in values}):
            if versions[0].get(key) == versions[1].get(key):
                continue
            if key in known:
                shown = [_value(known[key], values, sight) for values in versions]
                yield FieldChange(known[key].label, shown[0], shown[1], name=f"{PREFIX}{key}")
            else:
                yield FieldChange(key, *(MASK if key in values else "" for values in versions))

    return words


def _value(field: CustomField, values: Mapping[str, Any], sight: Sight) -> str:
    [value] = custom_fields.values_of(field.applies_to, values, sight=sight, fields=[field])
    return value.text


def total_in_words(sight: Sight) -> ColumnWords:
    currency = OrganisationSettings.current().currency

    def in_currency(value: Any) -> str:
        return "" if value is None else MASK if value == MASK else money(value, currency)

    def words(before: Any, after: Any) -> Iterator[FieldChange]:
        yield FieldChange(_("Total"), in_currency(before), in_currency(after))

    return words


def income_in_words(sight: Sight) -> ColumnWords:
    currency = OrganisationSettings.current().currency
    return _masked_column(Customer, "annual_income", sight, lambda value: amount(Decimal(str(value)), currency))


def countries_in_words(sight: Sight) -> ColumnWords:
    return _masked_column(Address, "country", sight, country)


def _masked_column(model: type[Model], name: str, sight: Sight, written: Callable[[Any], str]) -> ColumnWords:
    label, kind = capfirst(str(model._meta.get_field(name).verbose_name)), masked_as(model, name)  # type: ignore[union-attr]

    def said(value: Any) -> str:
        text = "" if value in (None, "") else MASK if value == MASK else written(value)
        return str(shown(sight, kind, text)) if kind else text

    def words(before: Any, after: Any) -> Iterator[FieldChange]:
        yield FieldChange(label, said(before), said(after), name)

    return words


def nothing(sight: Sight) -> ColumnWords:
    return lambda before, after: iter(())
