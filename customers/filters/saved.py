"""Filters kept under a name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from accounts.models import Team, User
from accounts.visibility import Sight
from customers.filters.describing import describe
from customers.filters.errors import FilterError
from customers.filters.expression import Expression
from customers.filters.parsing import as_json, parse
from customers.models import SavedFilter


class StaleFilter(Exception):
    """Somebody else has saved the filter since; `current` is what they left."""

    def __init__(self, current: SavedFilter) -> None:
        super().__init__(f"saved filter {current.pk} is at version {current.version} by now")
        self.current = current


@dataclass(frozen=True)
class ReadFilter:
    """A saved filter as it can be used now: its expression, or what is wrong with it."""

    expression: Expression | None
    error: str = ""

    def in_words(self, *, sight: Sight) -> str:
        return self.error if self.expression is None else describe(self.expression, sight=sight)


def read(saved: SavedFilter) -> ReadFilter:
    """One that names what is no longer there says so, and does not break the page that lists it."""
    try:
        return ReadFilter(parse(saved.expression))
    except FilterError as error:
        return ReadFilter(None, error.message)


def save_filter(
    *,
    owner: User,
    name: str,
    expression: Any,
    purpose: str = SavedFilter.Purpose.VIEW,
    sharing: str = SavedFilter.Sharing.NOBODY,
    team: Team | None = None,
    layout: Mapping[str, str] | None = None,
) -> SavedFilter:
    """Keep an expression. Raises FilterError, and ValidationError for a name that is taken or too long."""
    saved = SavedFilter(owner=owner, name=name.strip(), purpose=purpose, sharing=sharing, team=team)
    saved.layout = dict(layout or {})
    saved.expression = as_json(parse(expression))
    saved.full_clean()
    saved.save()
    return saved


def change_filter(saved: SavedFilter, *, version: int, **changes: Any) -> SavedFilter:
    """Change the name, the expression, the layout or the sharing of one that stands at `version`. Raises as
    `save_filter`, and StaleFilter."""
    with transaction.atomic():
        current = SavedFilter.objects.select_for_update().get(pk=saved.pk)
        if current.version != version:
            raise StaleFilter(current)
        if "expression" in changes:
            changes["expression"] = as_json(parse(changes["expression"]))
        for name, value in changes.items():
            setattr(current, name, value)
        current.version = version + 1
        current.full_clean()
        current.save()
    return current
