from __future__ import annotations

from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.utils.translation import get_language_info
from django.utils.translation import gettext_lazy as _

from accounts.models import User


def name_in_itself(language_code: str) -> str:
    """A language as its speakers write it, who may not read the one that is shown."""
    return str(get_language_info(language_code)["name_local"]).capitalize()


class ProfileForm(forms.ModelForm[User]):
    """What a person may change about themselves."""

    language = forms.ChoiceField(
        label=_("Language"),
        required=False,
        choices=lambda: [
            ("", _("As the browser says")),
            *((code, name_in_itself(code)) for code, _name in settings.LANGUAGES),
        ],
    )
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        required=False,
        choices=lambda: [("", _("The organisation's")), *((zone, zone) for zone in sorted(available_timezones()))],
    )

    class Meta:
        model = User
        fields = ["name", "language", "time_zone", "theme", "density", "single_key_shortcuts"]
