"""How an encrypted value is entered: it is never written into a page, only replaced or taken away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from protection.fields import MASK


@dataclass(frozen=True)
class Entry:
    """What the input shows: what was typed into a form that comes back with errors, and whether a value is kept."""

    typed: str
    is_kept: bool


class SealedInput(forms.TextInput):
    """An empty input, beside it a box that takes the kept value away. Left alone it says None: keep what there is."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        entry = value if isinstance(value, Entry) else Entry("", is_kept=False)
        attrs = {"autocomplete": "off", "data-sealed": True, **(attrs or {})}
        if not entry.is_kept:
            return super().render(name, entry.typed, attrs, renderer)
        return format_html(
            '{} <label><input type="checkbox" name="{}"> {}</label>',
            super().render(name, entry.typed, {**attrs, "placeholder": MASK}, renderer),
            self.clear_name(name),
            _("Delete what is kept"),
        )

    def value_from_datadict(self, data: Any, files: Any, name: str) -> str | None:
        typed = str(data.get(name) or "").strip()
        return typed or ("" if data.get(self.clear_name(name)) else None)

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return self.value_from_datadict(data, files, name) is None

    @staticmethod
    def clear_name(name: str) -> str:
        return f"{name}-clear"


class SealedField(forms.CharField):
    """Cleans to None (keep), "" (take away) or the new value, which `EncryptedTextField.save_form_data` obeys."""

    widget = SealedInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{**kwargs, "required": False})

    def to_python(self, value: Any) -> Any:
        return None if value is None else super().to_python(value)

    def has_changed(self, initial: Any, data: Any) -> bool:
        return data is not None

    def bound_data(self, data: Any, initial: Any) -> Entry:
        return Entry(typed=data or "", is_kept=bool(initial))

    def prepare_value(self, value: Any) -> Entry:
        return value if isinstance(value, Entry) else Entry("", is_kept=bool(value))
