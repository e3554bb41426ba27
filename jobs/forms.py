from __future__ import annotations

from typing import Any

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from jobs import kinds
from jobs.models import Schedule


class ScheduleForm(forms.ModelForm[Schedule]):
    """When a schedule comes due; what it starts is set in the code or in Django's admin."""

    weekday = forms.TypedChoiceField(label=_("Weekday"), coerce=int, choices=list(WEEKDAYS.items()), required=False)
    at_time = forms.TimeField(
        label=_("Local time"),
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        error_messages={"invalid": _("Write a time of day from 00:00 to 23:59."), "required": _("Say at what time.")},
    )

    class Meta:
        model = Schedule
        fields = ["every", "weekday", "at_time", "is_active"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["weekday"].help_text = _("Counts for every week only.")
        self.fields["at_time"].help_text = _(
            "On the organisation's clock. For every hour, only the minutes count; for every half minute, nothing of it."
        )

    def clean_weekday(self) -> int:
        """A browser sends none where the field is not shown."""
        chosen = self.cleaned_data["weekday"]
        return self.instance.weekday if chosen == "" else int(chosen)


class ScheduleAdminForm(forms.ModelForm[Schedule]):
    """A whole schedule, for kinds that may be scheduled."""

    kind = forms.ChoiceField(
        label=_("Kind"), choices=lambda: [(kind.name, kind.label) for kind in kinds.all_kinds() if kind.schedulable]
    )

    class Meta:
        model = Schedule
        fields = ["kind", "params", "every", "weekday", "at_time", "is_active"]

    def clean_params(self) -> dict[str, Any]:
        params = self.cleaned_data["params"]
        if not isinstance(params, dict):
            raise forms.ValidationError(_("Parameters are names with values in braces, such as {}."))
        return params
