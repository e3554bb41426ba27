"""What the trail says, as its reader may see it: labels of fields, values in their language, dots for what is hidden.

Apps above say here how their own values are written (`register_column`) and which names a reader may see
(`register_names`); each does so in its module `audited`.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

from babel.numbers import format_decimal
from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.text import Truncator, capfirst
from django.utils.translation import gettext as _

from accounts.visibility import Sight
from core.templatetags.ui import active_locale, day, instant
from protection.audit.trail import AUDITED
from protection.classification import masked_as
from protection.fields import MASK
from protection.masking import shown

Model = type[models.Model]
LONGEST = 300


@dataclass(frozen=True)
class FieldChange:
    """One value before and after, "" where there was or is none. `name` is that of the model's field, if it has one."""

    label: str
    before: str
    after: str
    name: str = ""


Changes = Mapping[str, Sequence[Any]]
ColumnWords = Callable[[Any, Any], Iterator[FieldChange]]
NamesOf = Callable[[set[Any], Sight], Mapping[Any, str]]
_columns: dict[tuple[Model, str], Callable[[Sight], ColumnWords]] = {}
_names: dict[Model, NamesOf] = {}


def register_column(model: Model, column: str, prepare: Callable[[Sight], ColumnWords]) -> None:
    """`prepare(sight)` is called once a page; what it returns writes each change of that column, and hides what is to
    be hidden from that reader."""
    _columns[model, column] = prepare


def register_names(model: Model, names: NamesOf) -> None:
    """`names(keys, sight)` names rows as that reader may know them; rows of other models name themselves."""
    _names[model] = names


class Words:
    """The changes of one page (each a table and its columns) for one reader, in a fixed number of queries."""

    def __init__(self, changes: Sequence[tuple[str, Changes]], *, sight: Sight) -> None:
        self._sight = sight
        self._prepared: dict[tuple[Model, str], ColumnWords] = {}
        self._names = {model: _names_of(model, keys, sight) for model, keys in _mentioned(changes).items()}

    def fields(self, table: str, changes: Changes) -> Iterator[FieldChange]:
        model = models_by_table().get(table)
        fields = _columns_of(model)
        for column in sorted(changes, key=lambda column: list(fields).index(column) if column in fields else 999):
            before, after = changes[column]
            if model and (model, column) in _columns:
                yield from self._registered(model, column)(before, after)
            elif column not in fields:
                # Of a field that this version does not know, nobody can say who may see it.
                yield FieldChange(column, _dots(before), _dots(after))
            elif not _is_link_to_customer(fields[column]):
                field = fields[column]
                label = capfirst(str(field.verbose_name))
                yield FieldChange(label, self._shown(field, before), self._shown(field, after), field.name)

    def _registered(self, model: Model, column: str) -> ColumnWords:
        if (model, column) not in self._prepared:
            self._prepared[model, column] = _columns[model, column](self._sight)
        return self._prepared[model, column]

    def _shown(self, field: Any, value: Any) -> str:
        if value is None or value in ("", [], {}):
            return ""
        named = self._names.get(field.related_model, {}) if field.is_relation else {}
        text = (named and named.get(value)) or _in_words(field, value)
        kind = masked_as(field.model, field.name)
        return text if kind is None else str(shown(self._sight, kind, text))


# --- tables and fields ------------------------------------------------------------------------------------------------


@cache
def models_by_table() -> dict[str, Model]:
    return {model._meta.db_table: model for model in apps.get_models(include_auto_created=True)}


def name_of_table(table: str) -> str:
    model = models_by_table().get(table)
    if model is None:
        return table
    owner: Any = model._meta.auto_created
    links = [field for field in owner._meta.many_to_many if field.remote_field.through is model] if owner else []
    return capfirst(str(links[0].verbose_name if links else model._meta.verbose_name))


def _columns_of(model: Model | None) -> dict[str, Any]:
    return {str(field.column): field for field in model._meta.concrete_fields} if model else {}


def _is_link_to_customer(field: models.Field[Any, Any]) -> bool:
    """Whom a row is about is said by the page, or by the line."""
    known = AUDITED.get(field.model)
    return known is not None and known.customer == field.name


# --- values -----------------------------------------------------------------------------------------------------------


def _dots(value: Any) -> str:
    return "" if value is None or value == "" else MASK


def _in_words(field: Any, value: Any) -> str:
    if isinstance(field, ArrayField) and isinstance(value, list):
        return ", ".join(_in_words(field.base_field, each) for each in value)
    if field.flatchoices:
        return str(dict(field.flatchoices).get(value, value))
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(field, models.DateField):  # a DateTimeField is one too
        return _moment(field, value)
    if isinstance(value, int | float) and not isinstance(field, models.JSONField):
        return format_decimal(Decimal(str(value)), format="#,##0.######", locale=active_locale())
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return Truncator(text).chars(LONGEST)


def _moment(field: Any, value: Any) -> str:
    try:
        read = field.to_python(value)
    except ValidationError:
        return str(value)
    return instant(read) if isinstance(read, dt.datetime) else day(read)


# --- names ------------------------------------------------------------------------------------------------------------


def _mentioned(changes: Sequence[tuple[str, Changes]]) -> dict[Model, set[Any]]:
    """The rows that these changes refer to."""
    mentioned: dict[Model, set[Any]] = {}
    for table, columns in changes:
        for column, field in _columns_of(models_by_table().get(table)).items():
            if field.is_relation and column in columns and not _is_link_to_customer(field):
                keys = {value for value in columns[column] if isinstance(value, int)}
                mentioned.setdefault(field.related_model, set()).update(keys)
    return mentioned


def _names_of(model: Model, keys: set[Any], sight: Sight) -> Mapping[Any, str]:
    if model in _names:
        return _names[model](keys, sight)
    return {row.pk: str(row) for row in model._default_manager.filter(pk__in=keys)}
