"""Who is in sets of ids, a bit each: read from the tables that know it, joined in memory, then asked of rows.

So it is known how many can match before an order is walked, and a million rows that do not match are passed in a tenth
of a second, by the order's index alone. Nothing is kept, and nothing is older than the page that is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import reduce
from math import prod
from operator import and_, or_
from typing import Any

import numpy as np
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import BooleanField, F, Func, Q
from numpy.typing import NDArray

from core.id_sets import (
    MOST_IDS,
    Chosen,
    Known,
    Mask,
    Member,
    Members,
    Told,
    asked_of,
    joined,
    leaves_of,
    sent_numbers,
    tells_anything,
)

# 64 ids each, the lowest in the lowest bit: as bytes they are in the order in which PostgreSQL counts bits.
Words = NDArray[np.uint64]

Sql = tuple[str, list[Any]]
# Of a reading: which set it is, and its words with their places; the last id alone is in place of these.
Row = tuple[int, bytes | None, bytes | None]
_OF_ALL = -1

_WORDS = """
SELECT {number} AS number,
    string_agg(int8send(block), ''::bytea) AS blocks, string_agg(int8send(word), ''::bytea) AS words
FROM (
    SELECT id >> 6, bit_or(1::bigint << (id & 63)::int) FROM ({sql}) AS found(id) WHERE id <= {most} GROUP BY 1
) AS words(block, word)
"""
_LAST_ID = "SELECT {number} AS number, int8send(coalesce(max(id), 0)) AS blocks, NULL::bytea AS words FROM {table}"

# What reading a set takes, in milliseconds, by what the database expects: for each unit of its costs, of which it takes
# conditions on other rows for far too dear, and for each id.
MS_A_COST, MOST_COSTS, MS_AN_ID = 0.004, 40_000, 45e-6
NEXT_TO_NOTHING = 3.0
# Of a condition of which nothing is known.
SHARE_OF_UNKNOWN = 0.1


@dataclass(frozen=True, eq=False)
class Bounds:
    """Who is `certain` matches, and who is not `possible` does not; whoever is between has to be asked: no more than is
    `asked`, where that is not all."""

    certain: Words
    possible: Words
    last_id: int
    asked: Q | None = None

    @property
    def are_exact(self) -> bool:
        return bool(np.array_equal(self.certain, self.possible))

    @property
    def are_certain_of_some(self) -> bool:
        return bool(self.certain.any())

    @property
    def most(self) -> int:
        """How many can match; ids of nobody count where a set is negated."""
        return int(np.bitwise_count(self.possible).sum())

    @property
    def ids(self) -> list[int]:
        """Of those who can match."""
        bits = np.unpackbits(self.possible.view(np.uint8), bitorder="little")
        return [int(pk) for pk in np.flatnonzero(bits)]


class Reading:
    """What is found out of the sets of a condition, step by step until few can match.

    What others tell is told first. Then come the sets that the database reads: those that leave most out for what they
    take, as it expects itself.
    """

    def __init__(self, chosen: Chosen, *, table: str) -> None:
        self.chosen, self._table, self._last_id = chosen, table, 0
        self._words: dict[Hashable, Words] = {}
        self._expected: dict[Hashable, Expected] = {}

    @property
    def _left(self) -> list[Member]:
        """What the database has not read yet, each column once."""
        left = [leaf for leaf in leaves_of(self.chosen) if isinstance(leaf, Member) and leaf.ids not in self._words]
        return list({member.ids: member for member in left}.values())

    @property
    def _first(self) -> list[Member]:
        """Of a single one no order is to be found."""
        left = [] if any(isinstance(leaf, Told) for leaf in leaves_of(self.chosen)) else self._left
        return left if len(left) == 1 else []

    def selects(self) -> list[Sql]:
        """Statements that select `number`, `blocks` and `words`, to be executed as one: at one moment."""
        return _selects(self._first, self._table)

    def bounds(self, rows: Iterable[Row]) -> Bounds | None:
        """rows: what was selected. None where ids are too large, or nothing is told in the end."""
        self._last_id, self._words = _placed(rows, self._first)
        if self._last_id > MOST_IDS:
            return None
        self.chosen = _once_each(_told(self.chosen))
        return self._bounds() if tells_anything(self.chosen) else None

    def closer_bounds(self) -> Bounds | None:
        """With what comes next; None where nothing does."""
        members = self._next()
        if not members:
            return None
        self._words |= _placed(read(_selects(members, self._table)), members, last_id=self._last_id)[1]
        return self._bounds()

    def _bounds(self) -> Bounds:
        parts = _parts_of_all(self.chosen)
        left = [part for part in parts if not self._is_read(part)]
        asked = asked_of(left, means_all=True) if 0 < len(left) < len(parts) else None
        return replace(_bounds(self.chosen, self._words, self._last_id), asked=asked)

    def _is_read(self, part: Chosen) -> bool:
        return all(
            isinstance(leaf, Known) or (isinstance(leaf, Member) and leaf.ids in self._words)
            for leaf in leaves_of(part)
        )

    # --- in which order

    def _next(self) -> list[Member]:
        """The sets of the next part, and of others that take next to nothing."""
        left = self._left
        found: dict[Hashable, Member] = {}
        for part in sorted(_parts_of_all(self.chosen), key=self._rank):
            members = [each for each in left if any(each.ids is leaf.ids for leaf in _members_in(part))]
            takes = sum(self._expected_of(each).takes for each in members)
            if members and (not found or takes <= NEXT_TO_NOTHING):
                found |= {each.ids: each for each in members}
        return list(found.values())

    def _rank(self, part: Chosen) -> float:
        """What it takes for each that it leaves out."""
        if self._is_read(part):
            return 0.0
        takes = sum(self._expected_of(each).takes for each in _members_in(part) if each.ids not in self._words)
        return takes / max(1 - self._share(part), 0.001)

    def _share(self, chosen: Chosen) -> float:
        """Which part of all is expected to match, if one thing has nothing to do with another."""
        if isinstance(chosen, Members):
            shares = [self._share(part) for part in chosen.parts]
            return prod(shares) if chosen.means_all else 1 - prod(1 - share for share in shares)
        if isinstance(chosen, Known):
            among = int(np.count_nonzero(chosen.mask)) / max(self._last_id, 1)
        elif isinstance(chosen, Member) and chosen.ids in self._words:
            among = int(np.bitwise_count(self._words[chosen.ids]).sum()) / max(self._last_id, 1)
        elif isinstance(chosen, Member):
            among = min(self._expected_of(chosen).rows / max(self._last_id, 1), 1.0)
        else:
            return SHARE_OF_UNKNOWN
        return 1 - among if chosen.is_negated else among

    def share_left(self) -> float:
        """Of those who are possible."""
        return prod(self._share(part) for part in _parts_of_all(self.chosen) if not self._is_read(part))

    def _expected_of(self, member: Member) -> Expected:
        if member.ids not in self._expected:
            self._expected |= _expected(self._left)
        return self._expected[member.ids]


def _parts_of_all(chosen: Chosen) -> Sequence[Chosen]:
    """Of which all must hold."""
    return chosen.parts if isinstance(chosen, Members) and chosen.means_all else [chosen]


def _members_in(part: Chosen) -> Iterator[Member]:
    return (leaf for leaf in leaves_of(part) if isinstance(leaf, Member))


@dataclass(frozen=True)
class Expected:
    """What the database expects of a set: how many there are, and what it takes to read them, in milliseconds."""

    rows: int
    takes: float


def _expected(members: Sequence[Member]) -> dict[Hashable, Expected]:
    found: dict[Hashable, Expected] = {member.ids: Expected(0, 0.0) for member in members}
    columns, selected, params = [], [], list[Any]()
    for member in members:
        with suppress(EmptyResultSet):
            sql, given = member.ids.order_by().query.sql_with_params()
            columns.append(member.ids)
            selected.append(f"(SELECT count(*) FROM ({sql}) AS ids)")  # noqa: S608 - made by the ORM
            params += given
    if not columns:
        return found
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) SELECT {', '.join(selected)}", params)
        [[[plan]]] = cursor.fetchall()
    for ids, counted in zip(columns, plan["Plan"]["Plans"], strict=True):
        rows = next((each for each in counted.get("Plans", ()) if each["Parent Relationship"] == "Outer"), counted)
        takes = min(rows["Total Cost"], MOST_COSTS) * MS_A_COST + rows["Plan Rows"] * MS_AN_ID
        found[ids] = Expected(rows["Plan Rows"], takes)
    return found


def _once_each(chosen: Chosen) -> Chosen:
    """The same, where equal columns are one, to be read once."""
    columns: dict[str, Any] = {}

    def of(part: Chosen) -> Chosen:
        if isinstance(part, Members):
            return replace(part, parts=list(map(of, part.parts)))
        if not isinstance(part, Member):
            return part
        return replace(part, ids=columns.setdefault(_said(part), part.ids))

    return of(chosen)


def _said(member: Member) -> str:
    try:
        return repr(member.ids.order_by().query.sql_with_params())
    except EmptyResultSet:
        return ""


def _told(chosen: Chosen) -> Chosen:
    """With what there was to tell."""
    if isinstance(chosen, Members):
        parts = list(map(_told, chosen.parts))
        return replace(joined(parts, means_all=chosen.means_all), asked=chosen.asked)
    if not isinstance(chosen, Told):
        return chosen
    mask = chosen.read()
    found = chosen.otherwise if mask is None else Known(mask, chosen.is_negated)
    return replace(found, asked=chosen.asked)


def _selects(members: Sequence[Member], table: str) -> list[Sql]:
    found: list[Sql] = [(_LAST_ID.format(number=_OF_ALL, table=connection.ops.quote_name(table)), [])]
    for number, member in enumerate(members):
        with suppress(EmptyResultSet):
            sql, given = member.ids.order_by().query.sql_with_params()
            found.append((_WORDS.format(number=number, sql=sql, most=MOST_IDS), [*given]))
    return found


def read(selects: Sequence[Sql]) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(
            " UNION ALL ".join(sql for sql, _ in selects), [value for _, given in selects for value in given]
        )
        rows: list[Row] = cursor.fetchall()
    return rows


def _placed(
    rows: Iterable[Row], members: Sequence[Member], *, last_id: int | None = None
) -> tuple[int, dict[Hashable, Words]]:
    """The last id there is, and the words of each member by its column."""
    found = {number: (sent_numbers(blocks), sent_numbers(words)) for number, blocks, words in rows}
    last_id = int(found[_OF_ALL][0][0]) if last_id is None else last_id
    placed: dict[Hashable, Words] = {}
    for number, member in enumerate(members if last_id <= MOST_IDS else ()):
        blocks, words = found.get(number, (sent_numbers(None), sent_numbers(None)))
        every = placed[member.ids] = np.zeros((last_id >> 6) + 1, dtype=np.uint64)
        within = blocks < len(every)
        every[blocks[within]] = words[within].view(np.uint64)
    return last_id, placed


def _words_of(mask: Mask, *, last_id: int) -> Words:
    bits = np.zeros(((last_id >> 6) + 1) * 64, dtype=np.bool_)
    bits[: min(len(mask), last_id + 1)] = mask[: last_id + 1]
    return np.packbits(bits, bitorder="little").view(np.uint64)


def _bounds(chosen: Chosen, words: dict[Hashable, Words], last_id: int) -> Bounds:
    everybody = np.full((last_id >> 6) + 1, ~np.uint64(0))
    everybody[-1] >>= np.uint64(63 - (last_id & 63))
    everybody[0] &= ~np.uint64(1)
    nobody = np.zeros_like(everybody)

    def of(part: Chosen) -> tuple[Words, Words]:
        if isinstance(part, Members):
            certain, possible = zip(*map(of, part.parts), strict=True)
            join: Callable[[Words, Words], Words] = and_ if part.means_all else or_
            return reduce(join, certain), reduce(join, possible)
        found = words.get(part.ids) if isinstance(part, Member) else None
        if isinstance(part, Known):
            found = _words_of(part.mask, last_id=last_id)
        if found is None or not isinstance(part, Member | Known):
            return nobody, everybody
        own = everybody & ~found if part.is_negated else found
        return own, own

    return Bounds(*of(chosen), last_id)


# --- asked in PostgreSQL ----------------------------------------------------------------------------------------------

POSSIBLE, CERTAIN = "possible_ids", "certain_ids"


class InSet(Func):
    """Whether an id is in a set, in a statement that begins with `with_sets`. Behind the last id there is no bit."""

    template = (
        "CASE WHEN %(expressions)s <= {last_id}"
        " THEN get_bit((SELECT bits FROM {name}), %(expressions)s) = 1 ELSE FALSE END"
    )
    output_field = BooleanField()

    def __init__(self, of: str, bounds: Bounds, *, name: str = POSSIBLE) -> None:
        super().__init__(F(of), template=self.template.format(last_id=bounds.last_id, name=name))


def with_sets(bounds: Bounds) -> tuple[str, list[Any]]:
    """What a statement begins with in which `InSet` stands."""
    sets = {POSSIBLE: bounds.possible}
    if bounds.are_certain_of_some and not bounds.are_exact:
        sets[CERTAIN] = bounds.certain
    begin = ", ".join(f"{name}(bits) AS MATERIALIZED (SELECT %s::bytea)" for name in sets)
    return begin, [words.tobytes() for words in sets.values()]


def possible_of(bounds: Bounds, *, of: str) -> str:
    """The same as SQL: that a column holds an id which is possible."""
    return _is_in(POSSIBLE, bounds, of)


def sure_of(bounds: Bounds, *, of: str) -> str:
    """That it holds one which is certain."""
    return _is_in(CERTAIN, bounds, of) if bounds.are_certain_of_some else "FALSE"


def _is_in(name: str, bounds: Bounds, of: str) -> str:
    return InSet.template.replace("%(expressions)s", of).format(last_id=bounds.last_id, name=name)
