"""Running the statements of a commit, and counting what they did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from django.db import connection
from psycopg import sql

Params = Mapping[str, Any]


WHAT_BECAME = ("inserted", "updated", "unchanged")


@dataclass
class Tally:
    """What became of the rows of one table."""

    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    removed: int = 0
    # Lines that repeat another one of their document exactly, and are kept as lines of their own.
    exact_repeats: int = 0

    def as_json(self) -> dict[str, int]:
        return {name: count for name, count in asdict(self).items() if count or name in WHAT_BECAME}


def run(statement: str | sql.Composable, params: Params | None = None) -> int:
    """Execute one statement; how many rows it wrote."""
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return int(cursor.rowcount)


def value_of(statement: str | sql.Composable, params: Params | None = None) -> Any:
    """The one value that a query finds."""
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        row = cursor.fetchone()
    return row[0] if row else None


def records(statement: str, params: Params | None = None) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return list(cursor.fetchall())
