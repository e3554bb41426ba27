"""Who acts: carried from a request, a job or a command to the triggers, by a setting of the transaction.

A statement that writes is sent with `set_config('crm.actor', …, true)` before it, in the same message: what only reads
pays nothing, and the setting ends with its transaction, so a connection that goes back to the pool carries nobody. COPY
is not sent by Django: call `carry()` at the start of a transaction whose first write is one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

import psycopg
from django.db import Error, connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg import sql

from accounts.models import User

DETAIL_LENGTH = 200
_WRITES = re.compile(r"\s*(?:INSERT|UPDATE|DELETE|MERGE|TRUNCATE)\b", re.IGNORECASE)
_MAY_WRITE = re.compile(r"\s*WITH\b", re.IGNORECASE)
_WRITES_INSIDE = re.compile(r"\b(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM|MERGE\s+INTO)\b", re.IGNORECASE)


@dataclass
class Actor:
    """`bulk`: inserts are logged by the statement. `has_written`: the open transaction may carry this actor's name."""

    user_id: int | None
    origin: str
    detail: str = ""
    bulk: bool = False
    has_written: bool = field(default=False, compare=False)

    @property
    def setting(self) -> str:
        # jsonb takes neither NUL nor half a surrogate pair, and a file's name may have either.
        detail = self.detail.replace("\0", "").encode(errors="replace").decode()
        told = {"user": self.user_id, "origin": self.origin, "detail": detail[:DETAIL_LENGTH]}
        return json.dumps({**told, "bulk": True} if self.bulk else told)


_current: ContextVar[Actor | None] = ContextVar("crm_actor", default=None)


def current_actor() -> Actor | None:
    return _current.get()


@contextmanager
def acting(*, user: User | int | None = None, origin: str, detail: str = "", bulk: bool = False) -> Iterator[Actor]:
    """What is written inside is put down to that user, who came in by `origin` (`protection.audit.models.Origin`).

    With `bulk` every insert is one line of the trail, however few its rows: for loads of data that nobody entered.
    """
    actor = Actor(user.pk if isinstance(user, User) else user, str(origin), detail, bulk)
    token = _current.set(actor)
    try:
        yield actor
    finally:
        _current.reset(token)
        if actor.has_written:
            _hand_back()


def identify(*, user: User | None = None, origin: str = "", detail: str = "") -> None:
    """Say more about who acts, where that is known only on the way: a token was read, somebody logged in."""
    actor = _current.get()
    if actor is not None:
        actor.user_id = user.pk if user is not None else actor.user_id
        actor.origin = str(origin) or actor.origin
        actor.detail = detail or actor.detail


def carry() -> None:
    """Name the actor for the rest of the open transaction, whose first write is a COPY."""
    if not connection.in_atomic_block:
        raise RuntimeError("carry() names the actor for a transaction, and there is none")
    actor = _current.get()
    if actor is not None:
        actor.has_written = True
        _name(actor.setting)


def _hand_back() -> None:
    """A transaction that goes on after `acting` is no longer that actor's. One that is broken writes nothing more."""
    if connection.in_atomic_block and not connection.needs_rollback:
        outer = _current.get()
        if outer is not None:
            outer.has_written = True
        with suppress(Error):
            _name(outer.setting if outer else "")


def _name(setting: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('crm.actor', %s, true)", [setting])


@contextmanager
def erasing() -> Iterator[None]:
    """A transaction in which the trail may be changed, and takes up what is written without any value."""
    with transaction.atomic(), _setting("crm.erasing"):
        yield


@contextmanager
def rotating() -> Iterator[None]:
    """A transaction in which values are encrypted anew: what it updates is no change to log."""
    with transaction.atomic(), _setting("crm.rotating"):
        yield


@contextmanager
def regrouping() -> Iterator[None]:
    """A transaction in which rows go over to another customer, by the thousand: the merge itself is the line to log,
    and notes each of them."""
    with transaction.atomic(), _setting("crm.rotating"):
        yield


@contextmanager
def _setting(name: str) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config(%s, 'on', true)", [name])
        yield  # No `finally`: after an error the transaction is rolled back, and the setting with it.
        cursor.execute("SELECT set_config(%s, 'off', true)", [name])


# --- on its way to the database ---------------------------------------------------------------------------------------


def install(sender: Any = None, connection: BaseDatabaseWrapper | None = None, **kwargs: Any) -> None:
    """Receiver of `connection_created`. First in the list: `execute_wrapper` takes its own off the end."""
    if connection is not None and send_with_actor not in connection.execute_wrappers:
        connection.execute_wrappers.insert(0, send_with_actor)


def send_with_actor(execute: Callable[..., Any], query: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
    actor = _current.get()
    cursor = context["cursor"].cursor
    if actor is None or not is_write(query) or isinstance(cursor, psycopg.ServerCursor):
        return execute(query, params, many, context)
    actor.has_written = True
    if many:
        with transaction.atomic():
            _name(actor.setting)
            return execute(query, params, many, context)
    result = execute(_named(actor.setting, query, has_params=params is not None), params, many, context)
    cursor.nextset()  # the first is that of set_config
    return result


def is_write(query: Any) -> bool:
    text = query if isinstance(query, str) else query.as_string(None) if isinstance(query, sql.Composable) else ""
    return bool(_WRITES.match(text) or (_MAY_WRITE.match(text) and _WRITES_INSIDE.search(text)))


def _named(setting: str, query: Any, *, has_params: bool) -> Any:
    literal = sql.quote(setting)
    prefix = f"SELECT set_config('crm.actor', {literal.replace('%', '%%') if has_params else literal}, true); "
    return prefix + query if isinstance(query, str) else sql.SQL(prefix) + query
