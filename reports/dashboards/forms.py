"""The forms of dashboards."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db import transaction
from django.utils.translation import gettext_lazy

from accounts.models import Role
from customers.models import SavedFilter
from customers.view_forms import SharedForm
from reports.dashboards.places import choose_start_of_role
from reports.models import Dashboard, StartPage


class DashboardForm(SharedForm):
    name_taken = gettext_lazy("You have a dashboard of this name. Choose another name.")

    class Meta:
        model = Dashboard
        fields = ["name", "sharing", "team"]
        widgets = {"sharing": forms.RadioSelect}
        help_texts = {
            "sharing": gettext_lazy("Everybody sees it with their own eyes: the figures of the customers they may see.")
        }


class RoleStartForm(forms.Form):
    """What opens first for each role; only what everybody may see can be chosen for all of a role."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        shared = Dashboard.objects.filter(sharing=SavedFilter.Sharing.EVERYBODY)
        chosen = dict(StartPage.objects.exclude(role="").values_list("role", "dashboard"))
        for role in Role:
            self.fields[role.value] = forms.ModelChoiceField(
                label=role.label,
                queryset=shared,
                required=False,
                initial=chosen.get(role.value),
                empty_label=gettext_lazy("The overview"),
            )

    @transaction.atomic
    def save(self) -> None:
        for role in Role:
            choose_start_of_role(role=role.value, dashboard=self.cleaned_data[role.value])
