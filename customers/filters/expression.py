"""A filter as the program holds it: what was parsed out of JSON, checked, and immutable."""

from __future__ import annotations

import datetime as dt
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar, Self
from zoneinfo import ZoneInfo

from django.db.models import Q

from core.id_sets import Chosen, Unknown

if TYPE_CHECKING:
    from django.utils.functional import Promise

    from accounts.visibility import Sight


@dataclass(frozen=True)
class Moment:
    """When an expression is asked: the organisation's day and its zone. runs: by analysis the run whose results are
    asked, where it is not the one that is shown."""

    today: dt.date
    zone: ZoneInfo
    runs: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class RelativeDay:
    """A day seen from the day of asking; negative lies in the past."""

    days: int

    def on(self, today: dt.date) -> dt.date:
        return today + dt.timedelta(days=self.days)


Day = dt.date | RelativeDay
Scalar = str | int | Decimal | bool | dt.date | RelativeDay
Value = Scalar | tuple[Scalar, ...] | None


@dataclass(frozen=True)
class AllOf:
    parts: tuple[Expression, ...]


@dataclass(frozen=True)
class AnyOf:
    parts: tuple[Expression, ...]


@dataclass(frozen=True)
class Not:
    part: Expression


@dataclass(frozen=True)
class Comparison:
    """One field against a value; a tuple where `op` takes several, None where it takes none."""

    field: str
    op: str
    value: Value


@dataclass(frozen=True)
class Condition(ABC):
    """What a customer did or was, beyond one field: written as `{key: {…}}`. Subclasses are frozen dataclasses.

    Like every leaf it is true or false of each customer, never unknown.
    """

    key: ClassVar[str]
    label: ClassVar[str | Promise]

    @classmethod
    @abstractmethod
    def parse(cls, data: Mapping[str, Any], at: str) -> Self:
        """From the inner object. Raises FilterError; the keys are already known to be some of the schema's."""

    @classmethod
    @abstractmethod
    def schema(cls) -> dict[str, Any]:
        """Of the inner object, with all its properties."""

    @abstractmethod
    def as_json(self) -> dict[str, Any]: ...

    @abstractmethod
    def q(self, moment: Moment) -> Q:
        """On a queryset of customers."""

    def not_q(self, moment: Moment) -> Q:
        """The customers of whom it is not true."""
        return ~self.q(moment)

    def customers_of(self, moment: Moment, *, is_negated: bool) -> Chosen:
        """Of whom it is true (or not true), by sets of ids."""
        return Unknown()

    @abstractmethod
    def in_words(self) -> str:
        """Without what it is `about`."""

    @property
    def about(self) -> Expression | None:
        """An expression that stands within it; what it asks, the person must be allowed to ask."""
        return None

    @property
    def confidential(self) -> frozenset[str]:
        """What else must not be masked for whoever asks it: some of `accounts.models.Confidential`."""
        return frozenset()

    def remarks(self, sight: Sight) -> Sequence[str]:
        """What the list says to this person beside the customers that it finds."""
        return ()


Leaf = Comparison | Condition
Expression = AllOf | AnyOf | Not | Leaf

EVERYBODY = AllOf(())


def leaves(expression: Expression, at: str = "") -> Iterator[tuple[str, Leaf]]:
    """Every leaf with its JSON pointer."""
    if isinstance(expression, AllOf | AnyOf):
        name = "and" if isinstance(expression, AllOf) else "or"
        for number, part in enumerate(expression.parts):
            yield from leaves(part, f"{at}/{name}/{number}")
    elif isinstance(expression, Not):
        yield from leaves(expression.part, f"{at}/not")
    else:
        yield at, expression
        if isinstance(expression, Condition) and expression.about is not None:
            yield from leaves(expression.about, f"{at}/{expression.key}/who")
