"""What the bell in the head of every page shows."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from accounts.models import User
from notifications import reading


def bell(request: HttpRequest) -> dict[str, Any]:
    """Context processor: asked for only where a template shows it, and then once."""
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return {}
    return {"bell": SimpleLazyObject(lambda: Bell.of(user))}


class Bell:
    def __init__(self, count: int) -> None:
        self.count = count

    @classmethod
    def of(cls, user: User) -> Bell:
        return cls(reading.unread_count(user))

    @property
    def shown(self) -> str:
        return f"{reading.COUNTED}+" if self.count > reading.COUNTED else str(self.count)
