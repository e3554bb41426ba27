"""Where values lie in PostgreSQL; see `customers.filters.registry.Source`."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import BooleanField, Exists, F, Func, Model, OuterRef, Q, QuerySet
from django.db.models import Value as Constant
from django.db.models.lookups import (
    Contains,
    Exact,
    GreaterThan,
    GreaterThanOrEqual,
    IsNull,
    LessThan,
    LessThanOrEqual,
    StartsWith,
)

from core.id_sets import Member, Members, negated
from core.models import OrganisationSettings
from core.money import minor_digits
from customers.filters import kinds
from customers.filters.expression import Moment, RelativeDay, Value
from customers.filters.values import day_on
from customers.keys import SortKey
from customers.models import Customer

# Real conditions: an empty `Q()` vanishes beside OR and under NOT.
EVERY_ROW, NO_ROW = Q(pk__isnull=False), Q(pk__isnull=True)

THREE_LETTERS = re.compile(r"\w{3}")

LOOKUPS: dict[str, Any] = {
    kinds.IS: Exact,
    kinds.LESS: LessThan,
    kinds.AT_MOST: LessThanOrEqual,
    kinds.MORE: GreaterThan,
    kinds.AT_LEAST: GreaterThanOrEqual,
}


def ordered(op: str, begins: Q, ends: Q) -> Q:
    """A comparison out of two: `begins` says that a value is at least the given one, `ends` that it is at most that."""
    return {
        kinds.IS: begins & ends,
        kinds.IS_NOT: ~(begins & ends),
        kinds.AT_LEAST: begins,
        kinds.LESS: ~begins,
        kinds.AT_MOST: ends,
        kinds.MORE: ~ends,
    }[op]


class OneOf(Func):
    """`expression = ANY(list)`, which an index serves however long the list is."""

    template = "%(expressions)s)"
    arg_joiner = " = ANY("
    output_field = BooleanField()


def customers_who(condition: Q, *, is_negated: bool = False, may_be_dead: bool = False) -> Member:
    """A set of customers by a condition on their own rows; of the living, where an index holds these alone."""
    rows = Customer.objects.filter(condition) if may_be_dead else Customer.objects.filter(condition, deleted_at=None)
    return Member(rows.values("pk"), is_negated=is_negated, is_own=True)


def none_of(*members: Member | Members) -> Members:
    return Members(list(map(negated, members)))


@dataclass(frozen=True)
class Column:
    """A column of the row itself. `blank`: an empty text stands for no value, which is never NULL.

    The index that a set of customers is read from holds those who live, if not `index_has_dead`; and those alone who
    have a value, if these are seldom (`is_seldom`).
    """

    name: str
    blank: bool = False
    index_has_dead: bool = False
    is_seldom: bool = False

    @property
    def is_total(self) -> bool:
        return False

    @property
    def expression(self) -> Any:
        return F(self.name)

    def compare(self, op: str, value: Value, moment: Moment) -> Q:
        compared = self._compare(op, self._resolved(value, moment))
        if self.blank and not self._differs_from_blank(op):
            return compared & ~Q(Exact(self.expression, Constant("")))
        return compared

    def _differs_from_blank(self, op: str) -> bool:
        """Whether what compares so is not empty anyway: no value that is asked for is."""
        return op in {kinds.IS, kinds.IN}

    def having(self, value: str, model: type[Model]) -> Q | None:
        """Which of the rows contain a text, where an index finds these sooner than `compare` does."""
        return None

    def indexed_text(self, op: str, value: Value) -> Any:
        """The text as an index by the codes of its letters has it, together with all that is read of the rows: where
        that index is sooner read than the table."""
        return None

    def missing(self, moment: Moment) -> Q:
        return Q(Exact(self.expression, Constant(""))) if self.blank else Q(IsNull(self.expression, True))

    def customers_of(self, op: str, value: Value, moment: Moment) -> Member | Members:
        """Of a column of the customers themselves. Nearly all are found by those who are left."""
        if op == kinds.EMPTY:
            missing = self.missing(moment)
            return self._customers(~missing if self.is_seldom else missing, is_negated=self.is_seldom)
        if op == kinds.IS_NOT and not self.is_seldom:
            return none_of(self._customers(self.missing(moment)), self._customers(self._found(kinds.IS, value, moment)))
        return self._customers(self._found(op, value, moment))

    def _found(self, op: str, value: Value, moment: Moment) -> Q:
        """The same as `compare`, for who is looked for by an index."""
        return self.compare(op, value, moment)

    def _customers(self, condition: Q, *, is_negated: bool = False) -> Member:
        return customers_who(condition, is_negated=is_negated, may_be_dead=self.index_has_dead)

    def _resolved(self, value: Any, moment: Moment) -> Any:
        """Relative days as days, each value as the column holds it."""
        if isinstance(value, tuple):
            return tuple(self._resolved(each, moment) for each in value)
        return self._stored(day_on(value, moment.today) if isinstance(value, RelativeDay) else value)

    def _stored(self, value: Any) -> Any:
        return value

    def _compare(self, op: str, value: Any) -> Q:
        if op == kinds.IS_NOT:
            return ~self._compare(kinds.IS, value)
        if op == kinds.BETWEEN:
            return self._compare(kinds.AT_LEAST, value[0]) & self._compare(kinds.AT_MOST, value[1])
        if op == kinds.IN:
            return Q(OneOf(self.expression, Constant(list(value))))
        return Q(LOOKUPS[op](self.expression, Constant(value)))


class Within(Func):
    """Whether a text holds another, asked so that no index of three letters is taken."""

    function = "strpos"
    template = "%(function)s(%(expressions)s) > 0"
    output_field = BooleanField()


class FromTheFirst(Func):
    """True of every text. PostgreSQL takes it for true of a third, and so looks for what a text contains in the index
    of these texts, where they stand folded, instead of folding those of the whole table."""

    template = "%(expressions)s ~>=~ (SELECT '')"
    output_field = BooleanField()


def contains(value: str) -> Any:
    """The lookup. An index of three letters has to read all there is to find a text without three."""
    return Contains if THREE_LETTERS.search(value) else Within


@dataclass(frozen=True)
class TextColumn(Column):
    """Text, compared without case and accents. `folded`: the column is stored that way already."""

    blank: bool = True
    folded: bool = False

    def _differs_from_blank(self, op: str) -> bool:
        return False  # of some signs nothing is left without their accents

    def _compare(self, op: str, value: Any) -> Q:
        if op in {kinds.IS_NOT, kinds.BETWEEN}:
            return super()._compare(op, value)
        if op == kinds.IN:
            return any_of(self._compare(kinds.IS, each) for each in value)
        lookup = {kinds.IS: Exact, kinds.CONTAINS: contains(value), kinds.STARTS_WITH: StartsWith}[op]
        held = self.expression if self.folded else SortKey(self.expression)
        return Q(lookup(held, SortKey(Constant(value))))


@dataclass(frozen=True)
class MinorColumn(Column):
    """Whole minor units of the organisation's currency, compared with amounts in whole units."""

    def _stored(self, value: Decimal) -> Any:
        minor = value.scaleb(minor_digits(OrganisationSettings.current().currency))
        # A part of a cent stays one: no amount equals it, and the larger ones are above it.
        return int(minor) if minor == minor.to_integral_value() else minor


@dataclass(frozen=True)
class RoundedColumn(Column):
    """Floating numbers, compared as they are shown: rounded to `digits`."""

    digits: int = 2

    def _compare(self, op: str, value: Decimal | tuple[Decimal, Decimal]) -> Q:
        if isinstance(value, tuple):
            return super()._compare(op, value)
        half = Decimal(5).scaleb(-self.digits - 1)
        begins = Q(GreaterThanOrEqual(self.expression, Constant(float(value - half))))
        ends = Q(LessThan(self.expression, Constant(float(value + half))))
        return ordered(op, begins, ends)


@dataclass(frozen=True)
class InstantColumn(Column):
    """An instant, compared with days of the organisation's zone."""

    def compare(self, op: str, value: Any, moment: Moment) -> Q:
        if op == kinds.BETWEEN:
            return self.compare(kinds.AT_LEAST, value[0], moment) & self.compare(kinds.AT_MOST, value[1], moment)
        day = day_on(value, moment.today)
        start, end = (
            Constant(dt.datetime.combine(each, dt.time(), moment.zone)) for each in (day, day + dt.timedelta(days=1))
        )
        begins, ends = Q(GreaterThanOrEqual(self.expression, start)), Q(LessThan(self.expression, end))
        return ordered(op, begins, ends)


@dataclass(frozen=True)
class SetColumn(Column):
    """One of several values of a customer, each in a row of its own; for `Rows`."""

    def _compare(self, op: str, value: Any) -> Q:
        return super()._compare(kinds.IN if op == kinds.HAS_ANY else kinds.IS, value)


@dataclass(frozen=True)
class Rows:
    """A column of rows that belong to a customer: true where one of the rows is so.

    EXISTS doubles no customer, is never NULL, and becomes a semi-join, under NOT an anti-join. `joined_as`: how a list
    that is sorted by a column of the same rows, one to a customer, calls them (`customers.extensions.ListColumn`).
    `is_single`: of each customer one at most. `others`: out of which the one is chosen, where these are sooner found.
    """

    rows: Callable[[Moment], QuerySet[Any, Any]]
    column: Column
    customer: str = "customer_id"
    is_total: bool = True
    joined_as: str = ""
    is_single: bool = False
    others: Callable[[Moment], QuerySet[Any, Any]] | None = None

    @property
    def joined(self) -> Column:
        """The same column, of the row that the list has joined: NULL where there is none."""
        return replace(self.column, name=_joined_name(self.joined_as, self.column.name))

    def compare(self, op: str, value: Value, moment: Moment) -> Q:
        return self._exists(self.column.compare(op, value, moment), moment)

    def missing(self, moment: Moment) -> Q:
        return ~self._exists(~self.column.missing(moment), moment)

    def customers_of(self, op: str, value: Value, moment: Moment) -> Member | Members:
        """The same as a set of their ids."""
        if op == kinds.IS_NOT and self.is_single:
            return none_of(self._without(moment), self._customers_of(kinds.IS, value, moment))
        return self._without(moment) if op == kinds.EMPTY else self._customers_of(op, value, moment)

    def _without(self, moment: Moment) -> Member | Members:
        if self.others is None:
            known = self.rows(moment).filter(~self.column.missing(moment))
            return Member(known.values(self.customer), is_negated=True)
        known = self.others(moment)
        nobody = Member(known.values(self.customer), is_negated=True)
        empty = self.rows(moment).filter(self.column.missing(moment))
        return Members([nobody, Member(empty.values(self.customer))], means_all=False)

    def _customers_of(self, op: str, value: Value, moment: Moment) -> Member:
        rows, having = self.rows(moment), None
        if op == kinds.CONTAINS and isinstance(value, str):
            having = self.column.having(value, rows.model)
        found = rows.filter(having or self._read(op, value, moment)).values(self.customer)
        return Member(found, among=self.rows if self.joined_as else None)

    def _read(self, op: str, value: Value, moment: Moment) -> Q:
        compared, text = self.column.compare(op, value, moment), self.column.indexed_text(op, value)
        return compared if text is None else compared & Q(FromTheFirst(text))

    def _exists(self, condition: Q, moment: Moment) -> Q:
        return Q(Exists(self.rows(moment).filter(condition, **{self.customer: OuterRef("pk")})))


def joined_columns(joined_as: str, *names: str) -> dict[str, F]:
    """Columns of a joined relation, for `alias`. Asked by its own name in a filter, it would be joined once more."""
    return {_joined_name(joined_as, name): F(f"{joined_as}__{name}") for name in names}


def _joined_name(joined_as: str, name: str) -> str:
    return f"{joined_as}_of_{name}"


def any_of(conditions: Iterable[Q]) -> Q:
    """Of at least one condition."""
    return reduce(or_, conditions)
