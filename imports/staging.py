"""A file's rows as text in tables of their own, where SQL can check them.

Each attempt at an import has a schema for itself, with unlogged tables of fixed names: `staged` has a column `c1`, `c2`
… for each of the file. The schema stands first in the search path, so the statements of `checks` and the `commit_*`
modules need no names put together, and an attempt that was given up cannot write into the tables of the next.
"""

from __future__ import annotations

import io
import json
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from django.db import connection
from psycopg import sql

from imports.errors import ImportFileError
from imports.files import opened
from imports.layout import Plan
from imports.reading import Counts, Refused, physical_lines, rows
from jobs.models import Job

ROWS_PER_BLOCK = 5000
# Sorts and hashes of a file of half a million lines stay in memory.
WORK_MEM = "128MB"
PREFIX = "import_staging"

TABLES = """
CREATE UNLOGGED TABLE problems (
    row_number bigint NOT NULL, field text NOT NULL, reason text NOT NULL, value text NOT NULL DEFAULT '',
    is_rejected boolean NOT NULL DEFAULT true, cells jsonb
)
"""

ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})

Progress = Callable[[float], None]  # told the share of the file that is read


def schema_name(job_id: int, attempt: int) -> str:
    return f"{PREFIX}_{job_id}_{attempt}"


@contextmanager
def staging_schema(name: str) -> Iterator[None]:
    """Work with the tables of this schema; it is kept, for whoever goes on with it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('search_path'), current_setting('work_mem')")
        path, work_mem = cursor.fetchone() or ("", "")
        # Should another attempt have taken the schema, a new table must not land in the next one of the path: in
        # pg_catalog nobody may create any.
        _set(f"{name}, pg_catalog, {path}", WORK_MEM)
    try:
        yield
    finally:
        if connection.is_usable():
            _set(path, work_mem)


def _set(search_path: str, work_mem: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('search_path', %s, false), set_config('work_mem', %s, false)", [search_path, work_mem]
        )


def create(name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("DROP SCHEMA IF EXISTS {name} CASCADE").format(name=sql.Identifier(name)))
        cursor.execute(sql.SQL("CREATE SCHEMA {name}").format(name=sql.Identifier(name)))


def drop(name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("DROP SCHEMA IF EXISTS {name} CASCADE").format(name=sql.Identifier(name)))


def take_over(old: str, new: str, staged_rows: int) -> bool:
    """Go on with what an earlier attempt staged, if it is whole: a crash of the server empties unlogged tables."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [f"{old}.staged"])
        if not (cursor.fetchone() or [False])[0]:
            return False
        cursor.execute(sql.SQL("SELECT count(*) FROM {table}").format(table=sql.Identifier(old, "staged")))
        if (cursor.fetchone() or [0])[0] != staged_rows:
            return False
        cursor.execute(
            sql.SQL("ALTER SCHEMA {old} RENAME TO {new}").format(old=sql.Identifier(old), new=sql.Identifier(new))
        )
        _forget_checks(new)
        return True


def _forget_checks(name: str) -> None:
    """Leave only what came out of the file: the rows, and those that the reader refused."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, relkind = 'v' FROM pg_class WHERE relnamespace = %s::regnamespace"
            " AND relkind IN ('r', 'v') AND relname NOT IN ('staged', 'problems')",
            [name],
        )
        for relation, is_view in cursor.fetchall():
            drop_relation = "DROP VIEW IF EXISTS {} CASCADE" if is_view else "DROP TABLE IF EXISTS {} CASCADE"
            cursor.execute(sql.SQL(drop_relation).format(sql.Identifier(name, relation)))
        cursor.execute(sql.SQL("DELETE FROM {} WHERE field <> ''").format(sql.Identifier(name, "problems")))


def drop_abandoned() -> None:
    """Remove what was staged for jobs that are over, or gone: it may be personal data."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nspname FROM pg_namespace WHERE nspname ~ %s", [rf"^{PREFIX}_\d+_\d+$"])
        staged = {name: int(name.removeprefix(f"{PREFIX}_").split("_")[0]) for (name,) in cursor.fetchall()}
    alive = set(Job.objects.live().filter(pk__in=staged.values()).values_list("pk", flat=True))
    for name, job_id in staged.items():
        if job_id not in alive:
            drop(name)


def stage(path: Path, plan: Plan, progress: Progress) -> tuple[str, Counts]:
    """Fill the tables with the file's rows; the encoding that it was read in, and what was met on the way.

    A file may turn out further down not to be in the encoding that its beginning suggests; then all is read again.
    """
    for encoding in plan.encodings:
        try:
            return encoding, _stage_as(encoding, path, plan, progress)
        except UnicodeDecodeError as error:
            failure = error
    raise ImportFileError(str(failure))


def _stage_as(encoding: str, path: Path, plan: Plan, progress: Progress) -> Counts:
    counts = Counts()
    columns = [f"c{number}" for number in range(1, len(plan.layout.header) + 1)]
    with connection.cursor() as cursor, tempfile.TemporaryFile() as refused, opened(path) as (content, raw):
        cursor.execute("DROP TABLE IF EXISTS staged, problems CASCADE")
        cursor.execute(TABLES)
        cursor.execute(
            sql.SQL("CREATE UNLOGGED TABLE staged (row_number bigint NOT NULL, {columns})").format(
                columns=sql.SQL(", ").join(sql.SQL("{} text").format(sql.Identifier(name)) for name in columns)
            )
        )
        size = max(path.stat().st_size, 1)
        # newline="": a line break inside quotes belongs to the cell as it is.
        text = io.TextIOWrapper(content, encoding=encoding, newline="")
        good = rows(physical_lines(text), plan.layout, counts, lambda row: _keep(row, refused))
        with cursor.copy("COPY staged FROM STDIN (NULL '')") as copy:
            for block in copy_blocks(good, len(columns)):
                copy.write(block)
                progress(raw.tell() / size)
        refused.seek(0)
        with cursor.copy("COPY problems (row_number, field, reason, cells) FROM STDIN") as copy:
            while part := refused.read(1 << 20):
                copy.write(part)
        cursor.execute("ANALYZE staged")
    return counts


def _keep(row: Refused, file: IO[bytes]) -> None:
    cells = json.dumps([cell.replace("\0", "\N{SYMBOL FOR NULL}") for cell in row.cells], ensure_ascii=False)
    file.write(f"{row.row_number}\t\t{row.reason}\t{cells.translate(ESCAPES)}\n".encode())


def copy_blocks(numbered: Iterable[tuple[int, list[str]]], width: int) -> Iterator[str]:
    """Rows in the text format of COPY, some thousands at a time; blanks around a cell are left out."""
    block: list[tuple[int, list[str]]] = []
    for row in numbered:
        block.append(row)
        if len(block) == ROWS_PER_BLOCK:
            yield copy_block(block, width)
            block.clear()
    if block:
        yield copy_block(block, width)


def copy_block(block: list[tuple[int, list[str]]], width: int) -> str:
    tab, strip = "\t", str.strip
    text = "".join([f"{row_number}\t{tab.join(map(strip, cells))}\n" for row_number, cells in block])
    # Cells seldom hold what COPY wants escaped, so the block is looked through at once.
    separators = text.count(tab) == len(block) * width and text.count("\n") == len(block)
    if separators and "\\" not in text and "\r" not in text:
        return text
    return "".join(
        f"{row_number}\t{tab.join(cell.strip().translate(ESCAPES) for cell in cells)}\n" for row_number, cells in block
    )
