"""The form that defines a custom field, and what of a definition may change once there are values."""

from __future__ import annotations

import re
from functools import cached_property
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db.models import Q
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers import custom_indexes
from customers.custom_fields import record_model
from customers.models import CustomField

MAX_CHOICES = 200


def has_values(field: CustomField) -> bool:
    records = record_model(field)._default_manager
    return bool(field.pk) and bool(records.filter(custom__has_key=field.key).exists())


def values_with(field: CustomField, choice: str) -> bool:
    """Whether any record has that choice."""
    holds = Q(custom__contains={field.key: choice}) | Q(custom__contains={field.key: [choice]})
    return bool(record_model(field)._default_manager.filter(holds).exists())


class ChoicesField(forms.CharField):
    """A choice a line: its label, or `key: label` where the key is not to be made from the label."""

    widget = forms.Textarea

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(f"{each['key']}: {each['label']}" for each in value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        lines = [line.strip() for line in (super().to_python(value) or "").splitlines() if line.strip()]
        choices = [self._choice(line) for line in lines]
        if len(choices) > MAX_CHOICES:
            raise ValidationError(_("There are at most %(limit)d choices.") % {"limit": MAX_CHOICES})
        keys = [each["key"] for each in choices]
        if doubled := next((key for key in keys if keys.count(key) > 1), None):
            raise ValidationError(_("Two choices have the key “%(key)s”.") % {"key": doubled})
        return choices

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(self.prepare_value(initial) != data)

    def _choice(self, line: str) -> dict[str, str]:
        key, colon, label = line.partition(":")
        key = key.strip() if colon else slugify(line).replace("-", "_")
        label = label.strip() if colon else line
        if not key or not label or len(key) > 60 or len(label) > 120 or any(sign in key for sign in ",;"):
            raise ValidationError(_("Write this choice as “key: label”: %(line)s") % {"line": line[:80]})
        return {"key": key, "label": label}


class CustomFieldForm(forms.ModelForm[CustomField]):
    choices = ChoicesField(
        label=gettext_lazy("Choices"), required=False, help_text=gettext_lazy("One a line, as a label or “key: label”.")
    )

    class Meta:
        model = CustomField
        fields = [
            "applies_to", "label", "key", "kind", "choices", "is_required", "is_indexed", "confidential",
        ]  # fmt: skip
        help_texts = {
            "key": gettext_lazy(
                "What imports, filters and the API call it. Left empty, it is made of the label. It cannot be changed"
                " later."
            )
        }
        error_messages = {
            NON_FIELD_ERRORS: {"unique_together": gettext_lazy("Another field has this key, perhaps a retired one.")}
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._was = CustomField.objects.filter(pk=self.instance.pk).first()
        self.fields["key"].required = False
        for name in ("applies_to", "key"):
            self.fields[name].disabled = self._was is not None

    @cached_property
    def _is_used(self) -> bool:
        """Asked only where the answer matters: without an index it reads every record."""
        return self._was is not None and has_values(self._was)

    def clean_key(self) -> str:
        """Left empty, it is made of the label, or numbered where no letter of that fits."""
        key: str = self.cleaned_data.get("key") or ""
        made = re.sub(r"[^a-z0-9_]", "", slugify(self.cleaned_data.get("label", "")).replace("-", "_"))[:40]
        return key or (made if made[:1].isalpha() else f"field_{CustomField.objects.count() + 1}")

    def clean_kind(self) -> str:
        kind: str = self.cleaned_data["kind"]
        if self._was and kind != self._was.kind and self._is_used:
            raise ValidationError(_("There are values already, in the form of the kind that it has: it stays."))
        return kind

    def clean_confidential(self) -> str:
        confidential: str = self.cleaned_data["confidential"]
        sealed = confidential == "sensitive"
        if self._was and sealed != self._was.is_encrypted and self._is_used:
            raise ValidationError(_("There are values already: they cannot be encrypted, or decrypted, afterwards."))
        return confidential

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        kind, choices = cleaned.get("kind"), cleaned.get("choices")
        if kind in {CustomField.Kind.CHOICE, CustomField.Kind.MULTI_CHOICE}:
            self._check_choices(choices or [])
        elif choices:
            self.add_error("choices", _("Only the two kinds with choices have any."))
        if cleaned.get("confidential") == "sensitive" and kind != CustomField.Kind.TEXT:
            self.add_error("confidential", _("Only text is encrypted."))
        if cleaned.get("is_indexed"):
            self._check_index(cleaned)
        return cleaned

    def _check_choices(self, choices: list[dict[str, str]]) -> None:
        if not choices:
            self.add_error("choices", _("Write at least one choice."))
        if self._was:
            gone = {each["key"] for each in self._was.choices} - {each["key"] for each in choices}
            used = next((key for key in sorted(gone) if values_with(self._was, key)), None)
            if used:
                self.add_error("choices", _("The choice “%(key)s” is in use and stays.") % {"key": used})

    def _check_index(self, cleaned: dict[str, Any]) -> None:
        if custom_indexes.are_used_up(cleaned.get("applies_to", ""), besides=self.instance.pk):
            self.add_error(
                "is_indexed",
                _("At most %(limit)d fields are fast to search.") % {"limit": custom_indexes.MAX_INDEXED},
            )
