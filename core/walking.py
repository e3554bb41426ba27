"""The first of those who match in an order, wherever in it they stand.

The database expects them everywhere in the order alike, so it often walks there until the page is full: but names go
with countries and amounts with days, and the first ones may stand behind hundreds of thousands of others. So only a
stretch of such a way is walked; where that does not fill the page, all who match are looked for, and then sorted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Q, QuerySet

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


# So far each row of a way is looked for among the likely ones, behind that all of these are read once; and of so many
# likely ones it is asked whether they match.
FAR, CANDIDATES = 10_000, 3_000

ONE_BY_ONE = """
    SELECT way.pk, way.key FROM ({way} LIMIT {far}) AS way(pk, key)
    CROSS JOIN LATERAL (SELECT FROM ({ids}) AS likely(pk) WHERE likely.pk = way.pk LIMIT 1) AS likely
    LIMIT {candidates}
"""
# IS TRUE leaves it a condition on the rows of the way, in their order; a join would put all of them in order anew.
ALL_AT_ONCE = """
    SELECT way.pk, way.key FROM ({way} OFFSET 0) AS way(pk, key)
    WHERE EXISTS (SELECT FROM ({ids}) AS likely(pk) WHERE likely.pk = way.pk) IS TRUE
    LIMIT {candidates}
"""
FIRST_NEAR = """
SELECT pk, key FROM (
    SELECT way.pk, way.key
    FROM ({candidates}) AS way(pk, key)
    CROSS JOIN LATERAL (SELECT FROM ({matching}) AS found(pk) WHERE found.pk = way.pk LIMIT 1) AS found
    LIMIT {many}
) AS first
ORDER BY key {direction}, pk {direction}
"""
FIRST_OF_ALL = """
WITH candidates AS MATERIALIZED ({candidates}), first AS MATERIALIZED (
    SELECT way.pk, way.key
    FROM candidates AS way(pk, key)
    CROSS JOIN LATERAL (SELECT FROM ({matching}) AS found(pk) WHERE found.pk = way.pk LIMIT 1) AS found
    LIMIT {many}
)
SELECT first.pk, first.key, counted.candidates
FROM (SELECT count(*) FROM candidates) AS counted(candidates) LEFT JOIN first ON true
ORDER BY key {direction}, pk {direction}
"""


@dataclass(frozen=True)
class Likely:
    """`ids`, a column of them, has all who are `matching`, and finds each of them sooner. `way` are rows that have the
    order and ids, and need not be those of the part: out of a table that holds no more. `do_most_match`: then all the
    likely ones are looked at if need be."""

    ids: QuerySet[Any, Any]
    way: QuerySet[Any, Any]
    matching: QuerySet[Any, Any]
    do_most_match: bool = True


def first_likely(
    likely: Likely, *, condition: Q, order_by: Sequence[Any], tie: str, key: str, descending: bool, many: int
) -> Sequence[tuple[int, Any]] | None:
    """As `first_of`: the way is walked, and only of those who are likely it is asked whether they match indeed. None
    where these are not enough, and the rest has to be looked for otherwise."""
    ahead = likely.way.filter(condition).order_by(*order_by).values_list(tie, key)
    try:
        way, way_params = ahead.query.sql_with_params()
        ids, ids_params = likely.ids.query.sql_with_params()
        matching, matching_params = likely.matching.order_by().values_list("pk").query.sql_with_params()
    except EmptyResultSet:
        return []
    params = [*way_params, *ids_params, *matching_params]
    direction = "DESC" if descending else "ASC"

    def first(statement: str, candidates: str) -> list[tuple[Any, ...]]:
        chosen = candidates.format(way=way, ids=ids, far=FAR, candidates=CANDIDATES)
        cursor.execute(statement.format(candidates=chosen, matching=matching, many=many, direction=direction), params)
        return list(cursor.fetchall())

    with connection.cursor() as cursor:
        found = first(FIRST_NEAR, ONE_BY_ONE)
        if len(found) == many or not likely.do_most_match:
            return found if len(found) == many else None
        every = first(FIRST_OF_ALL, ALL_AT_ONCE)
    found, candidates = [(pk, value) for pk, value, _count in every if pk is not None], every[0][2]
    return found if len(found) == many or candidates < CANDIDATES else None
