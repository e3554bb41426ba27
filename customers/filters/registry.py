"""The allow-list: the fields and conditions that an expression may name, and nothing else.

Customers register their own, apps above add theirs from `AppConfig.ready`, and custom fields come from the database.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from accounts.visibility import Sight
from customers.filters.errors import UnknownField
from customers.filters.expression import Condition, Moment, Value
from customers.filters.kinds import Kind
from customers.filters.things import Things

if TYPE_CHECKING:
    from customers.extensions import Origin

Label = str | Promise
Choices = Callable[[], Sequence[tuple[str, Label]]]


class Source(Protocol):
    """Where a field's value lies in PostgreSQL, as conditions on a queryset of customers.

    `compare` is never true of a customer without a value; where it may be NULL for them instead of false, the source is
    not `is_total`. `missing` is true or false. One that has `customers_of` says the same by sets of ids
    (`core.id_sets`).
    """

    @property
    def is_total(self) -> bool: ...

    def compare(self, op: str, value: Value, moment: Moment) -> Q: ...

    def missing(self, moment: Moment) -> Q: ...


@dataclass(frozen=True)
class Field:
    """`confidential`: one of `accounts.models.Confidential`, as which it is masked. `things`: what its ids stand for.
    `ops` narrows those of the kind."""

    key: str
    label: Label
    kind: Kind
    source: Source
    confidential: str = ""
    choices: Choices | None = None
    things: Things | None = None
    ops: tuple[str, ...] = ()
    # A masked value may be searched for by those who know it whole: e-mails, phones and what is encrypted.
    exact_when_masked: bool = False
    # As of a column of the list.
    as_of: Callable[[], Origin] | None = None

    def ops_for(self, sight: Sight) -> tuple[str, ...]:
        """What this person may ask of it; nothing of most masked fields, since a count would give them away."""
        if self.confidential and sight.masks(self.confidential):
            return ("is",) if self.exact_when_masked else ()
        return self.ops or self.kind.ops


FieldProvider = Callable[[], Sequence[Field]]


class Fields:
    """The fields as they are at one moment: those that are data are read once, and only if they are needed."""

    def __init__(self, fixed: Mapping[str, Field], providers: Sequence[FieldProvider]) -> None:
        self._fixed, self._providers = fixed, providers

    @cached_property
    def _all(self) -> dict[str, Field]:
        return {**self._fixed, **{field.key: field for provider in self._providers for field in provider()}}

    def __iter__(self) -> Iterator[Field]:
        return iter(self._all.values())

    def get(self, key: str, at: str = "") -> Field:
        """Raises UnknownField."""
        found = self._fixed.get(key) or self._all.get(key)
        if found is None:
            raise UnknownField(at, _("There is no field “%(name)s”.") % {"name": key[:80]})
        return found


@dataclass
class Registry:
    _fields: dict[str, Field] = field(default_factory=dict)
    _conditions: dict[str, type[Condition]] = field(default_factory=dict)
    _providers: list[FieldProvider] = field(default_factory=list)

    def add(self, *items: Field | type[Condition]) -> None:
        for item in items:
            kept: dict[str, object] = self._fields if isinstance(item, Field) else self._conditions  # type: ignore[assignment]
            if item.key in kept:
                raise ValueError(f"{item.key!r} is registered twice as a filter")
            kept[item.key] = item

    def add_provider(self, provider: FieldProvider) -> None:
        """Fields that are data themselves, asked at each use."""
        self._providers.append(provider)

    def as_of(self, key: str) -> Callable[[], Origin] | None:
        """What computed the values of a field; None of those that are data themselves."""
        fixed = self._fields.get(key)
        return fixed.as_of if fixed else None

    def fields(self) -> Fields:
        """What may be named now."""
        return Fields(self._fields, self._providers)

    def conditions(self) -> Iterator[type[Condition]]:
        yield from self._conditions.values()

    def condition(self, key: str) -> type[Condition] | None:
        return self._conditions.get(key)


registry = Registry()
