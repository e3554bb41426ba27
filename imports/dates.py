"""Reading dates: each text that occurs is read once, whatever the number of rows it stands in."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection
from django.utils.translation import gettext as _
from psycopg import sql

from core.models import OrganisationSettings
from imports.errors import ImportFileError
from imports.mapping import FileMapping

# The three parts of the day, then hour, minute, second, a.m. or p.m., and the zone.
TIME = r"(?:(?:T|,? +)(\d{1,2})[:.](\d{2})(?:[:.](\d{2}(?:\.\d{1,6})?)\d*)?(?: ?([AaPp])\.?[Mm]\.?)?)?"
ZONE = r" ?(Z|UTC|[+-](?:0\d|1[0-5])(?::?[0-5]\d)?)?"
YEAR_FIRST = rf"^(\d{{4}})[-/.](\d{{1,2}})[-/.](\d{{1,2}}){TIME}{ZONE}$"
YEAR_LAST = rf"^(\d{{1,2}})[-/.](\d{{1,2}})[-/.](\d{{4}}|\d{{2}}){TIME}{ZONE}$"
COMPACT = r"^(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})(\d{2})()(Z)?)?$"
# 03/04/2026 is the third of April or the fourth of March; with dots the day always comes first.
SLASHED = r"^(\d{1,2})[-/](\d{1,2})[-/](?:\d{4}|\d{2})\y"

WRITTEN = """
CREATE UNLOGGED TABLE written_dates AS SELECT DISTINCT written FROM ({columns}) AS cell WHERE written IS NOT NULL
"""

ORDER_OF_PARTS = """
SELECT bool_or(part[1]::int > 12), bool_or(part[2]::int > 12), min(written)
FROM (SELECT written, regexp_match(written, %(slashed)s) AS part FROM written_dates) AS date WHERE part IS NOT NULL
"""

MOMENTS = """
CREATE UNLOGGED TABLE moments AS
WITH matched AS MATERIALIZED (
    SELECT written, coalesce(regexp_match(written, %(year_first)s), regexp_match(written, %(compact)s)) AS ymd,
           CASE WHEN %(date_order)s <> 'ymd' THEN regexp_match(written, %(year_last)s) END AS year_last
    FROM written_dates
), parts AS MATERIALIZED (
    SELECT written, coalesce(ymd, year_last) AS part,
           CASE WHEN ymd IS NOT NULL THEN ymd[1:3]
                WHEN %(date_order)s = 'mdy' THEN ARRAY[year_last[3], year_last[1], year_last[2]]
                ELSE ARRAY[year_last[3], year_last[2], year_last[1]] END AS ymd
    FROM matched
), numbers AS MATERIALIZED (
    SELECT written, part[8] AS zone, part[4] IS NOT NULL AS has_time,
           ymd[1]::int + CASE WHEN length(ymd[1]) = 4 THEN 0 WHEN ymd[1]::int < 70 THEN 2000 ELSE 1900 END AS year,
           ymd[2]::int AS month, ymd[3]::int AS day,
           CASE WHEN part[7] <> '' AND part[4]::int BETWEEN 1 AND 12
                THEN part[4]::int %% 12 + CASE lower(part[7]) WHEN 'p' THEN 12 ELSE 0 END
                ELSE coalesce(part[4]::int, 0) END AS hour,
           coalesce(part[5]::int, 0) AS minute, coalesce(part[6]::float8, 0) AS second
    FROM parts
), months AS MATERIALIZED (
    SELECT *, CASE WHEN year BETWEEN 1880 AND 2200 AND month BETWEEN 1 AND 12
                   THEN extract(day FROM make_date(year, month, 1) + interval '1 month - 1 day') END AS last_day
    FROM numbers
), clocks AS MATERIALIZED (
    SELECT written, zone, has_time,
           CASE WHEN day BETWEEN 1 AND last_day AND hour < 24 AND minute < 60 AND second < 60
                THEN make_timestamp(year, month, day, hour, minute, second) END AS on_the_clock
    FROM months
), instants AS MATERIALIZED (
    SELECT written, on_the_clock, CASE
        WHEN zone IS NOT NULL THEN (on_the_clock::text || ' ' || zone)::timestamptz
        -- A day without a time is a day of the organisation, whatever the zone of the file's times.
        WHEN NOT has_time THEN on_the_clock AT TIME ZONE %(own_zone)s
        -- Of an hour that comes twice the first, as in core.dates; PostgreSQL would take the second.
        WHEN (on_the_clock AT TIME ZONE %(zone)s - interval '1 hour') AT TIME ZONE %(zone)s = on_the_clock
            THEN on_the_clock AT TIME ZONE %(zone)s - interval '1 hour'
        ELSE on_the_clock AT TIME ZONE %(zone)s END AS at
    FROM clocks WHERE on_the_clock IS NOT NULL
)
SELECT written, at, (at AT TIME ZONE %(own_zone)s)::date AS day, on_the_clock::date AS written_day FROM instants
"""


def read_dates(mapping: FileMapping, fields: Sequence[str]) -> None:
    """Make `moments`: for each date that is written in these fields of `cells` its instant and its day."""
    columns = [sql.SQL("SELECT {} AS written FROM cells").format(sql.Identifier(name)) for name in fields]
    none = sql.SQL("SELECT NULL::text AS written").format()
    own_zone = OrganisationSettings.current().time_zone
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(WRITTEN).format(columns=sql.SQL(" UNION ALL ").join(columns or [none])))
        values = {
            "year_first": YEAR_FIRST,
            "year_last": YEAR_LAST,
            "compact": COMPACT,
            "date_order": mapping.date_order or _order_of_parts(),
            "zone": mapping.time_zone or own_zone,
            "own_zone": own_zone,
        }
        cursor.execute(MOMENTS, values)
        cursor.execute("ANALYZE moments")


def _order_of_parts() -> str:
    """Whether day or month comes first, which only a day beyond the twelfth shows."""
    with connection.cursor() as cursor:
        cursor.execute(ORDER_OF_PARTS, {"slashed": SLASHED})
        day_is_first, month_is_first, example = cursor.fetchone() or (None, None, None)
    if example is None or (day_is_first and not month_is_first):
        return "dmy"
    if month_is_first and not day_is_first:
        return "mdy"
    raise ImportFileError(
        _("The dates of the file can be read in two ways: “%(example)s” may begin with the day or with the month. "
          "State date_order = \"dmy\" or \"mdy\" in a mapping.")
        % {"example": example}
    )  # fmt: skip
