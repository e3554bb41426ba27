"""Which tables the trail follows. Each app says it in its module `audited`, one line a model.

A model that is neither audited nor exempt fails the system check, so a new one cannot be forgotten. The triggers are
made, and made again where they are to be others, at the end of every `migrate` (`protection.audit.triggers`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import models

from protection.classification import CLASSIFIED
from protection.fields import EncryptedTextField

# An insert of more facts than this in one statement is one line of the trail; nobody typed it.
FACTS = 100
# Counted or stamped by the program at each save: they say nothing that the line itself does not.
TECHNICAL = frozenset({"version", "search_text"})


@dataclass(frozen=True)
class Audited:
    """How the trail follows one table.

    `customer` is the lookup to whom a row is about ("" where it is about none); `bulk_above` as of which size an insert
    is logged as one line; `dotted` are columns of which only the fact of a change is kept, `skipped` are not looked at.
    """

    model: type[models.Model]
    customer: str
    bulk_above: int | None
    dotted: tuple[str, ...]
    skipped: tuple[str, ...]

    @property
    def table(self) -> str:
        return self.model._meta.db_table

    @property
    def key(self) -> str:
        return str(self.model._meta.pk.column)

    @property
    def has_number(self) -> bool:
        return isinstance(self.model._meta.pk, models.IntegerField | models.ForeignKey)

    def customer_of(self, row: str) -> str:
        """SQL for the customer's id, seen from a row that goes by this name."""
        return _follow(self.model, self.customer.split("__"), row) if self.customer else "NULL::bigint"


AUDITED: dict[type[models.Model], Audited] = {}
EXEMPT: dict[type[models.Model], str] = {}


def audit(
    model: type[models.Model],
    *,
    customer: str | None = None,
    bulk_above: int | None = None,
    dotted: str = "",
    skipped: str = "",
) -> None:
    """Follow a table. Whom a row is about is taken from the model's classification where it is not given here.

    Encrypted columns are dotted, generated and stamped ones skipped, without being named.
    """
    _refuse_second(model)
    known = CLASSIFIED.get(model)
    AUDITED[model] = Audited(
        model=model,
        customer=customer if customer is not None else known.subject if known else "",
        bulk_above=bulk_above,
        dotted=(*_columns(model, dotted), *_encrypted(model)),
        skipped=(*_columns(model, skipped), *_technical(model)),
    )


def exempt(model: type[models.Model], *, because: str) -> None:
    """Leave a table out, for a reason that a reviewer can judge."""
    _refuse_second(model)
    EXEMPT[model] = because


def _refuse_second(model: type[models.Model]) -> None:
    if model in AUDITED or model in EXEMPT:
        raise ValueError(f"{model.__name__} is spoken of twice")


def _columns(model: type[models.Model], names: str) -> list[str]:
    return [_field(model, name).column for name in names.split()]


def _encrypted(model: type[models.Model]) -> list[str]:
    return [str(field.column) for field in model._meta.concrete_fields if isinstance(field, EncryptedTextField)]


def _technical(model: type[models.Model]) -> list[str]:
    return [
        str(field.column)
        for field in model._meta.concrete_fields
        if field.primary_key
        or isinstance(field, models.GeneratedField)
        or getattr(field, "auto_now", False)
        or getattr(field, "auto_now_add", False)
        or field.name in TECHNICAL
    ]


def _field(model: type[models.Model], name: str) -> Any:
    return model._meta.pk if name == "pk" else model._meta.get_field(name)


def _follow(model: type[models.Model], path: list[str], row: str) -> str:
    field = _field(model, path[0])
    if len(path) == 1:
        return f'{row}."{field.column}"'
    parent, outer = field.related_model._meta, f"{row}p"
    inner = _follow(parent.model, path[1:], outer)
    return (
        f'(SELECT {inner} FROM "{parent.db_table}" {outer}'  # noqa: S608  # names of models
        f' WHERE {outer}."{parent.pk.column}" = {row}."{field.column}")'
    )
