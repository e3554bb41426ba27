from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.models import AccessRule, Confidential, Role, Team, User
from accounts.people import LAST_ADMIN, is_last_admin, save_user
from accounts.visibility import ORDER


class AnAdminStays(forms.ModelForm[User]):
    """Refuses to demote or disable the last admin who may log in."""

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        values = self.cleaned_data
        stays = values.get("role") == Role.ADMIN and values.get("is_active", True)
        if self.instance.pk and not self.errors and not stays and is_last_admin(self.instance):
            raise ValidationError(LAST_ADMIN)
        return cleaned


class NewUserForm(forms.ModelForm[User]):
    class Meta:
        model = User
        fields = ["name", "email", "role", "team"]

    def save(self, commit: bool = True) -> User:
        """Without a password: the invitation leads to where it is set."""
        self.instance.set_unusable_password()
        save_user(self.instance)
        return self.instance


class UserForm(AnAdminStays):
    class Meta:
        model = User
        fields = ["name", "email", "role", "team", "is_active"]
        help_texts = {
            "email": _("The login. Tell them if you change it."),
            "is_active": _("Taken away, every session of theirs ends at once. Their records stay."),
        }

    def save(self, commit: bool = True) -> User:
        save_user(self.instance)
        return self.instance


class TeamForm(forms.ModelForm[Team]):
    class Meta:
        model = Team
        fields = ["name"]


class AccessRuleForm(forms.ModelForm[AccessRule]):
    masked = forms.MultipleChoiceField(
        label=_("Sees masked"),
        choices=Confidential.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("What is masked is found by its exact value only, and stands so in files and charts too."),
    )

    class Meta:
        model = AccessRule
        fields = ["sees", "edits", "masked", "may_unmask", "may_export", "needs_second_factor"]
        help_texts = {
            "edits": _("Never more than is seen."),
            "may_export": _("Lists and charts as files. Each time is logged."),
            "needs_second_factor": _("Whoever has none is led to set it up before anything else."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.role == Role.ADMIN:  # a database constraint says so too
            del self.fields["sees"], self.fields["edits"]

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        sees, edits = self.cleaned_data.get("sees"), self.cleaned_data.get("edits")
        if sees and edits and ORDER.index(edits) > ORDER.index(sees):
            self.add_error("edits", _("Nobody edits what they do not see."))
        return cleaned
