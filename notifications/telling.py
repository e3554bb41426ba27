"""Telling people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from accounts.models import User
from notifications.models import Notification


@dataclass(frozen=True)
class Message:
    """What one person is told; see `Notification`."""

    recipient: int | None
    params: Mapping[str, Any] = field(default_factory=dict)
    customer: int | None = None
    key: str = ""


def tell(
    recipients: Iterable[int | None],
    *,
    kind: str,
    params: Mapping[str, Any],
    customer: int | None = None,
    key: str = "",
    but_not: int | None = None,
) -> None:
    """The same to each of them, in the caller's transaction; nothing to `but_not`, who did it."""
    told = {each for each in recipients if each != but_not}
    tell_each([Message(each, params, customer, key) for each in told], kind=kind)


def tell_each(messages: Sequence[Message], *, kind: str) -> None:
    """To each their own, if they still work here; in the caller's transaction."""
    wanted = {message.recipient for message in messages if message.recipient is not None}
    if not wanted:
        return
    present = set(User.objects.filter(pk__in=wanted, is_active=True).values_list("pk", flat=True))
    Notification.objects.bulk_create(
        [
            Notification(
                recipient_id=message.recipient,
                kind=kind,
                params=dict(message.params),
                customer_number=message.customer,
                key=message.key,
            )
            for message in messages
            if message.recipient in present
        ],
        ignore_conflicts=any(message.key for message in messages),
    )
