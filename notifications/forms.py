from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

HOURS = [(hour, f"{hour:02}:00") for hour in range(24)]


class DigestForm(forms.Form):
    hour: Any = forms.TypedChoiceField(
        label=_("Unread notifications by e-mail"),
        choices=[("", _("Never")), *HOURS],
        coerce=int,
        empty_value=None,
        required=False,
        help_text=_("Once a day at this hour of your time zone, and only if there are any."),
    )
