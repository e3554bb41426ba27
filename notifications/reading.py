"""What a person's notifications say, and marking them as read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from accounts.models import User
from core.paging import Order, Page, keyset_page
from notifications import kinds
from notifications.kinds import NotificationKind, Words
from notifications.models import Notification

NEWEST_FIRST = Order("pk", descending=True)
PAGE_SIZE = 30
# The bell says "99+" beyond; counting stops there.
COUNTED = 99


@dataclass(frozen=True)
class Line:
    notification: Notification
    label: str
    icon: str
    words: Words


def unread_count(user: User) -> int:
    """At most one more than `COUNTED`."""
    return len(unread(user).values_list("pk")[: COUNTED + 1])


def unread(user: User) -> QuerySet[Notification]:
    return Notification.objects.filter(recipient=user, read_at=None)


def page_of(user: User, *, cursor: str = "", only_unread: bool = False) -> Page[Notification]:
    chosen = unread(user) if only_unread else Notification.objects.filter(recipient=user)
    return keyset_page(chosen, order=NEWEST_FIRST, cursor=cursor, size=PAGE_SIZE)


def lines(notifications: Sequence[Notification], user: User) -> list[Line]:
    """In words, with the same number of queries however many there are of a kind."""
    by_kind: dict[str, list[Notification]] = {}
    for notification in notifications:
        by_kind.setdefault(notification.kind, []).append(notification)
    said: dict[int, Words] = {}
    for name, those in by_kind.items():
        kind = kinds.get(name)
        said.update(_said(kind, those, user) if kind else {})
    return [_line(each, said.get(each.pk)) for each in notifications]


def _said(kind: NotificationKind, notifications: Sequence[Notification], user: User) -> Mapping[int, Words]:
    """Nothing of rows of an older version, which their kind may not understand."""
    try:
        return kind.words(notifications, user)
    except (LookupError, TypeError, ValueError):
        return {}


def words_of(notification: Notification, user: User) -> Words:
    return lines([notification], user)[0].words


def _line(notification: Notification, words: Words | None) -> Line:
    kind = kinds.get(notification.kind)
    gone = Words(_("Something that is no longer there, or not for you to see any more."))
    return Line(notification, str(kind.label) if kind else "", kind.icon if kind else "bell", words or gone)


def mark_read(user: User, *, notification: int | None = None) -> int:
    """One, or all that are unread. How many."""
    chosen: dict[str, Any] = {} if notification is None else {"pk": notification}
    return unread(user).filter(**chosen).update(read_at=Now())
