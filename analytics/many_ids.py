"""Numbers out of PostgreSQL by the million: psycopg would make an object of each, or of each row that is copied."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

from core.id_sets import IdArray as IdArray
from core.id_sets import sent_numbers

# Beyond so many a list is shorter.
MOST_BITS_EACH = 64


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
    return {column: sent_numbers(sent) for column, sent in zip(columns, found, strict=True)}


def numbers_by_text(statement: str, params: Sequence[Any] = ()) -> dict[str, IdArray]:
    """Of a statement that selects a text `name` and a bigint `id`, the numbers with each text."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT name, string_agg(int8send(id), ''::bytea) FROM ({statement}) AS found (name, id) GROUP BY name",  # noqa: S608 - ours
            params,
        )
        return {name: sent_numbers(sent) for name, sent in cursor.fetchall()}


def condition_on(ids: IdArray, column: str = "customer_id") -> str:
    """A condition of PostgreSQL that a column is one of these. As bits it reads a row of the table and is done, where a
    list of a hundred thousand ids is joined with it, by a plan that was made for a hundred."""
    if not len(ids):
        return "FALSE"
    if ids.min() < 0 or ids.max() > MOST_BITS_EACH * len(ids):
        return f"{column} IN (SELECT unnest('{{{','.join(map(str, ids.tolist()))}}}'::bigint[]))"
    bits = np.zeros(int(ids.max()) + 1, dtype=np.bool_)
    bits[ids] = True
    held = np.packbits(bits, bitorder="little").tobytes().hex()
    # An id beyond them would be an error. A cast is expected to hold for a third of the rows, a comparison for none.
    return f"CASE WHEN {column} < {len(bits)} THEN get_bit('\\x{held}'::bytea, {column})::boolean ELSE FALSE END"
