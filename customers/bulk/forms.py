from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from core.forms import PlainText
from customers.bulk.targets import Target, is_custom


class ValueForm(PlainText, forms.Form):
    """The new value of one target; `kept` is what is stored of it, once the form is valid."""

    empty = forms.BooleanField(label=_("Empty it"), required=False, help_text=_("Whatever stands there is taken away."))
    field_order = ("value", "empty")

    def __init__(self, *args: Any, target: Target, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.target = target
        if target.form_field is None:
            self.fields.clear()
            return
        value = target.form_field()
        value.label, value.required = str(target.label), False
        self.fields["value"] = value
        if not target.may_be_emptied:
            del self.fields["empty"]
        self.order_fields(self.field_order)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if "value" not in self.fields or cleaned.get("empty") or self.errors:
            return cleaned
        if cleaned.get("value") in (None, "", []):
            has_choice = "empty" in self.fields
            words = _("Write a value, or choose to empty the field.") if has_choice else _("This field is required.")
            raise ValidationError({"value": words})
        if is_custom(self.target):
            try:
                cleaned["value"] = self.target.keep(cleaned["value"])
            except ValidationError as error:
                self.add_error("value", error)
        return cleaned

    def kept(self) -> Any:
        """What is stored. A tag that is new is made: call it inside the transaction that uses it."""
        if "value" not in self.fields:
            return self.target.keep(None)
        if self.cleaned_data.get("empty"):
            return self.target.empty
        value = self.cleaned_data["value"]
        return value if is_custom(self.target) else self.target.keep(value)
