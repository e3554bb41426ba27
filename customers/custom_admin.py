"""Custom fields and saved filters in the admin."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from customers import custom_indexes
from customers.custom_definitions import CustomFieldForm, has_values
from customers.models import CustomField, SavedFilter


@admin.register(CustomField)
class CustomFieldAdmin(admin.ModelAdmin[CustomField]):
    form = CustomFieldForm
    fields = [*CustomFieldForm.Meta.fields, "position", "archived_at"]
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
    list_display = ["name", "purpose", "owner", "sharing", "updated_at", "deleted_at"]
    list_filter = ["purpose", "sharing"]
    list_select_related = ["owner"]
    raw_id_fields = ["owner"]
