"""What was imported, for admins: read only, since it says what happened. Deleting an import forgets its kept rows."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from imports.models import Import, RowProblem


class ReadOnly:
    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Import)
class ImportAdmin(ReadOnly, admin.ModelAdmin[Import]):
    list_display = ["file_name", "kind", "source", "created_at", "committed_at"]
    list_filter = ["kind", "source"]
    date_hierarchy = "created_at"


@admin.register(RowProblem)
class RowProblemAdmin(ReadOnly, admin.ModelAdmin[RowProblem]):
    list_display = ["file_import", "row_number", "column", "reason", "value", "is_rejected"]
    list_filter = ["is_rejected", "reason"]
    list_select_related = ["file_import"]
    show_full_result_count = False
