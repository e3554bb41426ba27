"""That somebody was erased, written down outside the database, so that a backup from before can be told.

One line of JSON for each erasure, in the file CRM_TOMBSTONE_FILE; lines are only added. They name no person: a
customer's number, two instants, and the hashes of the suppression list with their key, encrypted by the field keys.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core import checks
from django.db import connection
from django.db.models.functions import Now
from django.utils import timezone

from customers.models import Customer
from privacy.models import Tombstone
from protection import suppression
from protection.crypto import Undecryptable

RAISE_SEQUENCE = """
SELECT setval(pg_get_serial_sequence('customers_customer', 'id'), greatest(%s, nextval(
    pg_get_serial_sequence('customers_customer', 'id'))))
"""


@dataclass(frozen=True)
class Line:
    customer_id: int
    customer_created_at: dt.datetime | None
    erased_at: dt.datetime
    digests: Sequence[tuple[str, str]]
    key: str

    @classmethod
    def parse(cls, text: str) -> Line:
        told = json.loads(text)
        created = told["customer_created_at"]
        return cls(
            customer_id=told["customer_id"],
            customer_created_at=dt.datetime.fromisoformat(created) if created else None,
            erased_at=dt.datetime.fromisoformat(told["erased_at"]),
            digests=[(kind, digest) for kind, digest in told["digests"]],
            key=told["key"],
        )


def path() -> Path:
    return Path(settings.TOMBSTONE_FILE)


def lines() -> list[Line]:
    """Those that can be read. One that a crash cut short is no loss: the erasure goes on, and writes it again."""
    return [line for line in map(_read, _written()) if line is not None]


def last_line_of(customer_id: int) -> Line | None:
    return next((line for line in reversed(lines()) if line.customer_id == customer_id), None)


def unreadable() -> int:
    return sum(_read(text) is None for text in _written())


def _written() -> list[str]:
    try:
        return [text for text in path().read_text().splitlines() if text.strip()]
    except FileNotFoundError:
        return []


def _read(text: str) -> Line | None:
    try:
        return Line.parse(text)
    except (ValueError, KeyError, TypeError):
        return None


def file(tombstone: Tombstone) -> None:
    """Write it into the file, once, and make that last. Called after the transaction that erased has committed."""
    text = json.dumps(_as_json(tombstone), sort_keys=True)
    path().parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path(), os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "a+") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        stream.seek(0)
        written = stream.read()
        if text not in written.splitlines():
            # A line that a crash cut short must not swallow this one.
            stream.write(("\n" if written and not written.endswith("\n") else "") + text + "\n")
            stream.flush()
        os.fsync(stream.fileno())
    _make_folder_durable(path().parent)
    Tombstone.objects.filter(pk=tombstone.pk).update(filed_at=Now())


def _as_json(tombstone: Tombstone) -> dict[str, Any]:
    created = tombstone.customer_created_at
    return {
        "customer_id": tombstone.customer_id,
        "customer_created_at": created.isoformat() if created else None,
        "erased_at": tombstone.erased_at.isoformat(),
        "digests": tombstone.digests,
        "key": suppression.wrapped_key() if tombstone.digests else "",
    }


def _make_folder_durable(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


# --- after a restore --------------------------------------------------------------------------------------------------


def unreplayed() -> list[Line]:
    """Erasures that this database knows nothing of: it was restored from a backup made before them."""
    known = dict(Tombstone.objects.values_list("customer_id", "erased_at"))
    return [line for line in lines() if line.customer_id not in known or known[line.customer_id] < line.erased_at]


def take_back(told: Sequence[Line]) -> Iterator[Line]:
    """Restores the suppression list of these lines, and yields those whose customer is back.

    The others get their tombstone here; no new customer will be given the number of any.
    """
    if _adopt_key_of(told):
        suppression.restore(digest for line in told for digest in line.digests)
    for line in told:
        # Another one may have been given the number of somebody who was not in the backup.
        present: Any = Customer.objects.filter(pk=line.customer_id)
        if present.filter(created_at=line.customer_created_at).exists():
            yield line
        else:
            bury(line.customer_id, line.customer_created_at, line.erased_at, line.digests, is_filed=True)
    if told:
        with connection.cursor() as cursor:
            cursor.execute(RAISE_SEQUENCE, [max(line.customer_id for line in told)])


def _adopt_key_of(told: Sequence[Line]) -> bool:
    """Whether the hashes of these lines are of use here. An old line may be under a field key that is gone."""
    for wrapped in dict.fromkeys(line.key for line in reversed(told) if line.key):
        try:
            suppression.adopt_key(wrapped)
        except Undecryptable:
            continue
        except suppression.ForeignKey:
            return False
        return True
    return False


def bury(
    customer_id: int,
    created_at: dt.datetime | None,
    erased_at: dt.datetime,
    digests: Sequence[tuple[str, str]],
    *,
    is_filed: bool = False,
) -> Tombstone:
    tombstone, _is_new = Tombstone.objects.update_or_create(
        customer_id=customer_id,
        defaults={
            "customer_created_at": created_at,
            "erased_at": erased_at,
            "digests": [list(each) for each in digests],
            "filed_at": timezone.now() if is_filed else None,
        },
    )
    return tombstone


@checks.register("privacy", checks.Tags.database)
def erasures_are_replayed(
    app_configs: Any = None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[checks.CheckMessage]:
    """Asked by `migrate`, and by `check --database default`."""
    if not databases or Tombstone._meta.db_table not in connection.introspection.table_names():
        return []
    found: list[checks.CheckMessage] = []
    if missing := len(unreplayed()):
        found.append(
            checks.Warning(
                f"{missing} erasures stand in {path().name} that this database does not know: it was restored.",
                hint="Run `manage.py replay_erasures` before anybody works with it.",
                id="privacy.W001",
            )
        )
    if damaged := unreadable():
        found.append(
            checks.Warning(
                f"{damaged} lines of {path().name} cannot be read.",
                hint="A crash may have cut one short, which is no loss; more than that is: look at the file.",
                id="privacy.W002",
            )
        )
    return found
