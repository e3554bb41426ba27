"""The form of a saved view, and of what else is named and shared so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django import forms
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from core.text import without_direction_controls
from customers.access import assignable_teams
from customers.models import SavedFilter

Kept = TypeVar("Kept")


class SharedForm(forms.ModelForm[Any]):
    """Name and sharing of something that is shared as a saved filter is, made or changed by `user`."""

    name_taken = gettext_lazy("You have one of this name. Choose another name.")

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._owner_id = self.instance.owner_id or user.pk
        teams = assignable_teams(user.sight)
        self.fields["team"].queryset = teams  # type: ignore[attr-defined]
        self.fields["team"].help_text = _("Where it is shared with a team.")
        self.initial["team"] = self.initial.get("team") or user.team_id
        if not teams.exists():
            del self.fields["team"]
            self.fields["sharing"].choices = [  # type: ignore[attr-defined]
                choice for choice in SavedFilter.Sharing.choices if choice[0] != SavedFilter.Sharing.TEAM
            ]

    def clean_name(self) -> str:
        name = without_direction_controls(self.cleaned_data["name"]).strip()
        if not name:
            raise forms.ValidationError(_("This field is required."))
        if self._is_taken(name):
            raise forms.ValidationError(self.name_taken)
        return name

    def kept(self, save: Callable[[], Kept]) -> Kept | None:
        """What `save` made of a valid form. None, and the error at its field, where the name has been taken since it
        was checked: a second click on the same button, say."""
        try:
            with transaction.atomic():
                return save()
        except (IntegrityError, ValidationError):
            if not self._is_taken(self.cleaned_data["name"]):
                raise
            self.add_error("name", self.name_taken)
            return None

    def _is_taken(self, name: str) -> bool:
        same = self.namesakes().filter(owner=self._owner_id, name__iexact=name)
        return same.exclude(pk=self.instance.pk).exists()

    def namesakes(self) -> QuerySet[Any]:
        """Among what a name must be unique for its owner."""
        manager: QuerySet[Any] = self._meta.model._default_manager.all()
        return manager

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("sharing") != SavedFilter.Sharing.TEAM:
            cleaned["team"] = None
        elif not cleaned.get("team"):
            self.add_error("team" if "team" in self.fields else "sharing", _("Say with which team it is shared."))
        return cleaned


class ViewForm(SharedForm):
    name_taken = gettext_lazy("You have a view of this name. Choose another name.")

    class Meta:
        model = SavedFilter
        fields = ["name", "sharing", "team"]
        widgets = {"sharing": forms.RadioSelect}
        help_texts = {
            "sharing": gettext_lazy("Others see it with their own eyes: it shares the question, never customers.")
        }

    def namesakes(self) -> QuerySet[Any]:
        return super().namesakes().living().views()  # type: ignore[attr-defined, no-any-return]
