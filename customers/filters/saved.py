"""Filters kept under a name."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import Team, User
from accounts.visibility import Sight
from customers.filters.describing import describe
from customers.filters.errors import FilterError
from customers.filters.expression import Expression
from customers.filters.parsing import as_json, parse
from customers.models import SavedFilter

# A deleted one can come back so long.
KEPT_FOR = dt.timedelta(days=1)


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


def delete_filter(saved: SavedFilter) -> None:
    """It keeps its number and everybody's pins, so that it comes back as it was."""
    SavedFilter.objects.living().filter(pk=saved.pk).update(deleted_at=timezone.now())


def restore_filter(saved: SavedFilter) -> SavedFilter:
    """Bring a deleted one back, under another name where its owner has given its own away meanwhile."""
    with transaction.atomic():
        current = SavedFilter.objects.select_for_update().get(pk=saved.pk)
        if current.deleted_at is not None:
            current.name, current.deleted_at = _free_name(current), None
            current.save(update_fields=["name", "deleted_at"])
    return current


def _free_name(deleted: SavedFilter) -> str:
    same = SavedFilter.objects.living().filter(owner=deleted.owner_id, purpose=deleted.purpose)
    taken = {name.lower() for name in same.values_list("name", flat=True)}
    names = (deleted.name if number == 1 else f"{deleted.name[:110]} ({number})" for number in count(1))
    return next(name for name in names if name.lower() not in taken)


def purge() -> int:
    """Of those deleted, forget what can come back no more, and say how many these were."""
    gone = SavedFilter.objects.filter(deleted_at__lt=timezone.now() - KEPT_FOR)
    return int(gone.delete()[1].get(SavedFilter._meta.label, 0))
