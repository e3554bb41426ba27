"""What the profile shows of this app."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.profile import Section, registry
from notifications.digests import hour_of
from notifications.forms import DigestForm


def context(request: HttpRequest) -> Mapping[str, Any]:
    assert isinstance(request.user, User)  # noqa: S101  # the middleware let nobody else through
    return {"form": DigestForm(initial={"hour": hour_of(request.user)})}


def register() -> None:
    """Called once, by `NotificationsConfig.ready`."""
    registry.add(Section("notifications", _("Notifications"), "notifications/_profile.html", context))
