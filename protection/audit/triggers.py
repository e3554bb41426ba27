"""Puts the triggers of the trail on the tables, after every `migrate`; those that are right are left alone."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from django.db import connections, transaction

from protection.audit.trail import AUDITED, Audited

PREFIX = "protection_audit"
# What a statement did, and how the trigger sees it.
EVENTS = {
    "insert": "AFTER INSERT ON {table} REFERENCING NEW TABLE AS new_rows",
    "update": "AFTER UPDATE ON {table} REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows",
    "delete": "AFTER DELETE ON {table} REFERENCING OLD TABLE AS old_rows",
    "truncate": "BEFORE TRUNCATE ON {table}",
}
INSTALLED = """
    SELECT c.relname, t.tgname, obj_description(t.oid, 'pg_trigger')
    FROM pg_class c LEFT JOIN pg_trigger t ON t.tgrelid = c.oid AND starts_with(t.tgname, %s)
    WHERE c.relkind IN ('r', 'p') AND pg_table_is_visible(c.oid)
"""


def install(using: str = "default", **kwargs: Any) -> None:
    """Receiver of `post_migrate`. A migration that stops half-way has not made every table yet."""
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        cursor.execute(INSTALLED, [PREFIX])
        tables: dict[str, dict[str, str]] = {}
        for table, trigger, digest in cursor.fetchall():
            tables.setdefault(table, {}).update({trigger: digest} if trigger else {})
        for statement in _statements(tables):
            cursor.execute(statement)


def _statements(tables: dict[str, dict[str, str]]) -> Iterator[str]:
    wanted = {audited.table: triggers_of(audited) for audited in AUDITED.values()}
    for table, present in tables.items():
        fresh = {name: (definition, _digest(definition)) for name, definition in wanted.get(table, {}).items()}
        for name in present.keys() - {name for name, (_sql, digest) in fresh.items() if present.get(name) == digest}:
            yield f'DROP TRIGGER "{name}" ON "{table}"'
        for name, (definition, digest) in fresh.items():
            if present.get(name) != digest:
                yield definition
                yield f'COMMENT ON TRIGGER "{name}" ON "{table}" IS \'{digest}\''


def triggers_of(audited: Audited) -> dict[str, str]:
    """The statement that makes each trigger, by its name."""
    arguments = ", ".join(f"'{argument}'" for argument in _arguments(audited))
    return {
        f"{PREFIX}_{event}": f'CREATE TRIGGER "{PREFIX}_{event}" {when.format(table=_quoted(audited.table))}'
        f" FOR EACH STATEMENT EXECUTE FUNCTION {PREFIX}({arguments})"
        for event, when in EVENTS.items()
    }


def _arguments(audited: Audited) -> list[str]:
    """As protection/migrations/0002_audit_triggers.py reads them."""
    return [
        audited.key,
        "number" if audited.has_number else "text",
        audited.customer_of("n"),
        audited.customer_of("o"),
        ",".join(sorted(audited.skipped)),
        ",".join(sorted(audited.dotted)),
        str(audited.bulk_above or ""),
    ]


def _quoted(table: str) -> str:
    return f'"{table}"'


def _digest(definition: str) -> str:
    return hashlib.sha256(definition.encode()).hexdigest()[:16]
