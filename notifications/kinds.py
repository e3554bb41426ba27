"""What people are told of. Each app registers its kinds from `AppConfig.ready`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise

from accounts.models import User
from notifications.models import Notification


@dataclass(frozen=True)
class Words:
    """A notification as its reader may see it now, and where it leads ("" nowhere)."""

    text: str
    url: str = ""


@dataclass(frozen=True)
class NotificationKind:
    """`words(notifications, reader)` says those of this kind, by their primary key, in a fixed number of queries. What
    the reader may not see any more, or what is gone, it leaves out."""

    name: str
    label: str | Promise
    icon: str
    words: Callable[[Sequence[Notification], User], Mapping[int, Words]]


_kinds: dict[str, NotificationKind] = {}


def register(kind: NotificationKind) -> None:
    if kind.name in _kinds:
        raise ValueError(f"a kind of notification named {kind.name!r} is registered twice")
    _kinds[kind.name] = kind


def get(name: str) -> NotificationKind | None:
    """None for rows of another version of the program."""
    return _kinds.get(name)
