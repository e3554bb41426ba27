"""What chooses rows, said by sets of their ids; `core.read_sets` finds out who is in them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from operator import and_, or_
from typing import Any, Self

import numpy as np
from django.db.models import Q, QuerySet
from numpy.typing import NDArray

IdArray = NDArray[np.int64]
Mask = NDArray[np.bool_]

# With larger ids than these sets take longer than what they spare, and are not used.
MOST_IDS = 50_000_000


@dataclass(frozen=True, eq=False)
class Member:
    """Whoever is in the only column of a queryset, or is not; others who are in no list may be in it too.

    `is_own`: by a condition on the very rows of the list. `among`: out of which rows they come, each of another id.
    `quick`: a column that has all of them, and tells of one id faster than anything else. `asked`, as of each of these:
    the same as a condition on the rows of the list.
    """

    ids: QuerySet[Any, Any]
    is_negated: bool = False
    is_own: bool = False
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
        ids = ids[ids <= MOST_IDS]
        mask = np.zeros(int(ids.max(initial=-1)) + 1, dtype=np.bool_)
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
            asked = asked_of([before, part], means_all=means_all)
            found[among] = replace(part, ids=ids, asked=asked)
        else:
            found[number if among is None else among] = part
    several = list(found.values())
    if len(several) == 1:
        return several[0]
    return Members(several, means_all, asked=asked_of(several, means_all=means_all))


def asked_of(parts: Sequence[Chosen], *, means_all: bool) -> Q | None:
    """All of these as one condition, where each is known as such."""
    asked = [part.asked for part in parts if part.asked is not None]
    return reduce(and_ if means_all else or_, asked) if len(asked) == len(parts) else None


def tells_anything(chosen: Chosen) -> bool:
    return any(not isinstance(leaf, Unknown) for leaf in leaves_of(chosen))


def is_all_in_sets(chosen: Chosen) -> bool:
    """Whether the database has a set for all that is asked."""
    return not any(isinstance(leaf, Unknown) for leaf in _leaves_otherwise(chosen))


def is_all_own(chosen: Chosen) -> bool:
    return all(isinstance(leaf, Member) and leaf.is_own for leaf in _leaves_otherwise(chosen))


def are_several_told(chosen: Chosen) -> bool:
    """Of more than one set, one by others than the database."""
    leaves = list(leaves_of(chosen))
    return len(leaves) > 1 and any(isinstance(leaf, Told) for leaf in leaves)


def quick_column(chosen: Chosen) -> QuerySet[Any, Any] | None:
    """A column that has all who match, if it leaves out others before these are asked anything else."""
    if isinstance(chosen, Members) and chosen.quick is None:
        columns = map(quick_column, chosen.parts) if chosen.means_all else iter(())
        return next((column for column in columns if column is not None), None)
    return chosen.quick if isinstance(chosen, Member | Members | Told) else None


def leaves_of(chosen: Chosen) -> Iterator[Member | Known | Told | Unknown]:
    if isinstance(chosen, Members):
        for part in chosen.parts:
            yield from leaves_of(part)
    else:
        yield chosen


def _leaves_otherwise(chosen: Chosen) -> Iterator[Member | Known | Unknown]:
    """By the database alone."""
    for leaf in leaves_of(chosen):
        if isinstance(leaf, Told):
            yield from _leaves_otherwise(leaf.otherwise)
        else:
            yield leaf


def sent_numbers(sent: bytes | None) -> IdArray:
    """What `int8send` wrote, one behind the other."""
    return np.frombuffer(sent or b"", dtype=">i8").astype(np.int64)
