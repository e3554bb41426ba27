"""A filter as it stands in the address of a page."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, reduce
from operator import and_
from typing import TYPE_CHECKING

from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.visibility import Sight
from core.id_sets import Chosen
from customers.filters import kinds
from customers.filters.compiling import apply, authorise, condition, moment_of, sets_of
from customers.filters.conditions import NoContactFor
from customers.filters.describing import describe
from customers.filters.errors import FilterError
from customers.filters.expression import EVERYBODY, AllOf, Comparison, Condition, Expression, leaves
from customers.filters.parsing import parse_text
from customers.filters.registry import registry
from customers.filters.sources import Column, Rows
from customers.querysets import CustomerQuerySet

if TYPE_CHECKING:
    from customers.extensions import Origin


class AskedFilter:
    """What somebody asks for by `?filter=…`. One that cannot be used matches nobody and says why in `error`: a list
    that ignored it would be taken for its answer."""

    def __init__(self, text: str, *, sight: Sight) -> None:
        self._sight = sight
        self.error = ""
        self._expression: Expression = EVERYBODY
        try:
            self._expression = self._read(text)
        except FilterError as error:
            where = _(" (at %(path)s)") % {"path": error.path} if error.path else ""
            self.error = f"{error.message}{where}"

    def _read(self, text: str) -> Expression:
        expression = parse_text(text)
        authorise(expression, self._sight)
        return expression

    @cached_property
    def words(self) -> str:
        return "" if self.error else describe(self._expression, sight=self._sight)

    @property
    def remarks(self) -> list[str]:
        """What its conditions say beside the customers that they find."""
        if self.error:
            return []
        found = [leaf for _at, leaf in leaves(self._expression) if isinstance(leaf, Condition)]
        return [remark for condition in found for remark in condition.remarks(self._sight)]

    @property
    def as_of(self) -> list[Callable[[], Origin]]:
        """Of the scores that it asks for what computed them."""
        asked = (leaf.field for _at, leaf in leaves(self._expression) if isinstance(leaf, Comparison))
        return [say for key in asked if (say := registry.as_of(key))]

    @cached_property
    def _conditions(self) -> list[Comparison | Condition]:
        return [leaf for _at, leaf in leaves(self._expression)]

    def is_sooner_asked(self, *, joined: str) -> bool:
        """Whether a few customers are sooner asked than all who match are found: for what stands in rows of theirs, but
        for those that are `joined`. Not for silence, of which something is kept, nor for one product, whose
        buyers an index has."""
        if any(isinstance(leaf, NoContactFor) or getattr(leaf, "product", None) for leaf in self._conditions):
            return False
        fields = registry.fields()
        sources = [fields.get(leaf.field).source for leaf in self._conditions if isinstance(leaf, Comparison)]
        beside = [each for each in sources if isinstance(each, Rows) and not (joined and each.joined_as == joined)]
        return bool(beside) or not self.is_of_values

    @cached_property
    def sets(self) -> Chosen | None:
        """It by sets of ids, where there are such."""
        return None if self.error else sets_of(self._expression, moment_of())

    def on_the_way(self, joined: str, is_key: Callable[[Rows | Column], bool]) -> tuple[Q, bool]:
        """What it asks of the very values that a list is sorted by, which end the way in that order; and whether that
        is all. Those who have no value stand in no order."""
        expression = self._expression
        parts = expression.parts if isinstance(expression, AllOf) else (expression,)
        fields, moment = registry.fields(), moment_of()
        met = [
            part
            for part in parts
            if isinstance(part, Comparison)
            and part.op != kinds.EMPTY
            and isinstance(source := fields.get(part.field).source, Rows | Column)
            and is_key(source)
        ]
        found = reduce(and_, (condition(part, moment, fields, joined=joined) for part in met), Q())
        return found, len(met) == len(parts)

    @property
    def is_of_values(self) -> bool:
        """Whether it compares values alone, and asks nothing of what customers did."""
        return all(isinstance(leaf, Comparison) for leaf in self._conditions)

    def apply(self, customers: CustomerQuerySet, *, joined: str = "") -> CustomerQuerySet:
        """`joined`: what they are sorted by, see `customers.filters.compiling.condition`."""
        if self.error:
            return customers.none()
        return apply(customers, self._expression, sight=self._sight, joined=joined)
