"""Everything that the product keeps, wherever: tables with all their partitions and schemas, files, Valkey."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

import duckdb
import redis
from django.conf import settings
from django.db import connection
from psycopg import sql

# Of a row that stays empty.
NOTHING_OF_ANYBODY = {"customer_id", "kind", "lifecycle", "is_live", "may_be_profiled"}

TABLES = """
SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'm') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
ORDER BY 1, 2
"""


def places_of(text: str) -> list[str]:
    """Where the text stands, in any case, as it is or as the bytes of an encoded column."""
    wanted = text.casefold()
    forms = {wanted, wanted.encode().hex()}
    return [place for place, content in everything() if any(form in content for form in forms)]


def everything() -> Iterator[tuple[str, str]]:
    """Pairs of a place and what stands there, in lower case."""
    yield from tables()
    yield from files()
    yield from cached()


def tables() -> Iterator[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
        for schema, table in cursor.fetchall():
            cursor.execute(
                sql.SQL("SELECT string_agg(t::text, E'\\n') FROM {} t").format(sql.Identifier(schema, table))
            )
            yield f"{schema}.{table}", ((cursor.fetchone() or [""])[0] or "").casefold()


def files() -> Iterator[tuple[str, str]]:
    folders = [Path(settings.SNAPSHOT_DIR), Path(settings.FILES_DIR), Path(settings.TOMBSTONE_FILE).parent]
    for path in sorted({path for folder in folders for path in folder.rglob("*") if path.is_file()}):
        # Columns have four bytes for each letter.
        yield str(path), path.read_bytes().replace(b"\0", b"").decode("utf-8", "replace").casefold()
        if path.suffix == ".zip":
            with zipfile.ZipFile(path) as archive:
                for name in archive.namelist():
                    yield f"{path}/{name}", archive.read(name).decode("utf-8", "replace").casefold()
        if path.suffix == ".parquet":
            yield f"{path} (rows)", str(rows_of(path)).casefold()


def cached() -> Iterator[tuple[str, str]]:
    client = redis.Redis.from_url(settings.REDIS_URL)
    for key in client.scan_iter():
        yield f"valkey {key!r}", f"{key!r} {client.dump(key)!r}".casefold()


def facts_of(customer_id: int) -> list[dict[str, str | None]]:
    """What Parquet files say about the customer by number; an empty row of one who is not alive says nothing."""
    found = []
    for path in sorted(Path(settings.SNAPSHOT_DIR).rglob("*.parquet")):
        found += [row for row in rows_of(path) if row.get("customer_id") == str(customer_id) and not is_empty(row)]
    return found


def is_empty(row: dict[str, str | None]) -> bool:
    told = {name for name, value in row.items() if value not in {None, "", "false"}}
    return row.get("is_live") == "false" and told <= {"customer_id", "kind", "lifecycle", "may_be_profiled"}


def rows_of(path: Path) -> list[dict[str, str | None]]:
    rows = duckdb.sql(f"SELECT COLUMNS(*)::VARCHAR FROM read_parquet('{path}')")
    return [dict(zip(rows.columns, row, strict=True)) for row in rows.fetchall()]
