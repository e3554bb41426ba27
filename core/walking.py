"""The first of those who match in an order, wherever in it they stand.

The database expects them everywhere in the order alike, so it often walks there until the page is full: but names go
with countries and amounts with days, and the first ones may stand behind hundreds of thousands of others. So only a
stretch of such a way is walked; where that does not fill the page, all who match are looked for, and then sorted.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

# So far the way is walked.
NEAR = 3_000

# Those on the way are asked one by one (LIMIT 1), as the walk comes by, until there are enough.
STATEMENT = """
WITH near(pk, key) AS MATERIALIZED ({way}),
first AS MATERIALIZED (
    SELECT near.pk, near.key
    FROM near CROSS JOIN LATERAL (SELECT FROM ({matching}) AS found(pk) WHERE found.pk = near.pk LIMIT 1) AS found
    LIMIT {many}
)
SELECT false AS is_among_all, pk, key FROM first
UNION ALL
(SELECT true, pk, key FROM ({ahead}) AS every(pk, key)
 WHERE (SELECT count(*) FROM first) < {many} AND (SELECT count(*) FROM near) = {near}
 ORDER BY key {direction}, pk {direction} LIMIT {many})
"""


def first_of(
    ahead: QuerySet[Any],
    *,
    among: QuerySet[Any],
    matching: QuerySet[Any],
    key: str,
    descending: bool,
    many: int,
    is_rare: bool,
) -> Sequence[tuple[int, Any]]:
    """(id, key) of the first so many rows of `ahead`, which are those of `among` that are also in `matching`.

    `ahead` and `among` are ordered alike, by `key` and then by id. Behind the stretch all who match are looked for
    where that is known to be less than to walk on (`is_rare`); elsewhere the database judges.
    """
    try:
        way, way_params = among.values_list("pk", key)[:NEAR].query.sql_with_params()
        each, each_params = matching.order_by().values_list("pk").query.sql_with_params()
        found = ahead.values_list("pk", key)
        every, every_params = (found.order_by() if is_rare else found[:many]).query.sql_with_params()
    except EmptyResultSet:
        return []
    direction = "DESC" if descending else "ASC"
    if is_rare:
        every += " OFFSET 0"  # without it the database would walk on
    statement = STATEMENT.format(way=way, matching=each, ahead=every, many=many, near=NEAR, direction=direction)
    with connection.cursor() as cursor:
        cursor.execute(statement, [*way_params, *each_params, *every_params])
        rows = cursor.fetchall()
    return [(pk, value) for is_among_all, pk, value in rows if is_among_all] or [row[1:] for row in rows]
