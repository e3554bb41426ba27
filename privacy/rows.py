"""What the classification alone says about erasing and collecting: every row about a customer, in any app."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F
from django.db.models.functions import Coalesce, Now
from django.utils import translation
from django.utils.translation import gettext as _

from customers.models import Customer
from protection.audit.models import Entry
from protection.classification import CLASSIFIED, Erase, Level, ModelClass, Rows
from protection.crypto import Undecryptable
from protection.erasure import Section
from protection.fields import Sealed

# The primary key stands for the customer itself.
ITSELF = "pk"


class CannotBeBlank(ValueError):
    """The field may be neither NULL nor empty, so an erasure would not know what to write."""


def placeholder_name(customer_id: int) -> str:
    """In the language of the installation, whoever asked for the erasure: it is stored."""
    with translation.override(settings.LANGUAGE_CODE):
        return _("Erased customer %(number)d") % {"number": customer_id}


def about_customers() -> list[ModelClass]:
    """What is about a customer: rows that hang on others first, then the customer, and last the trail of all that."""
    known = [each for each in CLASSIFIED.values() if each.subject]
    return sorted(known, key=lambda each: (_rank(each), -each.subject.count("__"), each.model._meta.label))


def _rank(known: ModelClass) -> int:
    return 2 if issubclass(known.model, Entry) else int(known.subject == ITSELF)


def rows_about(known: ModelClass, customer_id: int) -> models.QuerySet[Any, Any]:
    return known.model._base_manager.filter(**{known.subject: customer_id})


# --- erasing ----------------------------------------------------------------------------------------------------------


def erase_rows(customer_id: int) -> dict[str, int]:
    """Delete, unlink and blank, as classified. How many rows of each table. Runs inside the caller's transaction."""
    counts = {each.model._meta.label: _erase(each, customer_id) for each in about_customers()}
    for model, name in _links_to_customers():
        model._base_manager.filter(**{name: customer_id}).update(**{name: None})
    for relation in Customer._meta.local_many_to_many:
        through: Any = relation.remote_field.through
        through.objects.filter(**{relation.m2m_field_name(): customer_id}).delete()
    Customer.objects.filter(pk=customer_id).update(
        version=F("version") + 1, updated_at=Now(), deleted_at=Coalesce("deleted_at", Now())
    )
    return {label: count for label, count in counts.items() if count}


def _erase(known: ModelClass, customer_id: int) -> int:
    rows = rows_about(known, customer_id)
    if known.rows is Rows.DELETE:
        # A table of results is Django's neither to cascade over nor to know whole.
        return rows.delete()[0] if known.model._meta.managed else rows._raw_delete(rows.db)
    values = blanked(known, customer_id)
    return rows.update(**values) if values else 0


def blanked(known: ModelClass, customer_id: int) -> dict[str, Any]:
    """What the fields of a row that stays hold after the erasure. Raises CannotBeBlank."""
    values = {}
    for name, held in known.fields.items():
        field: Any = known.model._meta.get_field(name)
        if held.level is Level.NONE or held.erase is Erase.KEEP or getattr(field, "generated", False):
            continue
        values[name] = placeholder_name(customer_id) if held.erase is Erase.PLACEHOLDER else _blank_of(field)
    if known.rows is Rows.UNLINK:
        values[known.subject] = None
    return values


def _blank_of(field: Any) -> Any:
    if field.null:
        return None
    if isinstance(field, (models.CharField, models.TextField)):
        return ""
    if isinstance(field, models.JSONField):
        return field.get_default() if field.has_default() else {}
    if isinstance(field, ArrayField):
        return []
    if isinstance(field, models.BinaryField):
        return b""
    raise CannotBeBlank(f"{field}: an erasure can leave it neither NULL nor empty")


def _links_to_customers() -> Iterator[tuple[type[models.Model], str]]:
    """Fields of rows about somebody else that say something about this customer: their employer, who referred them."""
    for known in CLASSIFIED.values():
        for field in known.model._meta.concrete_fields:
            held = known.fields.get(field.name)
            is_link = field.related_model is Customer and field.name != known.subject
            if is_link and field.null and held is not None and held.level is not Level.NONE:
                yield known.model, field.name


# --- collecting -------------------------------------------------------------------------------------------------------


def sections_of(customer_id: int) -> Iterator[Section]:
    """Every row about the customer, table by table, in the words of the models."""
    for known in reversed(about_customers()):
        # Tables of results speak in codes: the step of their app says what they mean.
        if known.model._meta.managed and known.is_told:
            yield Section(
                key=known.model._meta.label_lower,
                title=known.model._meta.verbose_name_plural or known.model.__name__,
                rows=[_as_words(row, known) for row in _read(known, customer_id)],
            )


def _read(known: ModelClass, customer_id: int) -> Iterator[models.Model]:
    links = [field.name for field in known.model._meta.concrete_fields if field.is_relation]
    rows = rows_about(known, customer_id).select_related(*links) if links else rows_about(known, customer_id)
    return rows.order_by("pk").iterator(chunk_size=2000)


def _as_words(row: models.Model, known: ModelClass) -> Mapping[str, Any]:
    fields = [field for field in row._meta.concrete_fields if field.name != known.subject]
    words = [str(getattr(field, "verbose_name", field.name)) for field in fields]
    # A word that stands for two fields would lose one of them.
    keys = [word if words.count(word) == 1 else field.name for word, field in zip(words, fields, strict=True)]
    return {key: in_words(row, field) for key, field in zip(keys, fields, strict=True)}


def _revealed(value: Sealed) -> str:
    try:
        return value.reveal()
    except Undecryptable as lost:
        return str(lost)


def in_words(row: models.Model, field: Any) -> Any:
    if field.is_relation:
        related = getattr(row, field.name)
        return None if related is None else str(related)
    value = getattr(row, field.attname)
    if isinstance(value, Sealed):
        return _revealed(value)
    if isinstance(value, (bytes, memoryview)):
        return bytes(value).hex()
    if field.choices and value not in (None, ""):
        return str(dict(field.flatchoices).get(value, value))
    return value
