"""Fields that more than one resource has, and what all serializers do with values that are hidden from the reader."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from drf_spectacular.drainage import set_override
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.visibility import Sight
from protection.classification import masked_as
from protection.masking import is_masked, shown

# What PostgreSQL's bigint holds, and so the largest id there can be.
LARGEST_ID = 2**63 - 1


class IdField(serializers.IntegerField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"min_value": 1, "max_value": LARGEST_ID, **kwargs})


EARLIEST = dt.datetime(1900, 1, 1, tzinfo=dt.UTC)
LATEST = dt.datetime(2200, 1, 1, tzinfo=dt.UTC)


class InstantField(serializers.DateTimeField):
    """An instant that every time zone can show; one without an offset is taken for UTC."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"default_timezone": dt.UTC, **kwargs})

    def to_internal_value(self, value: Any) -> Any:
        moment = super().to_internal_value(value)
        if not EARLIEST <= moment < LATEST:
            raise serializers.ValidationError(_("This is out of the calendar: from 1900 to 2199."))
        return moment


LOCAL_TIME = r"^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6})?)?$"


@extend_schema_field({"type": "string", "pattern": LOCAL_TIME})
class LocalTimeField(serializers.TimeField):
    """A time of the organisation's day, without an offset: what JSON Schema calls a time has one."""

    def to_internal_value(self, value: Any) -> Any:
        if not isinstance(value, str) or not re.match(LOCAL_TIME, value):
            raise serializers.ValidationError(_("Write a time without an offset, such as 14:30."))
        return super().to_internal_value(value)


class StrictBoolean(serializers.BooleanField):
    """True and false, and nothing that only looks like one of them."""

    TRUE_VALUES = {True}
    FALSE_VALUES = {False}
    NULL_VALUES = {None}


class SelectedFields(serializers.CharField):
    """`fields=id,name`: of each result only these members."""

    def __init__(self, known: Iterable[str], **kwargs: Any) -> None:
        self.known = list(known)
        help_text = _("Only these members of each result, separated by commas.")
        super().__init__(**{"required": False, "help_text": help_text, "max_length": 1000, **kwargs})
        one = f"({'|'.join(self.known)})"
        set_override(self, "field", {"type": "string", "maxLength": 1000, "pattern": f"^{one}(,{one})*$"})

    def to_internal_value(self, data: Any) -> Any:
        names = [name.strip() for name in super().to_internal_value(data).split(",")]
        if unknown := [name for name in names if name not in self.known]:
            raise serializers.ValidationError(
                _("There is no member “%(name)s”. There are: %(known)s.")
                % {"name": unknown[0][:40], "known": ", ".join(self.known)}
            )
        return names


class SparseSerializer(serializers.ModelSerializer[Any]):
    """`context["fields"]` says which members are asked for; without it, all."""

    def get_fields(self) -> dict[str, Any]:
        fields: dict[str, Any] = super().get_fields()
        wanted = self.context.get("fields") if self._is_outermost else None
        return {name: field for name, field in fields.items() if name in wanted} if wanted else fields

    @property
    def _is_outermost(self) -> bool:
        parent: Any = self.parent
        return parent is None or parent.parent is None


class ShownSerializer(SparseSerializer):
    """Shows a row to a reader: `context["sight"]` says what is hidden.

    A member that can be hidden is declared as text, for dots may stand in its place.
    """

    def to_representation(self, instance: Any) -> dict[str, Any]:
        row: dict[str, Any] = super().to_representation(instance)
        sight: Sight = self.context["sight"]
        model: type[models.Model] = self.Meta.model
        for name in row:
            kind = masked_as(model, name)
            if kind is not None:
                row[name] = shown(sight, kind, row[name])
        return row


def hidden_names(sight: Sight, wanted: Mapping[str, tuple[type[models.Model], Iterable[str]]]) -> list[str]:
    """The members that are hidden: of each name the fields of a model that it shows."""
    return [name for name, (model, fields) in wanted.items() if any(is_masked(sight, model, field) for field in fields)]
