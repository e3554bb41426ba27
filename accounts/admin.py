from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.utils.translation import gettext_lazy as _

from accounts.models import Team, User


class UserCreationForm(AdminUserCreationForm[User]):
    class Meta:
        model = User
        fields = ["email", "name", "role", "team"]


class UserForm(UserChangeForm[User]):
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


@admin.register(Team)
class TeamAdmin(admin.ModelAdmin[Team]):
    list_display = ["name"]
    search_fields = ["name"]
