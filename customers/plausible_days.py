"""Days of a customer that cannot be: slips of the keyboard, such as 0202 for 2002. Whoever writes one, in a form,
through the API or in a file that is imported, is told. One that is kept already stays until somebody changes it.
"""

from __future__ import annotations

import datetime as dt

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

# How far ahead a day may be. One since when somebody is a customer may be that of a contract to come.
AHEAD = {"birth_date": dt.timedelta(), "customer_since": dt.timedelta(days=366)}


def latest(name: str) -> dt.date:
    return timezone.localdate() + AHEAD[name]


def check_birth(day: dt.date) -> None:
    if day.year < 1880:
        raise ValidationError(_("Nobody living was born before 1880. Check the year."))
    if day > latest("birth_date"):
        raise ValidationError(_("This day is still to come."))


def check_since(day: dt.date) -> None:
    if not dt.date(1800, 1, 1) <= day <= latest("customer_since"):
        raise ValidationError(_("This day is before 1800, or more than a year ahead. Check the year."))


CHECKS = {"birth_date": check_birth, "customer_since": check_since}
