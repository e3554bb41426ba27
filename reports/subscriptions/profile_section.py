"""The reports by e-mail in somebody's profile."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.profile import Section, registry
from customers.access import user_of
from reports.subscriptions.moments import next_moment, with_subjects
from reports.subscriptions.subjects import subject_of
from reports.subscriptions.telling import told_apart

KEY = "subscriptions"


def context(request: HttpRequest) -> Mapping[str, Any]:
    user, now = user_of(request), timezone.now()
    own = list(with_subjects().filter(user=user))
    subjects = [subject_of(each) for each in own]
    moments = [None if each.paused else next_moment(each, now) for each in own]
    return {
        "subscriptions": list(zip(own, subjects, told_apart(subjects, user.sight), moments, strict=True)),
        "has_mail_server": settings.HAS_MAIL_SERVER,
    }


def register() -> None:
    """Called once, by `ReportsConfig.ready`."""
    registry.add(Section(KEY, _("Reports by e-mail"), "reports/_subscriptions.html", context))
