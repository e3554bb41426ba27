"""What every form that people write text into does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms

from core.text import without_direction_controls

Base = forms.BaseForm if TYPE_CHECKING else object


class PlainText(Base):
    """For a form: takes characters out of its texts that would turn round what stands beside them."""

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        values = self.cleaned_data if cleaned is None else cleaned
        for name, value in values.items():
            if isinstance(value, str):
                values[name] = without_direction_controls(value)
        return values
