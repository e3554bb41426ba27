"""What each field of each model holds about a person, how it is hidden, and what an erasure does to it.

Each app says it in its module `personal_data`, one `classify` a model. A field that nobody classified fails the system
check, so a new one cannot be forgotten.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from django.db import models

from accounts.models import Confidential


class Level(StrEnum):
    NONE = "none"
    PERSONAL = "personal"
    SENSITIVE = "sensitive"


class Erase(StrEnum):
    """What an erasure does to a field of a row that stays."""

    KEEP = "keep"
    BLANK = "blank"  # NULL where the column may be, else empty
    PLACEHOLDER = "placeholder"  # a name that says that the person was erased


class Rows(StrEnum):
    """What an erasure does to the rows about the person."""

    KEEP = "keep"  # and erases their fields as each says
    DELETE = "delete"
    UNLINK = "unlink"  # keeps the row without the person: sums stay right


@dataclass(frozen=True)
class FieldClass:
    level: Level
    erase: Erase = Erase.KEEP
    masked_as: Confidential | None = None


@dataclass(frozen=True)
class ModelClass:
    """`subject` is the lookup that leads to the customer whom a row is about, "" where it is about none. `is_told`
    says whether a data package lists the rows; of others the app's step brings what they hold."""

    model: type[models.Model]
    subject: str
    rows: Rows
    fields: dict[str, FieldClass] = field(default_factory=dict)
    is_told: bool = True


CLASSIFIED: dict[type[models.Model], ModelClass] = {}


def personal(*, masked_as: Confidential | None = None, erase: Erase = Erase.BLANK) -> FieldClass:
    return FieldClass(Level.PERSONAL, erase, masked_as)


def sensitive(*, masked_as: Confidential = Confidential.SENSITIVE, erase: Erase = Erase.BLANK) -> FieldClass:
    return FieldClass(Level.SENSITIVE, erase, masked_as)


def classify(
    model: type[models.Model],
    *,
    none: str = "",
    subject: str = "",
    rows: Rows = Rows.KEEP,
    is_told: bool = True,
    **fields: FieldClass,
) -> None:
    """Say of each concrete field of a model what it holds. `none` names those that are about nobody, with spaces."""
    if model in CLASSIFIED:
        raise ValueError(f"{model.__name__} is classified twice")
    plain = dict.fromkeys(none.split(), FieldClass(Level.NONE))
    if doubled := plain.keys() & fields.keys():
        raise ValueError(f"{model.__name__}: {', '.join(sorted(doubled))} classified twice")
    CLASSIFIED[model] = ModelClass(model, subject, rows, {**plain, **fields}, is_told)


def masked_as(model: type[models.Model], field_name: str) -> Confidential | None:
    """The kind of secret that a field holds, or None where everybody who sees the row sees it."""
    known = CLASSIFIED.get(model)
    found = known.fields.get(field_name) if known else None
    return found.masked_as if found else None
