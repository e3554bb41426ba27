"""The one door by which data leave as a file. Whoever builds a file asks here first, and what leaves is noted here.

A file that a job builds is asked for twice: when somebody orders it, and when they fetch it; it is noted when fetched.
"""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import models
from django.utils.translation import gettext as _

from accounts.models import User
from protection.audit.access import log_access
from protection.audit.models import AccessLog


def require_export(user: User) -> None:
    """Raises PermissionDenied, with words for the page, for somebody whose role may not take data out as files."""
    if not user.sight.may_export:
        raise PermissionDenied(
            _("Your role may look at this and not take it out as a file. An admin can allow it in the rights of roles.")
        )


def note_export(
    user: User, *, rows: int, file_format: str, model: type[models.Model] | None = None, **detail: Any
) -> AccessLog:
    """The line in the log of accesses for one file: call it before the first byte is sent, never with values."""
    return log_access(AccessLog.What.EXPORT, user=user, model=model, format=file_format, rows=rows, **detail)
