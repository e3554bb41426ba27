"""The trail as pages show it: what one transaction did is one deed, with a line for each row that it touched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from django.utils.translation import gettext as _

from accounts.visibility import Sight
from protection.audit.models import Change, Entry, Origin
from protection.audit.words import FieldChange, Words, name_of_table

ICONS = {"insert": "plus", "update": "pencil", "delete": "trash-2", "bulk": "upload", "truncate": "eraser"}


@dataclass(frozen=True)
class Line:
    change: Change
    table: str
    icon: str
    fields: list[FieldChange]


@dataclass(frozen=True)
class Deed:
    """`by`: who did it, `way`: by which door they came in, and what for."""

    first: Change
    by: str
    way: str
    lines: list[Line]


def deeds(changes: Sequence[Change], *, sight: Sight) -> list[Deed]:
    """Changes (with their actors) in their order, those of one transaction together, as this person may see them."""
    words = Words([(change.table_name, change.changes) for change in changes], sight=sight)

    def line(change: Change) -> Line:
        fields = list(words.fields(change.table_name, change.changes))
        return Line(change, name_of_table(change.table_name), ICONS[change.action], fields)

    def same(change: Change) -> tuple[object, ...]:
        return change.transaction_id, change.actor_id, change.origin, change.detail

    return [_deed([line(change) for change in together]) for _key, together in groupby(changes, key=same)]


def _deed(lines: list[Line]) -> Deed:
    first = lines[0].change
    return Deed(first, who(first), way(first.origin, first.detail), lines)


def who(entry: Entry) -> str:
    if entry.actor_id is None:
        return _("the program")
    return str(entry.actor) if entry.actor is not None else _("somebody whose account is gone")


def way(origin: str, detail: str = "") -> str:
    label = str(dict(Origin.choices).get(origin, origin))
    return " · ".join(part for part in (label, detail) if part)
