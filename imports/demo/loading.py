"""Writes rows by COPY into empty tables, in one transaction: a load that is broken off leaves nothing behind."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from django.db import connection, models
from django.db.backends.utils import CursorWrapper
from psycopg import sql

from imports.demo.copying import Rows

Model = type[models.Model]
T = TypeVar("T")

# Memory for sorting when indexes and foreign keys are made again.
MAINTENANCE_MEMORY = "256MB"
FOREIGN_KEYS = """
    SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid) FROM pg_constraint
    WHERE contype = 'f' AND conparentid = 0
      AND (conrelid = ANY(%(tables)s::regclass[]) OR confrelid = ANY(%(tables)s::regclass[]))
    ORDER BY conrelid::regclass::text, conname
"""
PLAIN_INDEXES = """
    SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
    WHERE indrelid = ANY(%(tables)s::regclass[]) AND NOT indisunique ORDER BY indexrelid::regclass::text
"""


class TableNotEmpty(Exception):
    """A table that is to be filled holds rows already."""

    def __init__(self, table: str) -> None:
        super().__init__(table)
        self.table = table


def require_empty(models_to_fill: Sequence[Model]) -> None:
    """Raises `TableNotEmpty` for the first that is not."""
    with connection.cursor() as cursor:
        for model in models_to_fill:
            table = model._meta.db_table
            cursor.execute(sql.SQL("SELECT EXISTS (SELECT FROM {})").format(sql.Identifier(table)))
            if cursor.fetchone()[0]:
                raise TableNotEmpty(table)


@contextmanager
def bare_tables(models_to_fill: Sequence[Model]) -> Iterator[None]:
    """Within the transaction, the empty tables without foreign keys and plain indexes; these come back at the end.

    Checking each key alone is most of the cost of a load, and an index built over the finished table is cheaper and
    denser. Nobody else can read or write the tables meanwhile, nor start a load beside this one.

    Raises `TableNotEmpty`.
    """
    tables = [model._meta.db_table for model in models_to_fill]
    with connection.cursor() as cursor:
        # Rows that this transaction has written before would wait for their check, and bar any change of the table.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        cursor.execute("SELECT set_config('maintenance_work_mem', %s, true)", [MAINTENANCE_MEMORY])
        names = sql.SQL(", ").join(sql.Identifier(table) for table in tables)
        cursor.execute(sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE").format(names))
        require_empty(models_to_fill)
        cursor.execute(FOREIGN_KEYS, {"tables": tables})
        foreign_keys = cursor.fetchall()
        cursor.execute(PLAIN_INDEXES, {"tables": tables})
        indexes = cursor.fetchall()
        for table, name, _definition in foreign_keys:
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        for index, _definition in indexes:
            cursor.execute(f"DROP INDEX {index}")
        # Gives new files, which vanish if the load is broken off, and lets COPY write rows that need no vacuum.
        cursor.execute(sql.SQL("TRUNCATE {}").format(names))
        yield  # No `finally`: after an error the transaction is rolled back, and all is as it was.
        for _index, definition in indexes:
            cursor.execute(definition)
        for table, name, definition in foreign_keys:
            cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")
        for model in models_to_fill:
            _continue_numbers(cursor, model)
    analyse(models_to_fill)


def analyse(filled: Sequence[Model]) -> None:
    with connection.cursor() as cursor:
        names = sql.SQL(", ").join(sql.Identifier(model._meta.db_table) for model in filled)
        cursor.execute(sql.SQL("ANALYZE {}").format(names))


def copy_rows(rows: Rows) -> None:
    """Into a table that `bare_tables` has emptied in the same transaction."""
    if not rows.count:
        return
    columns = {field.name: field.column or field.name for field in rows.model._meta.concrete_fields}
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT {}, FREEZE)").format(
        sql.Identifier(rows.model._meta.db_table),
        sql.SQL(", ").join([sql.Identifier(columns[name]) for name in rows.fields]),
        sql.SQL("binary" if rows.is_binary else "text"),
    )
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(rows.data)


def ahead(items: Iterable[T]) -> Iterator[T]:
    """The same items, of which the next is being made while the last is used."""
    source = iter(items)
    end = object()
    with ThreadPoolExecutor(max_workers=1) as maker:
        upcoming = maker.submit(next, source, end)
        while (item := upcoming.result()) is not end:
            upcoming = maker.submit(next, source, end)
            yield item  # type: ignore[misc]


def _continue_numbers(cursor: CursorWrapper, model: Model) -> None:
    """Let the table's next own number follow those that were given."""
    table = model._meta.db_table
    statement = sql.SQL("SELECT setval(pg_get_serial_sequence(%s, 'id'), max(id)) FROM {} HAVING max(id) IS NOT NULL")
    cursor.execute(statement.format(sql.Identifier(table)), [table])
