"""Clearing up after a test that commits, without what Django's flush spends on it.

Flush truncates every table there is and then sends `post_migrate`, which makes content types, permissions and the
triggers of the audit trail anew, for each such test. Here the rows of the few tables that hold any are deleted, with
triggers and foreign keys asleep, and what migrations made of the database stays.
"""

from __future__ import annotations

import json

from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper
from django.test import TransactionTestCase

# Made by migrations alone, and changed by no test.
KEPT = {"django_content_type", "auth_permission", "django_migrations"}
KEPT_MODELS = {"contenttypes.contenttype", "auth.permission"}
# Of a larger one the file is thrown away: deleting it row by row would take longer.
LARGE_BYTES = 4 * 1024**2


def install(connection: BaseDatabaseWrapper) -> None:
    """For this process. An account that may not put triggers to sleep flushes as Django does."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        if not cursor.fetchone()[0]:
            return
    TransactionTestCase._fixture_teardown = _clear  # type: ignore[attr-defined]
    # What tests with `serialized_rollback` write back before they start; nothing where there is none of them.
    if written_back := getattr(connection, "_test_serialized_contents", ""):
        rows = [row for row in json.loads(written_back) if row["model"] not in KEPT_MODELS]
        connection._test_serialized_contents = json.dumps(rows)  # type: ignore[attr-defined]


def _clear(test: TransactionTestCase) -> None:
    for name in test._databases_names(include_mirrors=False):  # type: ignore[attr-defined]
        connection = connections[name]
        with transaction.atomic(using=name), connection.cursor() as cursor:
            filled = _filled(connection, cursor)
            cursor.execute("SET LOCAL session_replication_role = replica")
            for table, size in filled:
                statement = "TRUNCATE {} CASCADE" if size > LARGE_BYTES else "DELETE FROM {}"
                cursor.execute(statement.format(connection.ops.quote_name(table)))


def _filled(connection: BaseDatabaseWrapper, cursor: CursorWrapper) -> list[tuple[str, int]]:
    """The tables that hold rows, with their size."""
    every = connection.introspection.django_table_names(only_existing=True, include_views=False)
    parts = [
        f"SELECT '{table}', pg_relation_size('{table}') WHERE EXISTS (SELECT FROM {table})"
        for table in sorted(set(every) - KEPT)
    ]
    cursor.execute(" UNION ALL ".join(parts))
    return list(cursor.fetchall())
