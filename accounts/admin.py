from typing import Any

import allauth.account.admin  # registers itself, to be taken away below
import allauth.mfa.admin  # noqa: F401
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Team, User
from accounts.people import is_last_admin, is_used, save_user
from accounts.people_forms import AnAdminStays


@login_not_required
def login(request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
    """The admin has no login of its own, which would know no limits and no second factor."""
    if not request.user.is_authenticated:
        return redirect_to_login(request.GET.get("next") or request.get_full_path())
    if not admin.site.has_permission(request):
        raise PermissionDenied(gettext("The administration is for admins."))
    return redirect("admin:index")


admin.site.login = login  # type: ignore[method-assign]

# A user's address is `User.email`; second factors are taken away on our own pages.
admin.site.unregister(EmailAddress)
admin.site.unregister(Authenticator)


class UserCreationForm(AdminUserCreationForm[User]):
    class Meta:
        model = User
        fields = ["email", "name", "role", "team"]


class UserForm(AnAdminStays, UserChangeForm[User]):
    class Meta:
        model = User
        fields = "__all__"  # the admin's fieldsets name what is shown


@admin.register(User)
class UserAdmin(DjangoUserAdmin[User]):
    form = UserForm
    add_form = UserCreationForm
    list_display = ["email", "name", "role", "team", "is_active"]
    list_filter = ["role", "team", "is_active"]
    search_fields = ["email", "name"]
    ordering = ["name"]
    readonly_fields = ["last_login", "joined_at"]
    filter_horizontal = []
    fieldsets = [
        (None, {"fields": ["email", "name", "password"]}),
        (_("Work"), {"fields": ["role", "team", "is_active"]}),
        (_("Preferences"), {"fields": ["language", "time_zone", "theme"]}),
        (_("Dates"), {"fields": ["last_login", "joined_at"]}),
    ]
    add_fieldsets = [(None, {"fields": ["email", "name", "role", "team", "usable_password", "password1", "password2"]})]
    actions = None  # one by one: each is looked at

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        save_user(obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_delete_permission(request, obj) and not (obj and is_last_admin(obj))


@admin.register(Team)
class TeamAdmin(admin.ModelAdmin[Team]):
    list_display = ["name"]
    search_fields = ["name"]
    actions = None

    def has_delete_permission(self, request: HttpRequest, obj: Team | None = None) -> bool:
        """Customers of a team that went would be everybody's."""
        return super().has_delete_permission(request, obj) and not (obj and is_used(obj))
