from __future__ import annotations

from typing import Any

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from reports.models import Subscription

LAST_DAY = 31


class SubscriptionForm(forms.ModelForm[Subscription]):
    """When it is sent."""

    weekday = forms.TypedChoiceField(
        label=_("Weekday"),
        coerce=int,
        choices=list(WEEKDAYS.items()),
        help_text=_("Counts for every week only."),
    )
    monthday = forms.TypedChoiceField(
        label=_("Day of the month"),
        coerce=int,
        choices=[*((day, str(day)) for day in range(1, 29)), (LAST_DAY, _("The last day"))],
        help_text=_("Counts for every month only."),
    )
    at_time = forms.TimeField(
        label=_("Time"),
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        help_text=_("On your own clock, that of your profile."),
        error_messages={"invalid": _("Write a time of day from 00:00 to 23:59."), "required": _("Say at what time.")},
    )

    class Meta:
        model = Subscription
        fields = ["every", "weekday", "monthday", "at_time"]

    def clean_at_time(self) -> Any:
        return self.cleaned_data["at_time"].replace(second=0, microsecond=0)
