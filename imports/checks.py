"""What is wrong with the rows of a file, found by SQL over what was staged and kept by row and field.

The layers, of which only the last is stored, by the module of the file's kind: `staged` (the columns of the file) ->
`cells` (our fields, as text) -> `parsed` (typed, with what stands against the row) -> `lines`, `people` and so on.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.db import connection
from psycopg import sql

from imports.cells import cells_view, mapped_fields, parsed_view
from imports.countries import country_code
from imports.dates import read_dates
from imports.fields import Type
from imports.layout import Plan

# With more names than this the column holds no countries.
MOST_COUNTRIES = 2000

# A table with `faults` keeps its bad rows until this has named them.
NAME_PROBLEMS = """
INSERT INTO problems (row_number, field, reason, value, is_rejected)
SELECT row_number, split_part(problem, ':', 1), split_part(problem, ':', 2),
       coalesce(to_jsonb(cells) ->> split_part(problem, ':', 1), ''), {is_rejected}
FROM (SELECT row_number, unnest({problems}) AS problem FROM {table} WHERE {problems} IS NOT NULL) AS named
JOIN cells USING (row_number)
"""


def prepare(plan: Plan) -> None:
    """Make `cells` and `parsed` of what was staged."""
    mapped = mapped_fields(plan.mapping)
    with connection.cursor() as cursor:
        cursor.execute(cells_view(plan))
        read_dates(plan.mapping, [item.name for item in mapped if item.type in {Type.MOMENT, Type.DAY}])
        _read_countries(plan.mapping.countries, any(item.type is Type.COUNTRY for item in mapped))
        cursor.execute(parsed_view(plan.mapping))


def _read_countries(own: Mapping[str, str], is_mapped: bool) -> None:
    """Make `countries`: for each as it is written its code, "" where the mapping says that it is none."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE UNLOGGED TABLE countries (written text PRIMARY KEY, code text)")
        if is_mapped:
            cursor.execute("SELECT DISTINCT country FROM cells WHERE length(country) <= 60 LIMIT %s", [MOST_COUNTRIES])
            read = [(written, country_code(written, own)) for (written,) in cursor.fetchall()]
            cursor.executemany("INSERT INTO countries VALUES (%s, %s)", read)


def countries() -> dict[str, str | None]:
    """How the countries of the file were read: None is not known, "" is none."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT written, code FROM countries ORDER BY written")
        return dict(cursor.fetchall())


def name_problems(table: str) -> None:
    """Keep by row what stands against the rows of this table (its `faults`), and which cells are left out (`flaws`)."""
    with connection.cursor() as cursor:
        for column, is_rejected in (("faults", True), ("flaws", False)):
            cursor.execute(
                sql.SQL(NAME_PROBLEMS).format(
                    table=sql.Identifier(table), problems=sql.Identifier(column), is_rejected=is_rejected
                )
            )
