"""Days of a customer that cannot be: slips of the keyboard, such as 0202 for 2002. Whoever writes one, in a form or
through the API, is told. One that is kept already stays until somebody changes it.
"""

from __future__ import annotations

import datetime as dt

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

SINCE_AHEAD = dt.timedelta(days=366)


def check_birth(day: dt.date) -> None:
    if day.year < 1880:
        raise ValidationError(_("Nobody living was born before 1880. Check the year."))
    if day > timezone.localdate():
        raise ValidationError(_("This day is still to come."))


def check_since(day: dt.date) -> None:
    """The day may be that of a contract to come."""
    if not dt.date(1800, 1, 1) <= day <= timezone.localdate() + SINCE_AHEAD:
        raise ValidationError(_("This day is before 1800, or more than a year ahead. Check the year."))


CHECKS = {"birth_date": check_birth, "customer_since": check_since}
