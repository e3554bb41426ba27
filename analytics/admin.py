"""Runs and snapshots for looking at: what they say is written by jobs alone."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from analytics.models import AnalysisSettings, Run, SnapshotManifest


class ReadOnlyAdmin(admin.ModelAdmin[Any]):
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Run)
class RunAdmin(ReadOnlyAdmin):
    list_display = ["id", "analysis", "as_of", "status", "row_count", "started_at", "finished_at"]
    list_filter = ["analysis", "status"]


@admin.register(SnapshotManifest)
class SnapshotManifestAdmin(ReadOnlyAdmin):
    list_display = ["id", "status", "created_at", "ready_at", "months_read", "size_bytes", "seconds"]
    list_filter = ["status"]


@admin.register(AnalysisSettings)
class AnalysisSettingsAdmin(ReadOnlyAdmin):
    list_display = ["analysis", "changed_at", "changed_by"]
