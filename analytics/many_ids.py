"""Numbers out of PostgreSQL by the million: psycopg would make an object of each, or of each row that is copied."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet
from numpy.typing import NDArray

IdArray = NDArray[np.int64]


def ids_of(rows: QuerySet[Any, Any]) -> IdArray:
    """The primary keys of a queryset."""
    try:
        statement, params = rows.order_by().values("pk").query.sql_with_params()
    except EmptyResultSet:
        return np.array([], dtype=np.int64)
    return numbers_of(statement, ("id",), params)["id"]


def numbers_of(statement: str, columns: Sequence[str], params: Sequence[Any] = ()) -> dict[str, IdArray]:
    """What a statement selects under the names of `columns`, each a bigint and never NULL: sent as the bytes of one
    value a column."""
    sent = ", ".join(f"string_agg(int8send({column}), ''::bytea)" for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {sent} FROM ({statement}) AS found ({', '.join(columns)})", params)  # noqa: S608 - ours
        found = cursor.fetchone()
    return {column: _numbers(sent) for column, sent in zip(columns, found, strict=True)}


def numbers_by_text(statement: str, params: Sequence[Any] = ()) -> dict[str, IdArray]:
    """Of a statement that selects a text `name` and a bigint `id`, the numbers with each text."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT name, string_agg(int8send(id), ''::bytea) FROM ({statement}) AS found (name, id) GROUP BY name",  # noqa: S608 - ours
            params,
        )
        return {name: _numbers(sent) for name, sent in cursor.fetchall()}


def _numbers(sent: bytes | None) -> IdArray:
    return np.frombuffer(sent or b"", dtype=">i8").astype(np.int64)
