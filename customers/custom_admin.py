"""Custom fields and saved filters in the admin."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import HttpRequest
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers import custom_indexes
from customers.models import Customer, CustomField, Order, Product, SavedFilter

MODELS: dict[str, Any] = {
    CustomField.Record.CUSTOMER: Customer,
    CustomField.Record.PRODUCT: Product,
    CustomField.Record.ORDER: Order,
}
MAX_CHOICES = 200


def has_values(field: CustomField) -> bool:
    records = MODELS[field.applies_to]._default_manager
    return bool(field.pk) and bool(records.filter(custom__has_key=field.key).exists())


def values_with(field: CustomField, choice: str) -> bool:
    """Whether any record has that choice."""
    holds = Q(custom__contains={field.key: choice}) | Q(custom__contains={field.key: [choice]})
    return bool(MODELS[field.applies_to]._default_manager.filter(holds).exists())


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
            "applies_to", "key", "label", "kind", "choices", "is_required", "is_indexed", "confidential", "position",
            "archived_at",
        ]  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._was = CustomField.objects.filter(pk=self.instance.pk).first()
        self._is_used = has_values(self._was) if self._was else False
        for name in ("applies_to", "key"):
            self.fields[name].disabled = self._was is not None
        self.fields["kind"].disabled = self._is_used

    def clean_confidential(self) -> str:
        confidential: str = self.cleaned_data["confidential"]
        sealed = confidential == "sensitive"
        if self._was and self._is_used and sealed != self._was.is_encrypted:
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
        if self._was and self._is_used:
            gone = {each["key"] for each in self._was.choices} - {each["key"] for each in choices}
            used = next((key for key in sorted(gone) if values_with(self._was, key)), None)
            if used:
                self.add_error("choices", _("The choice “%(key)s” is in use and stays.") % {"key": used})

    def _check_index(self, cleaned: dict[str, Any]) -> None:
        if cleaned.get("applies_to") != CustomField.Record.CUSTOMER:
            self.add_error("is_indexed", _("Only fields of customers are searched."))
        others = CustomField.objects.filter(is_indexed=True, archived_at=None).exclude(pk=self.instance.pk)
        if others.count() >= custom_indexes.MAX_INDEXED:
            self.add_error(
                "is_indexed",
                _("At most %(limit)d fields are fast to search.") % {"limit": custom_indexes.MAX_INDEXED},
            )


@admin.register(CustomField)
class CustomFieldAdmin(admin.ModelAdmin[CustomField]):
    form = CustomFieldForm
    list_display = ["label", "key", "applies_to", "kind", "is_required", "is_indexed", "confidential", "archived_at"]
    list_filter = ["applies_to", "kind"]

    def save_model(self, request: HttpRequest, obj: CustomField, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if {"is_indexed", "archived_at", "kind", "confidential"} & set(form.changed_data):
            custom_indexes.request_synchronisation(by=request.user)  # type: ignore[arg-type]

    def has_delete_permission(self, request: HttpRequest, obj: CustomField | None = None) -> bool:
        """A field with values is archived: its key would mean something else afterwards."""
        return obj is not None and not obj.is_indexed and not has_values(obj)


@admin.register(SavedFilter)
class SavedFilterAdmin(admin.ModelAdmin[SavedFilter]):
    list_display = ["name", "purpose", "owner", "sharing", "updated_at"]
    list_filter = ["purpose", "sharing"]
    list_select_related = ["owner"]
    raw_id_fields = ["owner"]
