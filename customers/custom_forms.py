"""Custom fields on the form of a record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from accounts.visibility import Sight
from customers.custom_fields import MAX_SENSITIVE, MAX_TEXT, choices_of, clean_value, definitions, merged
from customers.models import CustomField
from protection.forms import SealedField

PREFIX = "custom_"
Kind = CustomField.Kind


class DayInput(forms.TextInput):
    input_type = "date"


def custom_form_fields(
    applies_to: str, custom: Mapping[str, Any], *, sight: Sight, is_new: bool, only: str = ""
) -> dict[str, tuple[CustomField, forms.Field]]:
    """By the name of the input, every one or `only` one. What somebody cannot see they cannot change, but for what is
    encrypted."""
    if only and not only.startswith(PREFIX):
        return {}
    return {
        f"{PREFIX}{field.key}": (field, _form_field(field, custom.get(field.key)))
        for field in definitions(applies_to)
        if only in {"", f"{PREFIX}{field.key}"}
        if is_new or field.is_encrypted or not (field.confidential and sight.masks(field.confidential))
    }


if TYPE_CHECKING:
    Base = forms.BaseForm
else:
    Base = object


class CustomValues(Base):
    """Mixin of a ModelForm whose model has a column `custom`. Call `add_custom_fields` at the end of `__init__`."""

    instance: Any
    applies_to: str

    def add_custom_fields(self, sight: Sight, *, only: str = "") -> None:
        kept, is_new = self.instance.custom, self.instance.pk is None
        self._custom = custom_form_fields(self.applies_to, kept, sight=sight, is_new=is_new, only=only)
        for name, (_definition, form_field) in self._custom.items():
            self.fields[name] = form_field

    @cached_property
    def custom_inputs(self) -> list[forms.BoundField]:
        return [self[name] for name in self._custom]

    def clean(self) -> dict[str, Any] | None:
        cleaned: dict[str, Any] | None = super().clean()
        self._take_custom_values()
        return cleaned

    def _take_custom_values(self) -> None:
        cleaned: dict[str, Any] = {}
        for name, (definition, form_field) in self._custom.items():
            raw = self.cleaned_data.get(name)
            if name not in self.cleaned_data or (isinstance(form_field, SealedField) and raw is None):
                continue
            if definition.is_numeric and raw and raw == self.instance.custom.get(definition.key):
                continue  # it was kept in a currency with more decimals: nobody changes it, nothing is wrong
            try:
                cleaned[definition.key] = clean_value(definition, raw)
            except ValidationError as error:
                self.add_error(name, error)
        self.instance.custom = merged(self.instance.custom, cleaned)


def _form_field(field: CustomField, kept: Any) -> forms.Field:
    said: dict[str, Any] = {"label": field.label, "required": field.is_required, "initial": kept}
    if field.is_encrypted:
        return SealedField(label=field.label, initial=kept, max_length=MAX_SENSITIVE)
    if field.kind == Kind.CHOICE:
        return forms.ChoiceField(**said, choices=[("", "–"), *choices_of(field)])
    if field.kind == Kind.MULTI_CHOICE:
        return forms.MultipleChoiceField(**said, choices=choices_of(field), widget=forms.CheckboxSelectMultiple)
    if field.kind == Kind.YES_NO:
        said["initial"] = {True: "yes", False: "no"}.get(kept, "")
        return forms.ChoiceField(**said, choices=[("", "–"), ("yes", _("yes")), ("no", _("no"))])
    if field.kind == Kind.DATE:
        return forms.CharField(**said, widget=DayInput)
    if field.is_numeric:
        if field.kind == Kind.MONEY:
            said["help_text"] = _("In your currency.")
        return forms.CharField(**said, widget=forms.TextInput(attrs={"inputmode": "decimal"}))
    return forms.CharField(**said, max_length=MAX_TEXT)
