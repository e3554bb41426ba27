"""Rows about people who were erased on their request: left out before anything is made of them, and kept nowhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from django.db import connection
from psycopg import sql

from imports.fields import FIELDS
from imports.layout import Plan
from imports.statements import records, run
from protection import suppression
from protection.suppression import Identity

TABLES = """
CREATE UNLOGGED TABLE erased_rows (row_number bigint PRIMARY KEY);
CREATE UNLOGGED TABLE erased_values (field text, value text)
"""

NAMED = """
INSERT INTO erased_rows
SELECT row_number FROM cells WHERE {column} IN (SELECT value FROM erased_values WHERE field = {field})
ON CONFLICT DO NOTHING
"""

# Whoever is known by one row is known by their number in others, which may say less.
SAME_CUSTOMER = """
INSERT INTO erased_rows
SELECT row_number FROM cells WHERE customer IN (SELECT customer FROM cells JOIN erased_rows USING (row_number))
ON CONFLICT DO NOTHING
"""
SAME_DOCUMENT = """
INSERT INTO erased_rows
SELECT row_number FROM cells WHERE number IN (SELECT number FROM cells JOIN erased_rows USING (row_number))
ON CONFLICT DO NOTHING
"""

REFUSE = """
INSERT INTO problems (row_number, field, reason) SELECT row_number, 'customer', 'erased' FROM erased_rows
"""
LEAVE_OUT = "DELETE FROM staged USING erased_rows WHERE staged.row_number = erased_rows.row_number"

# What the reader refused has no columns that one could rely on.
UNREAD_CELLS = """
SELECT DISTINCT cell FROM problems CROSS JOIN LATERAL jsonb_array_elements_text(cells) AS cell WHERE cell <> ''
"""
FORGET_UNREAD = """
UPDATE problems SET reason = 'erased', cells = NULL, value = ''
WHERE EXISTS (SELECT FROM jsonb_array_elements_text(cells) AS cell WHERE cell = ANY(%(cells)s))
"""


def leave_out(planned: Plan, source: str) -> int:
    """Takes these rows out of what was staged; how many. What stays of them is that they were refused."""
    run(TABLES)
    if not suppression.newest():
        return 0
    ways = _ways(source)
    known = {item.name for item in FIELDS[planned.mapping.kind]}
    for name in known & ways.keys():
        kind, identity = ways[name]
        _note(name, list(suppression.matching(kind, _distinct(name, identity))))
        if name in {"customer", "email", "phone"}:
            run(sql.SQL(NAMED).format(field=sql.Literal(name), column=sql.Identifier(name)))
    if "customer" in known:
        run(SAME_CUSTOMER)
    if {"customer", "number"} <= known and "order_kind" in known:
        run(SAME_DOCUMENT)
    left_out = run(REFUSE)
    run(LEAVE_OUT)
    _forget_unread(ways)
    return left_out


def _ways(source: str) -> dict[str, tuple[str, Callable[[str], Identity]]]:
    """The fields that say who somebody is, and how each is compared."""

    def number(value: str) -> Identity:
        return suppression.external_id(source, value)

    return {
        "email": (suppression.Kind.EMAIL, suppression.email),
        "phone": (suppression.Kind.PHONE, suppression.phone),
        "customer": (suppression.Kind.EXTERNAL_ID, number),
        "organisation": (suppression.Kind.EXTERNAL_ID, number),
        "referred_by": (suppression.Kind.EXTERNAL_ID, number),
    }


def _distinct(name: str, identity: Callable[[str], Identity]) -> Iterator[tuple[str, Identity]]:
    column = sql.Identifier(name)
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("SELECT DISTINCT {0} FROM cells WHERE {0} IS NOT NULL").format(column))
        while found := cursor.fetchmany(10_000):
            for (value,) in found:
                yield value, identity(value)


def _note(field: str, values: list[str]) -> None:
    run(
        "INSERT INTO erased_values SELECT %(field)s, unnest(%(values)s::text[])",
        {"field": field, "values": values},
    )


def _forget_unread(ways: dict[str, tuple[str, Callable[[str], Identity]]]) -> None:
    cells = [cell for (cell,) in records(UNREAD_CELLS)]
    found = {
        cell
        for kind, identity in ways.values()
        for cell in suppression.matching(kind, ((cell, identity(cell.strip())) for cell in cells))
    }
    if found:
        run(FORGET_UNREAD, {"cells": list(found)})
