from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from jobs.forms import ScheduleAdminForm
from jobs.models import Job, Schedule


@admin.register(Job)
class JobAdmin(admin.ModelAdmin[Job]):
    """To look at only: jobs are cancelled and started again on their own page, where the rules hold."""

    list_display = ["id", "kind", "scope", "status", "requested_by", "attempt", "created_at", "finished_at"]
    list_filter = ["kind", "status"]
    list_select_related = ["requested_by"]
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Schedule)
class ScheduleAdmin(admin.ModelAdmin[Schedule]):
    form = ScheduleAdminForm
    list_display = ["kind", "every", "weekday", "at_time", "is_active"]
    list_filter = ["kind", "is_active"]
