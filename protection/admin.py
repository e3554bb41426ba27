"""Django's admin asks the same as the pages: what is hidden from a role is on none of its forms."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest

from protection.fields import EncryptedTextField
from protection.masking import is_masked


def hidden_fields(request: HttpRequest, model: type[models.Model]) -> list[str]:
    """What the reader may not see. Encrypted fields are no part of it: the admin shows dots and takes new values."""
    sight = request.user.sight  # type: ignore[union-attr]
    return [
        field.name
        for field in model._meta.fields
        if is_masked(sight, model, field.name) and not isinstance(field, EncryptedTextField)
    ]


class HidesConfidential(admin.ModelAdmin[Any]):
    """Leaves hidden fields out of its form and list, and inlines that have one out as a whole."""

    def get_exclude(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [*(super().get_exclude(request, obj) or ()), *hidden_fields(request, self.model)]

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        hidden = hidden_fields(request, self.model)
        return [column for column in super().get_list_display(request) if column not in hidden]

    def get_inlines(self, request: HttpRequest, obj: Any) -> list[Any]:
        every = super().get_inlines(request, obj)
        return [inline for inline in every if not hidden_fields(request, inline.model)]
