"""A customer of whom every field of every classified model holds a mark that can be searched for.

Made from the classification, so that a model or field that is new is covered by itself.
"""

from __future__ import annotations

import datetime as dt
import itertools
import uuid
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from customers.models import ContactDay, Customer, Interaction, Merge, PurchaseDay, UnsureContactDay, UnsurePurchaseDay
from privacy.models import DataPackage, ErasureRequest
from protection.audit.models import Entry
from protection.classification import CLASSIFIED, Erase, Level, ModelClass, Rows
from protection.fields import EncryptedTextField

MARK = "zqxcanary"
PHONE = "+49 171 5550198765"
BIRTH_DATE = dt.date(1931, 7, 13)
INCOME = Decimal("98765.43")
# What the product itself writes about an erasure, and what triggers write: lines of the trail, kept days.
NOT_PLANTED = (ErasureRequest, DataPackage, Entry, ContactDay, PurchaseDay, UnsureContactDay, UnsurePurchaseDay)
# What else must be so: the one kind of interaction that has a direction and an outcome, and somebody who was merged.
SUITING: dict[type[models.Model], dict[str, Any]] = {
    Interaction: {"kind": Interaction.Kind.CALL},
    Merge: {"absorbed_ids": [10**9]},
}

_numbers = itertools.count(1)


def planted_models() -> list[ModelClass]:
    """Parents before what hangs on them."""
    about = [known for known in CLASSIFIED.values() if known.subject and known.model._meta.managed]
    return sorted(
        (known for known in about if not issubclass(known.model, NOT_PLANTED)),
        key=lambda known: (known.subject != "pk", known.subject.count("__"), known.model._meta.label),
    )


def is_marked(known: ModelClass, name: str) -> bool:
    """What an erasure keeps on purpose, such as the number of an order, is none."""
    held, field = known.fields[name], known.model._meta.get_field(name)
    if isinstance(field, ArrayField) and isinstance(field.base_field, models.IntegerField):
        return False
    return held.level is not Level.NONE and (held.erase is not Erase.KEEP or known.rows is Rows.DELETE)


def mark_of(model: type[models.Model], name: str) -> str:
    return f"{MARK}-{model._meta.model_name}-{name}"


def plant() -> Customer:
    """The customer, with one row of each model about them."""
    rows: dict[type[models.Model], models.Model] = {}
    for known in planted_models():
        row = known.model(**{**dict(_values(known, rows)), **SUITING.get(known.model, {})})
        row.save()
        rows[known.model] = row
    customer = rows[Customer]
    customer.refresh_from_db()
    assert isinstance(customer, Customer)
    return customer


def _values(known: ModelClass, rows: dict[Any, models.Model]) -> Iterator[tuple[str, Any]]:
    fields: tuple[Any, ...] = known.model._meta.concrete_fields
    for field in fields:
        if field.primary_key or getattr(field, "generated", False):
            continue
        if field.is_relation:
            related = rows.get(field.related_model)
            is_way_to_the_customer = field.name == known.subject.split("__")[0]
            if field.related_model is Customer and not is_way_to_the_customer:
                related = None  # whom it is beside the customer about: somebody else
            if is_way_to_the_customer or not field.null:
                yield field.name, related or _other(field.related_model)
        elif field.name == known.subject:  # a bare number, in an app below customers
            yield field.name, rows[Customer].pk
        elif is_marked(known, field.name):
            # A number says nothing that could be found again, and excludes a text where there is one.
            if not (field.null and isinstance(field, models.IntegerField)):
                yield field.name, _marked(known.model, field)
        elif not (field.null or field.blank or field.has_default() or field.has_db_default()):
            yield field.name, _plain(field)


def _marked(model: type[models.Model], field: Any) -> Any:
    mark = mark_of(model, field.name)
    if field.name in {"number", "phone"} and isinstance(field, models.CharField):
        return PHONE
    if isinstance(field, models.EmailField):
        return f"{mark}@example.org"
    if field.choices:
        return field.choices[0][0]
    if isinstance(field, (EncryptedTextField, models.TextField)):
        return mark
    if isinstance(field, models.BinaryField):
        return mark.encode()
    if isinstance(field, models.CharField):
        short = mark[: field.max_length]
        return short if len(short) > len(MARK) else short.upper()
    if isinstance(field, models.JSONField):
        return {"told": mark}
    if isinstance(field, ArrayField):
        return [mark]
    if isinstance(field, models.DateTimeField):
        return timezone.now()
    if isinstance(field, models.DateField):
        return BIRTH_DATE
    if isinstance(field, models.DecimalField):
        return INCOME
    return _plain(field)


def _plain(field: Any) -> Any:
    if field.choices:
        return field.choices[0][0]
    if isinstance(field, ArrayField):
        return [_plain(field.base_field)]
    if isinstance(field, models.BooleanField):
        return True
    if isinstance(field, models.UUIDField):
        return uuid.uuid4()
    if isinstance(field, models.DateTimeField):
        return dt.datetime(2026, 5, 4, 12, tzinfo=dt.UTC)
    if isinstance(field, models.DateField):
        return dt.date(2026, 5, 4)
    if isinstance(field, (models.IntegerField, models.DecimalField, models.FloatField)):
        return next(_numbers)
    if isinstance(field, models.JSONField):
        return {}
    if field.name == "currency":
        return "EUR"
    return f"plain {next(_numbers)}"[: field.max_length]


def _other(model: Any) -> models.Model:
    """A row about nobody, such as the question of a questionnaire."""
    values: dict[str, Any] = {}
    for field in model._meta.concrete_fields:
        if field.primary_key or getattr(field, "generated", False) or field.null:
            continue
        if field.is_relation:
            values[field.name] = _other(field.related_model)
        elif not (field.has_default() or field.has_db_default()):
            values[field.name] = _plain(field)
    if model._meta.label == "surveys.Question":
        values |= {"kind": "text", "measure": "other"}
    return model._default_manager.create(**values)
