"""Sessions that know whose they are, so that a person sees theirs and an admin's decision ends them at once.

This is the SESSION_ENGINE: Django's sessions in the database, in a table of our own (`UserSession`). What is told about
the device travels inside the session.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends import db
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from accounts.models import User, UserSession

CLIENT_KEY = "client"
USER_AGENT_LENGTH = 200
# How stale "last seen" may be: one UPDATE in this time, not one a page.
SEEN_EVERY = timedelta(minutes=5)

BROWSERS = {"Edg": "Edge", "OPR": "Opera", "Firefox": "Firefox", "Chrome": "Chrome", "Safari": "Safari"}
SYSTEMS = {
    "Windows": "Windows",
    "Android": "Android",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Mac OS": "macOS",
    "CrOS": "ChromeOS",
    "Linux": "Linux",
}


class SessionStore(db.SessionStore):
    seen_at: datetime | None = None
    # Whose it is, read with it; None before it is loaded, and of nobody's.
    user: User | None = None

    @classmethod
    def get_model_class(cls) -> type[UserSession]:
        from accounts.models import UserSession

        return UserSession

    def load(self) -> dict[str, Any]:
        row = self._get_session_from_db()  # type: ignore[attr-defined]
        self.seen_at = row.last_seen_at if row else None
        self.user = row.user if row else None
        return self.decode(row.session_data) if row else {}

    def create_model_instance(self, data: dict[str, Any]) -> UserSession:
        row: UserSession = super().create_model_instance(data)  # type: ignore[assignment]
        user_id = data.get(SESSION_KEY)
        row.user_id = int(user_id) if user_id else None
        return row


def user_read_with(session: SessionBase) -> User | None:
    """The person whose session this is, without a query of their own. None where Django has to look closer: nobody is
    logged in, or no longer as they were."""
    user_id, sealed = session.get(SESSION_KEY), session.get(HASH_SESSION_KEY, "")  # the first one loads it
    user: User | None = getattr(session, "user", None)
    if user is None or str(user.pk) != user_id or not user.is_active:
        return None
    return user if constant_time_compare(sealed, user.get_session_auth_hash()) else None


def note_client(request: HttpRequest, *, ip: str) -> None:
    """At login: what the list of sessions will say about this one."""
    request.session[CLIENT_KEY] = {
        "agent": request.headers.get("User-Agent", "")[:USER_AGENT_LENGTH],
        "ip": ip,
        "at": timezone.now().timestamp(),
    }


def seconds_since_login(session: SessionBase, now: float) -> float:
    """Infinite where the login was not a person's, with a form."""
    client = session.get(CLIENT_KEY)
    return now - float(client["at"]) if client else float("inf")


def note_activity(session: SessionBase) -> None:
    from accounts.models import UserSession

    now = timezone.now()
    if isinstance(session, SessionStore) and session.seen_at and now - session.seen_at > SEEN_EVERY:
        UserSession.objects.filter(session_key=session.session_key).update(last_seen_at=now)


@dataclass(frozen=True)
class OpenSession:
    """One session as its owner sees it. `id` tells it from the others and is worth nothing as a cookie."""

    id: str
    key: str
    device: str
    ip: str
    last_seen_at: datetime
    began_at: datetime | None
    is_current: bool


def open_sessions(user: User, *, current_key: str | None) -> Iterator[OpenSession]:
    """Those that still let somebody in, the latest first; one from before a change of password does not."""
    from accounts.models import UserSession

    valid_hash = user.get_session_auth_hash()
    for row in UserSession.objects.filter(user=user, expire_date__gt=timezone.now()).order_by("-last_seen_at"):
        data = row.get_decoded()
        if not constant_time_compare(data.get(HASH_SESSION_KEY, ""), valid_hash):
            continue
        client = data.get(CLIENT_KEY, {})
        yield OpenSession(
            id=hashlib.sha256(row.session_key.encode()).hexdigest()[:20],
            key=row.session_key,
            device=device_in_words(client.get("agent", "")),
            ip=client.get("ip", ""),
            last_seen_at=row.last_seen_at,
            began_at=datetime.fromtimestamp(client["at"], tz=timezone.get_current_timezone()) if client else None,
            is_current=row.session_key == current_key,
        )


def end_sessions(user: User, *, except_key: str | None = None) -> int:
    """Ends them in the database, which every request asks; the number that was ended."""
    from accounts.models import UserSession

    ended, _by_table = UserSession.objects.filter(user=user).exclude(session_key=except_key or "").delete()
    return ended


def end_session(user: User, session_id: str) -> bool:
    """Ends the one with that `OpenSession.id`; False where the user has none such."""
    from accounts.models import UserSession

    for session in open_sessions(user, current_key=None):
        if constant_time_compare(session.id, session_id):
            UserSession.objects.filter(user=user, session_key=session.key).delete()
            return True
    return False


def purge_expired() -> int:
    """Rows of sessions that let nobody in any more; their number."""
    from accounts.models import UserSession

    purged, _by_table = UserSession.objects.filter(expire_date__lt=timezone.now()).delete()
    return purged


def device_in_words(agent: str) -> str:
    browser = next((name for mark, name in BROWSERS.items() if f"{mark}/" in agent), "")
    system = next((name for mark, name in SYSTEMS.items() if mark in agent), "")
    if browser and system:
        return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    return browser or system or _("An unknown device")
