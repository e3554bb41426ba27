"""The organisation's own fields as filters of a list of orders or products, by the columns of the filter language."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.visibility import Sight
from core.models import OrganisationSettings
from customers.custom_fields import FIRST_DAY, LAST_DAY, choices_of, clean_value, definitions
from customers.custom_forms import DayInput
from customers.filters import kinds
from customers.filters.custom import column_of
from customers.filters.expression import Moment
from customers.models import CustomField

Kind = CustomField.Kind
FROM, TO = "-from", "-to"
RANGES = {Kind.NUMBER, Kind.MONEY, Kind.DATE}
# What a whole value compares as; a text is found by its beginning, which an index can serve.
OPERATORS = {Kind.CHOICE: kinds.IS, Kind.MULTI_CHOICE: kinds.HAS, Kind.YES_NO: kinds.IS}


def filterable(applies_to: str, *, sight: Sight, needs_index: bool) -> list[CustomField]:
    """Those that this person may filter by: neither hidden from them nor encrypted. Where a table is too long to be
    read for one answer, only those with an index."""
    return [
        field
        for field in definitions(applies_to)
        if not field.is_encrypted
        and not (field.confidential and sight.masks(field.confidential))
        and (field.is_indexed or not needs_index)
    ]


class CustomFilters(forms.Form):
    """Mixin of a form over a query string. Call `add_custom_filters` at the end of `__init__`, and `custom_condition`
    once the form is known to be valid."""

    def add_custom_filters(self, fields: list[CustomField]) -> None:
        self._custom = fields
        for field in fields:
            for name, form_field in _form_fields(field):
                self.fields[name] = form_field

    def custom_condition(self) -> Q:
        moment = Moment(timezone.localdate(), OrganisationSettings.current().zone)
        condition = Q()
        for field in self._custom:
            column = column_of(field)
            for suffix, op in _comparisons(field):
                asked = self.cleaned_data.get(f"{name_of(field)}{suffix}")
                if asked not in (None, ""):
                    condition &= Q(column.compare(op, asked, moment))
        return condition


def name_of(field: CustomField) -> str:
    """Of its input. A key holds no hyphen, so no two fields share a name."""
    return f"custom-{field.key}"


def _comparisons(field: CustomField) -> list[tuple[str, str]]:
    kind = Kind(field.kind)
    if kind in RANGES:
        return [(FROM, kinds.AT_LEAST), (TO, kinds.AT_MOST)]
    return [("", OPERATORS.get(kind, kinds.STARTS_WITH))]


def _form_fields(field: CustomField) -> Iterator[tuple[str, forms.Field]]:
    name, kind = name_of(field), Kind(field.kind)
    if kind in RANGES:
        widget: Callable[..., forms.Widget] = DayInput if kind == Kind.DATE else forms.TextInput
        attrs = {} if kind == Kind.DATE else {"inputmode": "decimal"}
        for suffix, label in ((FROM, _("%(field)s from")), (TO, _("%(field)s to"))):
            said = label % {"field": field.label}
            yield f"{name}{suffix}", RangeEnd(field, label=said, required=False, widget=widget(attrs=attrs))
    elif field.has_choices:
        yield name, forms.ChoiceField(label=field.label, required=False, choices=[("", _("All")), *choices_of(field)])
    elif kind == Kind.YES_NO:
        yes_or_no = [("", _("All")), ("yes", _("yes")), ("no", _("no"))]
        yield name, TruthField(label=field.label, required=False, choices=yes_or_no)
    else:
        yield name, forms.CharField(label=field.label, required=False, max_length=200)


class RangeEnd(forms.CharField):
    """An end of a range, read as a value of the field is."""

    def __init__(self, field: CustomField, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._field = field

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        if self._field.kind == Kind.DATE:
            return _day(text)
        return Decimal(clean_value(self._field, text))


def _day(text: str) -> Any:
    day = forms.DateField(input_formats=["%Y-%m-%d"]).clean(text) if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else None
    if day is None or not FIRST_DAY <= day <= LAST_DAY:
        raise ValidationError(_("Write the day as 2025-01-31."))
    return day


class TruthField(forms.ChoiceField):
    def clean(self, value: Any) -> bool | None:
        return {"yes": True, "no": False}.get(super().clean(value))
