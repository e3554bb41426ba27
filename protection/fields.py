"""An encrypted column. What is read from it is a `Sealed`, which no template, log or serialiser can give away."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import FieldError, ValidationError
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils.translation import gettext_lazy as _

from protection import crypto

MASK = "••••••"


class Sealed:
    """An encrypted value as it came from the database; written out it is a row of dots. `reveal` decrypts it."""

    __slots__ = ("context", "data")

    def __init__(self, data: bytes, context: str) -> None:
        self.data, self.context = data, context

    def reveal(self) -> str:
        """The value itself. Raises `protection.crypto.Undecryptable`. Whoever calls this logs that it was read."""
        return crypto.unseal(self.data, context=self.context)

    def __str__(self) -> str:
        return MASK

    __repr__ = __str__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sealed) and (self.data, self.context) == (other.data, other.context)

    def __hash__(self) -> int:
        return hash((self.data, self.context))


class BlindIndex(Func):
    """The part of an encrypted column that equal values share."""

    template = f"substring(%(expressions)s, {crypto.INDEX_START}, {crypto.INDEX_BYTES})"
    output_field = models.BinaryField()


class EncryptedTextField(models.BinaryField[Any, Any]):
    """Short text, encrypted at rest. Assign a string (or "" and None for nothing); read a `Sealed` or None.

    It is searched by `holding(...)` alone: no order, no part of it, no comparison. Index it with `blind_index_on`.
    """

    description = _("Encrypted text")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("editable", True)
        super().__init__(*args, **{**kwargs, "null": True, "blank": True})
        self.max_length = self.max_length or 200

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        for implied in ("null", "blank", "editable"):
            kwargs.pop(implied, None)
        return name, path, args, kwargs

    @property
    def context(self) -> str:
        return f"{self.model._meta.db_table}.{self.column}"

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Sealed | None:
        return None if value is None else Sealed(bytes(value), self.context)

    def to_python(self, value: Any) -> Any:
        return value

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        if isinstance(value, str):
            value = crypto.seal(value, context=self.context) if value.strip() else None
        elif isinstance(value, Sealed):
            value = value.data
        return super().get_db_prep_value(value, connection, prepared)

    def validate(self, value: Any, model_instance: models.Model | None) -> None:
        if isinstance(value, str) and len(value) > (self.max_length or 0):
            raise ValidationError(_("At most %(limit)d characters."), params={"limit": self.max_length})

    def formfield(self, **kwargs: Any) -> Any:
        from protection.forms import SealedField

        return super().formfield(**{"form_class": SealedField, "max_length": self.max_length, **kwargs})

    def save_form_data(self, instance: models.Model, data: Any) -> None:
        """A form that says None leaves the value as it is."""
        if data is not None:
            setattr(instance, self.name, data or None)

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name != "isnull":
            raise FieldError(f"{self.name} is encrypted: ask protection.fields.holding for an exact value.")
        return super().get_lookup(lookup_name)

    def value_to_string(self, obj: models.Model) -> str:
        return MASK if self.value_from_object(obj) else ""


def holding(model: type[models.Model], field_name: str, text: str, *, path: str = "") -> Q:
    """Condition on the rows whose encrypted field is exactly that value (`crypto.normalised`)."""
    field = model._meta.get_field(field_name)
    if not isinstance(field, EncryptedTextField):
        raise FieldError(f"{field_name} is not encrypted: filter by it as usual.")
    hashes = [
        Value(each, output_field=models.BinaryField()) for each in crypto.blind_indexes(text, context=field.context)
    ]
    index: Any = BlindIndex(F(f"{path}{field_name}"))
    condition = Q()
    for each in hashes:
        condition |= Q(models.lookups.Exact(index, each))
    return condition if crypto.normalised(text) else Q(pk__in=[])


def blind_index_on(field_name: str, *, name: str) -> models.Index:
    """For `Meta.indexes`: finds an exact value in a million rows."""
    return models.Index(BlindIndex(F(field_name)), name=name)


def known_index_on(field_name: str, *, name: str) -> models.Index:
    """For `Meta.indexes`: who has a value at all."""
    return models.Index(fields=["id"], name=name, condition=Q(**{f"{field_name}__isnull": False}))
