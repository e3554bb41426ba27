"""What every form that people write text into does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.text import without_direction_controls

if TYPE_CHECKING:
    from django.forms import BaseForm as Base
else:
    Base = object


class PlainText(Base):
    """For a form: takes characters out of its texts that would turn round what stands beside them."""

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        values: dict[str, Any] = self.cleaned_data if cleaned is None else cleaned
        for name, value in values.items():
            if isinstance(value, str):
                values[name] = without_direction_controls(value)
        return values
