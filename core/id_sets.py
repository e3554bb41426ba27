"""Sets of ids, a bit each: read from the tables that know who is in them, joined in memory, then asked of rows.

So it is known how many can match before an order is walked, and a million rows that do not match are passed in a tenth
of a second, by the order's index alone. Nothing is kept, and nothing is older than the page that is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import reduce
from operator import and_, or_
from typing import Any, Self

import numpy as np
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import BooleanField, F, Func, Q, QuerySet
from numpy.typing import NDArray

IdArray = NDArray[np.int64]
Mask = NDArray[np.bool_]
# 64 ids each, the lowest in the lowest bit: as bytes they are in the order in which PostgreSQL counts bits.
Words = NDArray[np.uint64]

Sql = tuple[str, list[Any]]
# Of a reading: which set it is, and its words with their places; the last id alone is in place of these.
Row = tuple[int, bytes | None, bytes | None]
_OF_ALL = -1

# With more numbers than these between the first id and the last, sets take longer than what they spare.
MOST_IDS = 50_000_000

_WORDS = """
SELECT {number} AS number,
    string_agg(int8send(block), ''::bytea) AS blocks, string_agg(int8send(word), ''::bytea) AS words
FROM (
    SELECT id >> 6, bit_or(1::bigint << (id & 63)::int) FROM ({sql}) AS found(id) WHERE id <= {most} GROUP BY 1
) AS words(block, word)
"""
_LAST_ID = "SELECT {number} AS number, int8send(coalesce(max(id), 0)) AS blocks, NULL::bytea AS words FROM {table}"


@dataclass(frozen=True, eq=False)
class Member:
    """Whoever is in the only column of a queryset, or is not; others who are in no list may be in it too.

    `is_dear`: of one row it is sooner asked, so the set is made only where the others leave many. `among`: out of which
    rows they come, each of another id. `is_broad`: the column has most of all. `quick`: a column that has all of them,
    and tells of one id faster than anything else. `asked`, as of each of these: the same as a condition on the rows.
    """

    ids: QuerySet[Any, Any]
    is_negated: bool = False
    is_dear: bool = False
    is_broad: bool = False
    among: Hashable = None
    quick: QuerySet[Any, Any] | None = None
    asked: Q | None = None


@dataclass(frozen=True, eq=False)
class Known:
    """True at the places of the ids of those who are in it, where it is not negated; of ids behind its end as false."""

    mask: Mask
    is_negated: bool = False
    asked: Q | None = None

    @classmethod
    def of(cls, ids: IdArray, *, is_negated: bool = False) -> Self:
        mask = np.zeros(int(ids.max()) + 1 if len(ids) else 0, dtype=np.bool_)
        mask[ids] = True
        return cls(mask, is_negated)


@dataclass(frozen=True, eq=False)
class Told:
    """The same by a mask that `read` tells when it is needed; where it cannot, what is known `otherwise`. `quick` as of
    a member."""

    read: Callable[[], Mask | None]
    otherwise: Chosen
    quick: QuerySet[Any, Any] | None = None
    is_negated: bool = False
    asked: Q | None = None


@dataclass(frozen=True, eq=False)
class Unknown:
    """Of nobody a set tells whether they match: each has to be asked."""

    asked: Q | None = None


@dataclass(frozen=True, eq=False)
class Members:
    """Of all these, or of at least one; there are some. `quick` as of a member."""

    parts: Sequence[Chosen]
    means_all: bool = True
    quick: QuerySet[Any, Any] | None = None
    asked: Q | None = None


Chosen = Member | Known | Told | Unknown | Members

_NOTHING: IdArray = np.array([], dtype=np.int64)
NOBODY = Known.of(_NOTHING)


def negated(chosen: Chosen) -> Chosen:
    if isinstance(chosen, Members):
        return Members([negated(part) for part in chosen.parts], means_all=not chosen.means_all)
    if isinstance(chosen, Unknown):
        return Unknown()
    opposite = replace(chosen, is_negated=not chosen.is_negated, asked=None)
    if isinstance(opposite, Told):
        return replace(opposite, otherwise=negated(opposite.otherwise), quick=None)
    return replace(opposite, quick=None) if isinstance(opposite, Member) else opposite


def joined(parts: Sequence[Chosen], *, means_all: bool) -> Chosen:
    """Of all or of one. What several sets say of the same rows is asked of them at once."""
    found: dict[Hashable, Chosen] = {}
    for number, part in enumerate(parts):
        among = part.among if isinstance(part, Member) and not part.is_negated else None
        before = found.get(among) if among is not None else None
        if isinstance(before, Member) and isinstance(part, Member):
            ids = before.ids & part.ids if means_all else before.ids | part.ids
            asked = _asked_together([before, part], means_all=means_all)
            found[among] = replace(part, ids=ids, is_dear=before.is_dear or part.is_dear, asked=asked)
        else:
            found[number if among is None else among] = part
    several = list(found.values())
    if len(several) == 1:
        return several[0]
    return Members(several, means_all, asked=_asked_together(several, means_all=means_all))


def _asked_together(parts: Sequence[Chosen], *, means_all: bool) -> Q | None:
    asked = [part.asked for part in parts if part.asked is not None]
    return reduce(and_ if means_all else or_, asked) if len(asked) == len(parts) else None


def tells_anything(chosen: Chosen) -> bool:
    return any(not isinstance(leaf, Unknown) for leaf in _leaves(chosen))


def is_all_in_sets(chosen: Chosen) -> bool:
    """Whether the database has a set for all that is asked."""
    return not any(isinstance(leaf, Unknown) for leaf in _leaves_otherwise(chosen))


def is_all_dear(chosen: Chosen) -> bool:
    return all(isinstance(leaf, Member) and leaf.is_dear for leaf in _leaves_otherwise(chosen))


def quick_column(chosen: Chosen) -> QuerySet[Any, Any] | None:
    """A column that has all who match, if it leaves out others before these are asked anything else."""
    if isinstance(chosen, Members) and chosen.quick is None:
        columns = map(quick_column, chosen.parts) if chosen.means_all else iter(())
        return next((column for column in columns if column is not None), None)
    return chosen.quick if isinstance(chosen, Member | Members | Told) else None


# --- who they are -----------------------------------------------------------------------------------------------------


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
    def are_of_everybody(self) -> bool:
        """Whether they leave nobody out."""
        return self.most >= self.last_id

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
    """What is found out of the sets of a condition, one after another until few can match: those first that leave most
    out, and what is dear to find in the end."""

    def __init__(self, chosen: Chosen, *, table: str) -> None:
        self.chosen, self._table, self._last_id = _once_each(chosen), table, 0
        self._words: dict[Hashable, Words] = {}

    @property
    def left(self) -> list[Member]:
        """What is not read yet: few before nearly all, and of these what is read sooner."""
        left = [leaf for leaf in _leaves(self.chosen) if isinstance(leaf, Member) and leaf.ids not in self._words]
        return sorted(left, key=lambda each: (each.is_broad != each.is_negated, each.is_broad, each.is_dear))

    @property
    def _first(self) -> list[Member]:
        """What is told by others is told sooner than the database reads."""
        return [] if any(isinstance(leaf, Told) for leaf in _leaves(self.chosen)) else self.left[:1]

    def selects(self) -> list[Sql]:
        """Statements that select `number`, `blocks` and `words`, to be executed as one: at one moment."""
        return _selects(self._first, self._table)

    def bounds(self, rows: Iterable[Row]) -> Bounds | None:
        """rows: what was selected. None where ids are too large, or nothing is told in the end."""
        self._last_id, self._words = _placed(rows, self._first)
        if self._last_id > MOST_IDS:
            return None
        self.chosen = _told(self.chosen)
        return self._bounds() if tells_anything(self.chosen) else None

    def _asked(self) -> Q | None:
        """Of all who are possible the rest is true."""
        if not isinstance(self.chosen, Members) or not self.chosen.means_all:
            return None
        left = [part for part in self.chosen.parts if not self._is_read(part)]
        return _asked_together(left, means_all=True) if left else None

    def _is_read(self, part: Chosen) -> bool:
        return all(
            isinstance(leaf, Known) or (isinstance(leaf, Member) and leaf.ids in self._words) for leaf in _leaves(part)
        )

    def closer_bounds(self) -> Bounds:
        """With what comes next."""
        members = self.left[:1]
        self._words |= _placed(read(_selects(members, self._table)), members, last_id=self._last_id)[1]
        return self._bounds()

    def _bounds(self) -> Bounds:
        return replace(_bounds(self.chosen, self._words, self._last_id), asked=self._asked())


def _once_each(chosen: Chosen) -> Chosen:
    """The same, where equal columns are one, to be read once."""
    columns: dict[str, QuerySet[Any, Any]] = {}

    def of(part: Chosen) -> Chosen:
        if isinstance(part, Members):
            return replace(part, parts=list(map(of, part.parts)))
        if not isinstance(part, Member):
            return part
        return replace(part, ids=columns.setdefault(_said(part.ids), part.ids))

    return of(chosen)


def _said(ids: QuerySet[Any, Any]) -> str:
    try:
        return repr(ids.order_by().query.sql_with_params())
    except EmptyResultSet:
        return ""


def _told(chosen: Chosen) -> Chosen:
    """With what there was to tell."""
    if isinstance(chosen, Members):
        return replace(chosen, parts=list(map(_told, chosen.parts)))
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
        blocks, words = found.get(number, (_NOTHING, _NOTHING))
        every = placed[member.ids] = np.zeros((last_id >> 6) + 1, dtype=np.uint64)
        within = blocks < len(every)
        every[blocks[within]] = words[within].view(np.uint64)
    return last_id, placed


def sent_numbers(sent: bytes | None) -> IdArray:
    """What `int8send` wrote, one behind the other."""
    return np.frombuffer(sent or b"", dtype=">i8").astype(np.int64)


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


def _leaves(chosen: Chosen) -> Iterator[Member | Known | Told | Unknown]:
    if isinstance(chosen, Members):
        for part in chosen.parts:
            yield from _leaves(part)
    else:
        yield chosen


def _leaves_otherwise(chosen: Chosen) -> Iterator[Member | Known | Unknown]:
    """By the database alone."""
    for leaf in _leaves(chosen):
        if isinstance(leaf, Told):
            yield from _leaves_otherwise(leaf.otherwise)
        else:
            yield leaf


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
