"""The first of those who match in an order, wherever in it they stand.

The database expects them everywhere in the order alike, so it often walks there until the page is full: but names go
with countries and amounts with days, and the first ones may stand behind hundreds of thousands of others. So only a
stretch of such a way is walked one by one. Where that does not fill the page, the rest is told by sets of ids
(`core.read_sets`): if few can match, these are looked up and sorted; else the order's index is walked on, and each id
that it holds is asked for one bit. Without sets the database judges.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Q, QuerySet

from core.id_sets import Chosen, are_several_told, is_all_in_sets, is_all_own, quick_column
from core.read_sets import Bounds, InSet, Reading, Row, Sql, possible_of, read, sure_of, with_sets

# So far the way is walked; farther where each is told quickly, and no farther where it takes long to ask each, where
# the rows have an index of what is asked of them, or where much of it is told without asking them.
NEAR = 3_000
NEAR_IF_KNOWN = 500
NEAR_IF_QUICK = 10_000
NEAR_IF_DEAR = 100
# So many who match are sooner looked up and sorted than the way is walked on; and so many are sooner asked than another
# set is read where it takes long to ask each.
FEW = 10_000
FEW_IF_DEAR = 1_000
FEW_OF_WAYS = 30_000
# Of everybody is walked past those who cannot match, if no more than such a part of them can.
MOST_OF_ALL = 10
# So far is walked past them, by an index alone or by the rows, where another set might be read instead.
PASSED = 150_000
PASSED_IN_ROWS = 10_000
# Who are so few are sooner looked up than met among all.
FEW_OF_THEIR_OWN = 10_000

Rows = QuerySet[Any, Any]
Many = int | Literal["ALL"]

# Those on the way are asked one by one (LIMIT 1), as the walk comes by, until there are enough.
NEAR_ONES = """near(pk, key) AS MATERIALIZED ({way}),
first AS MATERIALIZED (SELECT near.pk, near.key FROM near {asked} LIMIT {many})"""
ASKED = " CROSS JOIN LATERAL (SELECT FROM ({sql}) AS {name}(pk) WHERE {name}.pk = near.pk LIMIT 1) AS {name}"
PASSING = "SELECT pk, key FROM ({way}) AS way(pk, key) WHERE {is_possible} LIMIT {so_far}"
# What the sets are made of is read in the same statement, where it did not suffice. A way that ends there says so.
NOBODY_NEAR = "near(pk, key) AS (SELECT NULL::bigint, NULL WHERE FALSE), first AS (SELECT pk, key FROM near)"
OF_THEM = "SELECT pk, key, NULL::bigint AS number, NULL::bytea AS blocks, NULL::bytea AS words FROM first"
OR_SETS = "UNION ALL SELECT NULL, NULL, number, blocks, words FROM ({sql}) AS sets WHERE {is_needed}"
IS_NEEDED = "(SELECT count(*) FROM first) < {many}"
IS_LONGER = " AND (SELECT count(*) FROM near) = {near}"
OR_BEHIND_THEM = """SELECT false AS is_among_all, pk, key FROM first
UNION ALL
(SELECT true, pk, key FROM ({rows}) AS every(pk, key)
 WHERE (SELECT count(*) FROM first) < {many} AND (SELECT count(*) FROM near) = {near}
 ORDER BY key {direction}, pk {direction} LIMIT {many})"""
# Those who can match are looked up one by one.
OUT_OF_FEW = """
SELECT found.pk, found.key
FROM {few} CROSS JOIN LATERAL (
    SELECT pk, key FROM ({rows}) AS found(pk, key) WHERE found.pk = {few}.id LIMIT 1
) AS found
WHERE {is_possible} ORDER BY found.key {direction}, found.pk {direction} LIMIT {many}"""
# Whoever is not certain is asked as the walk comes by.
WALKED = """
SELECT way.pk, way.key FROM ({possible} OFFSET 0) AS way(pk, key)
CROSS JOIN LATERAL (
    SELECT 1 WHERE {is_sure} UNION ALL (SELECT 1 FROM ({matching}) AS found(pk) WHERE found.pk = way.pk) LIMIT 1
) AS asked
LIMIT {many}"""
# Few rows of a way are sooner looked up than met among all.
OF_THEIR_OWN = """
WITH own(id) AS MATERIALIZED (SELECT * FROM ({own}) AS own LIMIT {enough})
(SELECT * FROM ({of_few}) AS of_few WHERE (SELECT count(*) FROM own) < {enough})
UNION ALL
(SELECT * FROM ({walked}) AS walked WHERE (SELECT count(*) FROM own) = {enough})"""


@dataclass(frozen=True)
class Way:
    """Rows of a condition by `sort`, which is `key` and then the id, called `tie` where it stands beside the key:
    `every` of all, whether they match or not, and `ahead` of those that do. `is_keyless`: their order is that of ids
    alone. `everybody`: those of all ways, in an index that has the order, where none has `among`."""

    among: Rows
    matching: Rows
    condition: Q
    sort: Sequence[Any]
    key: str
    tie: str
    descending: bool
    is_keyless: bool = False
    everybody: Rows | None = None

    @property
    def every(self) -> Rows:
        return self.among.filter(self.condition)

    @property
    def ahead(self) -> Rows:
        return self.matching.filter(self.condition)

    def asked(self, bounds: Bounds) -> Rows:
        """Those of its rows that match, if they are in the bounds."""
        if bounds.are_exact:
            return self.every
        return self.ahead if bounds.asked is None else self.every.filter(bounds.asked)

    @property
    def direction(self) -> str:
        return "DESC" if self.descending else "ASC"


@dataclass(frozen=True)
class Near:
    """Where a walk begins: `rows`, sorted, with all that are on the first way and perhaps others; `every` of that way,
    and `matching` with all who match. `is_in_an_index`: no row is read for it."""

    rows: Rows
    every: Rows
    matching: Rows
    is_in_an_index: bool = False

    def asked(self, bounds: Bounds) -> Rows:
        return self.matching if bounds.asked is None else self.every.filter(bounds.asked)


def first_of(way: Way, near: Near, *, many: int, is_rare: bool) -> Sequence[tuple[int, Any]]:
    """(id, key) of the first so many rows ahead.

    Behind the stretch all who match are looked for where that is known to be less than to walk on (`is_rare`).
    """
    try:
        begin, params = _near(_sql(near.rows[:NEAR], way.key, pk=way.tie), [_ids(near.matching)], many)
        rows, of_rows = _sql(way.ahead.order_by() if is_rare else way.ahead.order_by(*way.sort)[:many], way.key)
    except EmptyResultSet:
        return []
    # Without OFFSET the database would walk on.
    looked_for = f"{rows} OFFSET 0" if is_rare else rows
    rest = OR_BEHIND_THEM.format(rows=looked_for, many=many, near=NEAR, direction=way.direction)
    found = _fetched(f"WITH {begin} {rest}", [*params, *of_rows])
    return [(pk, key) for is_among_all, pk, key in found if is_among_all] or [row[1:] for row in found]


def first_chosen(
    ways: Sequence[Way], near: Near, *, chosen: Chosen, many: int
) -> Sequence[tuple[int, int, Any]] | None:
    """(number of the way, id, key) of the first so many rows of several ways, one behind the other, by the sets by
    which those that match are chosen. None where these would be too large.

    A way is begun only where those before it do not fill the page.
    """
    few = min(FEW, FEW_OF_WAYS // len(ways))
    reading = Reading(chosen, table=ways[0].among.model._meta.db_table)
    nearest, rows = _first_near(near, ways[0], reading, many, is_only=len(ways) == 1)
    if not rows:
        return [(0, pk, key) for pk, key in nearest]
    bounds = reading.bounds(rows)
    if bounds is None:
        return None
    so_far, among = _stretch(chosen), bounds.last_id
    while not bounds.are_exact and bounds.most > (few if is_all_in_sets(reading.chosen) else FEW_IF_DEAR):
        # Of those whom the sets so far leave as many match as is expected, if no fewer did where it was tried.
        share = min(reading.share_left(), (len(nearest) + 1) / max(so_far, 1) * among / bounds.most)
        are_likely = 2 * many <= share * NEAR and is_all_in_sets(reading.chosen)
        if are_likely and 2 * many * bounds.last_id <= share * bounds.most * _passed(ways[0], near):
            nearest, so_far, among = _near_within(near, ways[0], bounds, many), NEAR, bounds.most
            if len(nearest) == many:
                return [(0, pk, key) for pk, key in nearest]
        closer = reading.closer_bounds()
        if closer is None:
            break
        bounds = closer
    return _within(ways, bounds, many, few=few)


def count_chosen(every: Rows, matching: Rows, *, chosen: Chosen, most: int | None = None) -> int | None:
    """How many of the rows of `every` are `matching`, which are chosen by these sets, counted up to so many. None as
    above."""
    way = Way(every, matching, Q(), ("pk",), "pk", "pk", descending=False)
    reading = Reading(chosen, table=every.model._meta.db_table)
    bounds = reading.bounds(read(reading.selects()))
    if bounds is None:
        return None
    enough = FEW if is_all_in_sets(reading.chosen) else FEW_IF_DEAR
    while bounds.most > enough and not bounds.are_exact and (closer := reading.closer_bounds()):
        bounds = closer
    begin, parts, params = _parts([way], bounds, "ALL" if most is None else most, few=FEW)
    if not parts:
        return 0
    ((count,),) = _fetched(f"WITH {begin} SELECT count(*) FROM ({parts[0]}) AS found", params)  # noqa: S608 - ours
    return int(count)


def _near_within(near: Near, way: Way, bounds: Bounds, many: int) -> list[tuple[int, Any]]:
    """Of a stretch of those whom the bounds leave, where these are not far from each other."""
    begin, params = with_sets(bounds)
    try:
        stretch, of_stretch = _sql(near.rows[: _passed(way, near)], way.key, pk=way.tie)
        is_possible = possible_of(bounds, of="way.pk")
        sql = PASSING.format(way=stretch, is_possible=is_possible, so_far=NEAR)
        walked, of_walk = _near((sql, of_stretch), [_ids(near.asked(bounds))], many)
    except EmptyResultSet:
        return []
    return _fetched(f"WITH {begin}, {walked} SELECT pk, key FROM first", [*params, *of_walk])  # noqa: S608 - ours


def _passed(way: Way, near: Near) -> int:
    return PASSED if near.is_in_an_index and way.everybody is None else PASSED_IN_ROWS


def _within(ways: Sequence[Way], bounds: Bounds, many: int, *, few: int) -> Sequence[tuple[int, int, Any]]:
    """Of those whom the bounds leave."""
    begin, parts, params = _parts(ways, bounds, many, few=few)
    if not parts:
        return []
    return _fetched(f"WITH {begin} SELECT * FROM ({' UNION ALL '.join(parts)}) AS ways LIMIT {many}", params)  # noqa: S608 - ours


def _parts(ways: Sequence[Way], bounds: Bounds, many: Many, *, few: int) -> tuple[str, list[str], list[Any]]:
    """What the statement begins with, a part of it for each way that can have any, and its parameters."""
    if bounds.most <= few:
        begin, params = "few(id) AS MATERIALIZED (SELECT unnest(%s::bigint[]))", list[Any]([bounds.ids])
    else:
        begin, params = with_sets(bounds)
    parts = []
    for number, way in enumerate(ways if bounds.most else ()):
        try:
            sql, given = _out_of_few(way, bounds, many) if bounds.most <= few else _walked(way, bounds, many)
        except EmptyResultSet:
            continue
        key = "NULL" if way.is_keyless else "key"
        parts.append(f"SELECT {number}, pk, {key} FROM ({sql}) AS way_{number}(pk, key)")  # noqa: S608 - ours
        params += given
    return begin, parts, params


def _first_near(
    near: Near, way: Way, reading: Reading, many: int, *, is_only: bool
) -> tuple[list[tuple[int, Any]], list[Row]]:
    """The first so many who match within the stretch; and what was read of the sets, if others may stand behind it."""
    quick, sets, matching = quick_column(reading.chosen), reading.selects(), _ids(near.matching)
    so_far = _stretch(reading.chosen)
    is_needed = IS_NEEDED.format(many=many) + (IS_LONGER.format(near=so_far) if is_only else "")
    try:
        asked = [matching] if quick is None else [quick, matching]
        begin, params = _near(_sql(near.rows[:so_far], way.key, pk=way.tie), asked, many)
    except EmptyResultSet:
        begin, params = NOBODY_NEAR, []
    statement = " ".join([f"WITH {begin}", OF_THEM, *(OR_SETS.format(sql=sql, is_needed=is_needed) for sql, _ in sets)])
    found = _fetched(statement, [*params, *(value for _sql, given in sets for value in given)])
    nearest = [(pk, key) for pk, key, number, _blocks, _words in found if number is None]
    return nearest, [(number, blocks, words) for _pk, _key, number, blocks, words in found if number is not None]


def _stretch(chosen: Chosen) -> int:
    if are_several_told(chosen):
        return NEAR_IF_KNOWN if is_all_in_sets(chosen) else 0
    if quick_column(chosen) is not None:
        return NEAR_IF_QUICK
    if not is_all_in_sets(chosen):
        return NEAR_IF_DEAR
    return NEAR_IF_KNOWN if is_all_own(chosen) else NEAR


def _near(stretch: Sql, matching: Sequence[Rows], many: int) -> Sql:
    """What a statement begins with: the first so many of the stretch who are in each of these."""
    sql, params = stretch
    asked = ""
    for number, rows in enumerate(matching):
        who, given = rows.query.sql_with_params()
        asked += ASKED.format(sql=who, name=f"asked_{number}")
        params = [*params, *given]
    return NEAR_ONES.format(way=sql, asked=asked, many=many), params


def _out_of_few(way: Way, bounds: Bounds, many: Many, *, few: str = "few", is_possible: str = "TRUE") -> Sql:
    sql, params = _sql(way.asked(bounds).order_by(), way.key)
    asking = {"few": few, "is_possible": is_possible}
    return OUT_OF_FEW.format(rows=sql, direction=way.direction, many=many, **asking), params


def _walked(way: Way, bounds: Bounds, many: Many) -> Sql:
    if way.everybody is not None and MOST_OF_ALL * bounds.most < bounds.last_id:
        return _walked_among_all(way, way.everybody, bounds, many)
    if not bounds.are_exact:
        return _asked(way, way.every, bounds, many, is_sure=sure_of(bounds, of="way.pk"))
    sql, params = _sql(way.every.filter(InSet(way.tie, bounds)).order_by(*way.sort), way.key)
    return f"{sql} LIMIT {many}", params


def _walked_among_all(way: Way, everybody: Rows, bounds: Bounds, many: Many) -> Sql:
    """Past those of other ways, if these are not nearly all."""
    own, of_own = _ids(way.among).query.sql_with_params()
    of_few, of_these = _out_of_few(way, bounds, many, few="own", is_possible=possible_of(bounds, of="own.id"))
    walked, of_walk = _asked(way, everybody.filter(way.condition), bounds, many, is_sure="FALSE")
    sql = OF_THEIR_OWN.format(own=own, enough=FEW_OF_THEIR_OWN, of_few=of_few, walked=walked)
    return sql, [*of_own, *of_these, *of_walk]


def _asked(way: Way, among: Rows, bounds: Bounds, many: Many, *, is_sure: str) -> Sql:
    """Whoever is possible, and not certain, is asked."""
    possible, params = _sql(among.filter(InSet(way.tie, bounds)).order_by(*way.sort), way.key)
    matching, of_matching = _ids(way.asked(bounds)).query.sql_with_params()
    return WALKED.format(possible=possible, is_sure=is_sure, matching=matching, many=many), [*params, *of_matching]


def _ids(rows: Rows) -> Rows:
    return rows.order_by().values_list("pk")


def _sql(rows: Rows, key: str, *, pk: str = "pk") -> Sql:
    sql, params = rows.values_list(pk, key).query.sql_with_params()
    return sql, [*params]


def _fetched(statement: str, params: Sequence[Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        rows: list[Any] = cursor.fetchall()
    return rows
