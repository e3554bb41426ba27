"""Values that nobody else has, planted in every field that can be hidden, and looked for in whatever is answered."""

from __future__ import annotations

import datetime as dt
import html
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import models
from django.http import HttpResponseBase

from accounts.models import Confidential
from customers import custom_fields
from customers.models import Customer, CustomField
from protection.classification import CLASSIFIED
from protection.fields import EncryptedTextField


@dataclass(frozen=True)
class Canary:
    """`value` as it is stored, `traces` as any part of it might be written, in lower case."""

    where: str
    value: Any
    traces: tuple[str, ...]


def canary_for(field: models.Field[Any, Any], number: int) -> Canary:
    where = f"{field.model.__name__}.{field.name}"
    if isinstance(field, models.EmailField):
        return Canary(where, f"qlocal{number}@qdomain{number}.example", (f"qlocal{number}", f"qdomain{number}"))
    if isinstance(field, models.DateField):
        # Never the year alone: a token may hold its four digits by chance, and an address has ids between its slashes.
        words = ("mar 1911", "march 1911", f"mar {number}, 1911", f"march {number}, 1911", "1911年")
        made_of_it = (">age 1", "1910–1919", "1910s")
        days = ("1911-03", "3/1911", f"3/{number}/1911", "1911/03")
        return Canary(where, dt.date(1911, 3, number), (*words, *days, *made_of_it))
    if isinstance(field, models.DecimalField):
        value = 86_753_000 + number
        return Canary(where, Decimal(value), (str(value), *(f"{value:,}".replace(",", mark) for mark in ",.   ")))
    digits = f"77{number:02}8193046"
    if isinstance(field, EncryptedTextField):
        return Canary(where, f"Q-{digits}", (digits,))
    if field.name in {"number", "phone"}:
        return Canary(
            where, f"+{digits[:2]} {digits[2:5]} {digits[5:]}", (digits, f"{digits[2:5]} {digits[5:]}", digits[5:])
        )
    return Canary(where, f"Qtext{number}", (f"qtext{number}",))


def hidden_fields() -> Iterator[models.Field[Any, Any]]:
    """Each field that is classified as one that can be hidden and that is written, of each model about customers."""
    for model, known in CLASSIFIED.items():
        for name, found in known.fields.items() if known.subject else ():
            field = model._meta.get_field(name)
            if found.masked_as and not isinstance(field, models.GeneratedField):
                assert isinstance(field, models.Field)
                yield field


def plant(customer: Customer) -> list[Canary]:
    """A canary in each field that can be hidden: of the customer, of one new row about them in each other model, and
    in a custom field of each kind of secret."""
    planted: dict[type[models.Model], dict[str, Canary]] = {}
    for number, field in enumerate(hidden_fields(), start=1):
        planted.setdefault(field.model, {})[field.name] = canary_for(field, number)
    for model, canaries in planted.items():
        values = {name: canary.value for name, canary in canaries.items()}
        if model is Customer:
            for name, value in values.items():
                setattr(customer, name, value)
            customer.save()
        else:
            model._default_manager.create(**{CLASSIFIED[model].subject: customer}, **values)
    return [canary for canaries in planted.values() for canary in canaries.values()] + plant_custom(customer)


def plant_custom(customer: Customer) -> list[Canary]:
    written = {kind: f"Qcustom{number}" for number, kind in enumerate(Confidential)}
    for kind in written:
        CustomField.objects.create(key=f"hidden_{kind}", label=f"Custom {kind}", confidential=kind)
    values = custom_fields.clean("customer", {f"hidden_{kind}": text for kind, text in written.items()})
    customer.custom = custom_fields.merged(customer.custom, values)
    customer.save()
    return [Canary(f"custom.{kind}", text, (text.lower(),)) for kind, text in written.items()]


def traces_in(response: HttpResponseBase, canaries: Iterable[Canary]) -> list[str]:
    """Where in an answer any of them can be read: "EmailAddress.email: qlocal1"."""
    content = b"".join(response) if response.streaming else response.content  # type: ignore[attr-defined]
    headers: Mapping[str, str] = response.headers
    text = content.decode("utf-8", "replace")
    readable = "\n".join([text, html.unescape(text), *headers.values()]).lower()
    return [f"{canary.where}: {trace}" for canary in canaries for trace in canary.traces if trace in readable]
