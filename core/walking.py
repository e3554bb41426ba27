"""The first of those who match in an order, wherever in it they stand.

The database expects them everywhere in the order alike, so it often walks there until the page is full: but names go
with countries and amounts with days, and the first ones may stand behind hundreds of thousands of others. So only a
stretch of such a way is walked one by one. Where that does not fill the page, all who match are looked for and then
sorted, if they are few; else the way is walked on by sets of ids (`core.id_sets`), where tables beside the rows know
who matches.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Q, QuerySet

from core.id_sets import MOST_IDS, Chosen, asks_one_by_one, few, lists, sets

# So far the way is walked.
NEAR = 3_000
# And no farther where it takes long to ask each.
NEAR_IF_DEAR = 300

# So many who match are sooner looked for and sorted than the way is walked on.
FEW = 10_000

# Those on the way are asked one by one (LIMIT 1), as the walk comes by, until there are enough.
NEAR_ONES = """near(pk, key) AS MATERIALIZED ({way}),
first AS MATERIALIZED (
    SELECT near.pk, near.key
    FROM near CROSS JOIN LATERAL (SELECT FROM ({matching}) AS found(pk) WHERE found.pk = near.pk LIMIT 1) AS found
    LIMIT {many}
)"""
OF_THEM = "SELECT false AS is_among_all, pk, key FROM first"
BEHIND_THEM = """
UNION ALL
(SELECT true, pk, key FROM ({rows}) AS every(pk, key)
 WHERE (SELECT count(*) FROM first) < {many} AND (SELECT count(*) FROM near) = {near} AND {condition}
 ORDER BY key {direction}, pk {direction} LIMIT {many})
"""
OF_FEW = """
SELECT found.pk, found.key
FROM few CROSS JOIN LATERAL (SELECT pk, key FROM ({ahead}) AS found(pk, key) WHERE found.pk = few.id LIMIT 1) AS found
"""
CAN_BE_SETS = "can_be_sets(so) AS MATERIALIZED (SELECT (SELECT max(id) FROM {table}) <= {most})"


def first_of(
    ahead: QuerySet[Any],
    *,
    among: QuerySet[Any],
    matching: QuerySet[Any],
    key: str,
    descending: bool,
    many: int,
    is_rare: bool,
    walked: QuerySet[Any] | None = None,
    chosen: Chosen | None = None,
) -> Sequence[tuple[int, Any]]:
    """(id, key) of the first so many rows of `ahead`, which are those of `among` that are also in `matching`.

    `ahead`, `among` and `walked` are ordered alike, by `key` and then by id. Behind the stretch all who match are
    looked for where that is known to be less than to walk on (`is_rare`), or where the sets by which they are `chosen`
    are small; `walked` are the same rows by these sets. Without sets the database judges.
    """
    near = near_of(chosen)
    try:
        way = among.values_list("pk", key)[:near].query.sql_with_params()
        each = matching.order_by().values_list("pk").query.sql_with_params()
        found = ahead.values_list("pk", key)
        every = (found.order_by() if is_rare or chosen else found[:many]).query.sql_with_params()
    except EmptyResultSet:
        return []
    said = {"many": many, "near": near, "direction": "DESC" if descending else "ASC"}
    begin, params = NEAR_ONES.format(way=way[0], matching=each[0], **said), [*way[1], *each[1]]
    if chosen is None:
        # Without OFFSET the database would walk on.
        looked_for = f"{every[0]} OFFSET 0" if is_rare else every[0]
        rest, behind = BEHIND_THEM.format(rows=looked_for, condition="TRUE", **said), [*every[1]]
    else:
        every_list, of_lists = lists(chosen)
        ways = [(OF_FEW.format(ahead=every[0]), "(SELECT so FROM are_few)", every[1])]
        begin, params = f"{begin}, {every_list}, {few(chosen, most=FEW)}", [*params, *of_lists]
        if walked is None:
            judged = found[:many].query.sql_with_params()
            ways.append((judged[0], "NOT (SELECT so FROM are_few)", judged[1]))
        else:
            table = ahead.model._meta.db_table
            begin = ", ".join((begin, CAN_BE_SETS.format(table=table, most=MOST_IDS), sets(chosen, table=table)))
            on = walked.values_list("pk", key)[:many].query.sql_with_params()
            ways.append((on[0], "NOT (SELECT so FROM are_few) AND (SELECT so FROM can_be_sets)", on[1]))
            ways.append((every[0], "NOT (SELECT so FROM are_few) AND NOT (SELECT so FROM can_be_sets)", every[1]))
        rest = "".join(BEHIND_THEM.format(rows=rows, condition=condition, **said) for rows, condition, _given in ways)
        behind = [value for _rows, _condition, given in ways for value in given]
    with connection.cursor() as cursor:
        cursor.execute(f"WITH {begin} {OF_THEM} {rest}", [*params, *behind])
        rows = cursor.fetchall()
    return [(pk, value) for is_among_all, pk, value in rows if is_among_all] or [row[1:] for row in rows]


def near_of(chosen: Chosen | None) -> int:
    return min(NEAR, NEAR_IF_DEAR) if chosen and asks_one_by_one(chosen) else NEAR


OF_SEVERAL = """
WITH {near_ones},
known(is_enough, can_be_sets) AS MATERIALIZED (
    SELECT (SELECT count(*) FROM first) = {many}, (SELECT max(id) FROM {table}) <= {most}
),
{lists}, {sets}
SELECT 0 AS number, pk, key FROM first WHERE (SELECT is_enough FROM known)
UNION ALL
(SELECT number, pk, key FROM ({ways}) AS ways(number, pk, key)
 WHERE (SELECT NOT is_enough AND can_be_sets FROM known) LIMIT {many})
UNION ALL
SELECT -1, NULL, NULL WHERE (SELECT NOT is_enough AND NOT can_be_sets FROM known)
"""
ONE_OF_SEVERAL = "SELECT {number}, pk, key FROM ({way}) AS way(pk, key)"


def first_of_several(
    ways: Sequence[QuerySet[Any]],
    *,
    among: QuerySet[Any],
    matching: QuerySet[Any],
    key: str,
    many: int,
    chosen: Chosen,
) -> Sequence[tuple[int, int, Any]] | None:
    """(number of the way, id, key) of the first so many rows of several ways, one behind the other, each by the sets by
    which it is `chosen`. None where these would be too large.

    A stretch of the first way, whose rows are those of `among` that are also in `matching`, is walked one by one
    before. A way is begun only where those before it do not fill the page.
    """
    try:
        way, of_way = among.values_list("pk", key)[: near_of(chosen)].query.sql_with_params()
        each, of_each = matching.order_by().values_list("pk").query.sql_with_params()
        walked = [on.values_list("pk", key)[:many].query.sql_with_params() for on in ways]
    except EmptyResultSet:
        return []
    every_way = (ONE_OF_SEVERAL.format(number=number, way=sql) for number, (sql, _given) in enumerate(walked))
    of_ways = [value for _sql, given in walked for value in given]
    table = among.model._meta.db_table
    every_list, of_lists = lists(chosen)
    statement = OF_SEVERAL.format(
        near_ones=NEAR_ONES.format(way=way, matching=each, many=many),
        lists=every_list,
        sets=sets(chosen, table=table),
        ways=" UNION ALL ".join(every_way),
        table=table,
        most=MOST_IDS,
        many=many,
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [*of_way, *of_each, *of_lists, *of_ways])
        rows: list[tuple[int, int, Any]] = cursor.fetchall()
    return None if rows and rows[0][0] < 0 else rows


# So far each row of a way is looked for among the likely ones, behind that all of these are read once; and of so many
# likely ones it is asked whether they match.
FAR, CANDIDATES = 10_000, 20_000

ONE_BY_ONE = """
    SELECT way.pk, way.key FROM ({way} LIMIT {far}) AS way(pk, key)
    CROSS JOIN LATERAL (SELECT FROM ({ids}) AS likely(pk) WHERE likely.pk = way.pk LIMIT 1) AS likely
    LIMIT {candidates}
"""
# IS TRUE leaves it a condition on the rows of the way, in their order; a join would put all of them in order anew.
ALL_AT_ONCE = """
    SELECT way.pk, way.key FROM ({way} OFFSET 0) AS way(pk, key)
    WHERE {is_needed} AND EXISTS (SELECT FROM ({ids}) AS likely(pk) WHERE likely.pk = way.pk) IS TRUE
    LIMIT {candidates}
"""
MATCHING = """
    SELECT way.pk, way.key FROM ({candidates}) AS way(pk, key)
    CROSS JOIN LATERAL (SELECT FROM ({matching}) AS found(pk) WHERE found.pk = way.pk LIMIT 1) AS found
    LIMIT {many}
"""
TOO_FEW = "(SELECT count(*) FROM near) < {many}"
# The rest is run only where the first part has not found enough.
FIRST_LIKELY = """
WITH near AS MATERIALIZED ({near}),
candidates AS MATERIALIZED ({candidates}),
first AS MATERIALIZED ({first})
SELECT pk, key, 0 AS candidates FROM near WHERE (SELECT count(*) FROM near) = {many}
UNION ALL
SELECT first.pk, first.key, counted.candidates
FROM (
    SELECT CASE WHEN (SELECT count(*) FROM first) < {many} THEN (SELECT count(*) FROM candidates) ELSE 0 END
) AS counted(candidates) LEFT JOIN first ON true
WHERE (SELECT count(*) FROM near) < {many}
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
    is_needed = TOO_FEW.format(many=many) if likely.do_most_match else "false"
    known = {"way": way, "ids": ids, "far": FAR, "candidates": CANDIDATES, "is_needed": is_needed}
    near = MATCHING.format(candidates=ONE_BY_ONE.format(**known), matching=matching, many=many)
    statement = FIRST_LIKELY.format(
        near=near,
        candidates=ALL_AT_ONCE.format(**known),
        first=MATCHING.format(candidates="SELECT pk, key FROM candidates", matching=matching, many=many),
        many=many,
        direction="DESC" if descending else "ASC",
    )
    with connection.cursor() as cursor:
        cursor.execute(
            statement,
            [*way_params, *ids_params, *matching_params, *way_params, *ids_params, *matching_params],
        )
        rows = cursor.fetchall()
    found = [(pk, value) for pk, value, _candidates in rows if pk is not None]
    are_all = likely.do_most_match and rows[0][2] < CANDIDATES
    return found if len(found) == many or are_all else None
