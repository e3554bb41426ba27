"""Rows chosen by sets of ids, each of which a table beside them knows: who stays asks one bit for each set.

An order is so walked past a million rows that do not match in a tenth of a second, by its index alone. A set is a bit
for each id there may be, made while the statement runs: nothing is kept, and nothing is older than the rest.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from operator import and_, or_
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.models import BooleanField, F, Func, Q, QuerySet

# With more numbers than these between the first id and the last, sets take longer than what they spare.
MOST_IDS = 50_000_000

# 64 ids make a word. Its bytes stand the other way round in text than its bits are counted: 56 turns that.
_SET = """{name}(bits) AS MATERIALIZED (
    SELECT string_agg(int8send(coalesce(word, 0)), '' ORDER BY block)
    FROM generate_series(0, (SELECT max(id) FROM {table}) >> 6) AS block
    LEFT JOIN (
        SELECT id >> 6 AS block, bit_or(1::bigint << ((id # 56) & 63)::int) AS word
        FROM list_{number} GROUP BY 1
    ) AS words USING (block)
)"""
_LIST = "list_{number}(id) AS {kept}MATERIALIZED ({sql})"
_SOME = "some_{number}(id) AS MATERIALIZED (SELECT id FROM ({sql}) AS found(id) LIMIT {more})"
_IS_NOT_FEW = "(SELECT count(*) FROM some_{number}) > {most} AND "
_IS_FEW = "(SELECT count(*) FROM some_{number}) <= {most}"
_FEW, _ARE_FEW = "few(id) AS MATERIALIZED ({ids})", "are_few(so) AS MATERIALIZED (SELECT {so})"
_NOBODY = "SELECT NULL::bigint WHERE FALSE"
_IF_FEW = "SELECT id FROM some_{number} WHERE {others}(SELECT count(*) FROM some_{number}) <= {most}"


@dataclass(frozen=True)
class Member:
    """Of the ids in the only column of a queryset; or of none of them. One that no index finds is dear to make; what
    is asked of the rows instead, beside another set, is its `condition`. `among`: out of which rows, each of another
    id."""

    ids: QuerySet[Any, Any]
    is_negated: bool = False
    is_dear: bool = False
    condition: Q | None = None
    among: Hashable = None


@dataclass(frozen=True)
class Members:
    """Of all these, or of at least one; there are some. A condition on the rows themselves is no set: it is asked of
    those whom the sets leave."""

    parts: Sequence[Chosen | Q]
    means_all: bool = True


Chosen = Member | Members


def all_of(parts: Sequence[Chosen | Q]) -> Members:
    """What several sets say of the same rows is asked of them at once."""
    found: dict[Hashable, Chosen | Q] = {}
    for number, part in enumerate(parts):
        among = part.among if isinstance(part, Member) and not part.is_negated else None
        before = found.get(among)
        if among is not None and isinstance(before, Member) and isinstance(part, Member):
            found[among] = replace(part, ids=before.ids & part.ids, is_dear=before.is_dear and part.is_dear)
        else:
            found[number if among is None else among] = part
    return Members(list(found.values()))


class OneByOne(Func):
    """A condition that each row is asked as it comes by, which takes long: EXISTS does not become a join with the rows
    of everybody."""

    template = "(%(expressions)s) IS TRUE"
    output_field = BooleanField()


class InSet(Func):
    """Whether an id is in the set of that number, in a statement that begins with it."""

    template = "get_bit((SELECT ids.bits FROM {name} AS ids), %(expressions)s) = 1"
    output_field = BooleanField()

    def __init__(self, of: Any, *, number: int) -> None:
        super().__init__(of, template=self.template.format(name=_name(number)))


def chosen_by(chosen: Chosen, *, of: str) -> Q:
    """On rows whose id is called `of`, in a statement that begins with `lists` and `sets`."""
    return _condition(chosen, of, iter(range(len(list(_leaves(chosen))))))


def _condition(chosen: Chosen | Q, of: str, numbers: Iterator[int]) -> Q:
    if isinstance(chosen, Q):
        return chosen
    if isinstance(chosen, Member):
        found = Q(InSet(F(of), number=next(numbers)))
        return ~found if chosen.is_negated else found
    parts = [_condition(part, of, numbers) for part in chosen.parts]
    return reduce(and_ if chosen.means_all else or_, parts)


def asks_one_by_one(chosen: Chosen | Q) -> bool:
    if isinstance(chosen, Members):
        return any(map(asks_one_by_one, chosen.parts))
    return isinstance(chosen, Q) and any(isinstance(each, OneByOne) for each in chosen.flatten())


def lists(chosen: Chosen) -> tuple[str, list[Any]]:
    """The ids of each set as a list, for the WITH of a statement; `few` and `sets` behind it read them. What is dear to
    find is found once."""
    parts: list[str] = []
    params: list[Any] = []
    for number, member in enumerate(_leaves(chosen)):
        sql, given = _sql(member.ids)
        parts.append(_LIST.format(number=number, kept="" if member.is_dear else "NOT ", sql=sql))
        params += given
    return ", ".join(parts), params


def sets(chosen: Chosen, *, table: str) -> str:
    """The sets, for rows of that table."""
    numbers = range(len(list(_leaves(chosen))))
    return ", ".join(_SET.format(name=_name(number), number=number, table=table) for number in numbers)


def few(chosen: Chosen, *, most: int) -> str:
    """`few(id)` holds all who can be chosen, if one of the lists tells that these are no more than so many; otherwise
    nobody. `are_few(so)` says which."""
    parts: list[str] = []
    of_each: list[str] = []
    for place, members in enumerate(_bounds(chosen)):
        together = " UNION ALL ".join(f"SELECT id FROM list_{number}" for number in members)  # noqa: S608
        parts.append(_SOME.format(number=place, sql=together, more=most + 1))
        # The first that tells it is enough: those behind it are not even counted.
        others = "".join(_IS_NOT_FEW.format(number=before, most=most) for before in range(place))
        of_each.append(_IF_FEW.format(number=place, most=most, others=others))
    parts.append(_FEW.format(ids=" UNION ".join(of_each) or _NOBODY))
    so = " OR ".join(_IS_FEW.format(number=number, most=most) for number in range(len(of_each)))
    parts.append(_ARE_FEW.format(so=so or "FALSE"))
    return ", ".join(parts)


def _bounds(chosen: Chosen) -> list[list[int]]:
    """Numbers of lists, each of which together hold all who are chosen. Dear ones are left out where others tell it."""
    leaves = list(_leaves(chosen))
    found = _every_bound(chosen, iter(range(len(leaves))))
    cheap = [members for members in found if not any(leaves[number].is_dear for number in members)]
    return cheap or found[:1]


def _every_bound(chosen: Chosen | Q, numbers: Iterator[int]) -> list[list[int]]:
    if isinstance(chosen, Q):
        return []
    if isinstance(chosen, Member):
        number = next(numbers)
        return [] if chosen.is_negated else [[number]]
    bounds = [_every_bound(part, numbers) for part in chosen.parts]
    if chosen.means_all:
        return [each for of_part in bounds for each in of_part]
    return [[number for of_part in bounds for number in of_part[0]]] if all(bounds) else []


def _leaves(chosen: Chosen | Q) -> Iterator[Member]:
    if isinstance(chosen, Member):
        yield chosen
    elif isinstance(chosen, Members):
        for part in chosen.parts:
            yield from _leaves(part)


def _name(number: int) -> str:
    return f"ids_{number}"


def _sql(ids: QuerySet[Any, Any]) -> tuple[str, tuple[Any, ...]]:
    try:
        sql, params = ids.order_by().query.sql_with_params()
    except EmptyResultSet:
        return _NOBODY, ()
    return sql, tuple(params)
