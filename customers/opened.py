"""What a form was opened on, so that what two people write at once meets field by field and nothing is lost.

A form carries the version of the customer and, for each of its fields, a digest of the value that it showed. When it
comes back and the customer has been saved meanwhile, the digests tell which fields somebody else has changed; those of
the others are merged.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Model
from django.utils.crypto import salted_hmac

from core.numbers import whole_number
from customers.custom_forms import PREFIX
from customers.models import Customer
from protection.fields import Sealed

DIGEST_LENGTH = 16


@dataclass(frozen=True)
class Opened:
    """`version` of the customer, and the digests by field ("" as a whole where a form sent none)."""

    version: int
    digests: Mapping[str, str]

    @classmethod
    def of(cls, customer: Customer, values: Mapping[str, Any]) -> Opened:
        return cls(customer.version, {name: digest(customer, name, value) for name, value in values.items()})

    @classmethod
    def read(cls, text: str) -> Opened:
        """From a form's hidden input. Of something else no field is known, and so each counts as changed."""
        version, *parts = text.split() or [""]
        pairs = (part.partition("=") for part in parts)
        return cls(whole_number(version), {name: value for name, _equals, value in pairs})

    def __str__(self) -> str:
        return " ".join([str(self.version), *(f"{name}={value}" for name, value in self.digests.items())])

    def was_changed_since(self, customer: Customer, name: str, value: Any) -> bool:
        """Whether somebody else has changed this field, which holds that value by now."""
        return self.version != customer.version and self.digests.get(name) != digest(customer, name, value)

    def is_as_opened(self, customer: Customer, name: str, value: Any) -> bool:
        """Whether this is the value that the form showed: then its writer has not touched it."""
        return self.digests.get(name) == digest(customer, name, value)


def digest(customer: Customer, name: str, value: Any) -> str:
    """Tells equal values of one field of one customer, and nothing else: it is keyed."""
    text = f"{customer.pk}\n{name}\n{_as_text(value)}"
    return salted_hmac("customers.opened", text, algorithm="sha256").hexdigest()[:DIGEST_LENGTH]


def stored(customer: Customer, name: str) -> Any:
    """What is kept of a field by its name on the form."""
    if name.startswith(PREFIX):
        return customer.custom.get(name.removeprefix(PREFIX))
    if name == "tags":
        return sorted(tag.name for tag in customer.tags.all())
    return getattr(customer, Customer._meta.get_field(name).attname)  # type: ignore[union-attr]


def stored_in_row(row: Model, fields: Iterable[str]) -> list[Any]:
    """What is kept of one e-mail, phone, address or contact person."""
    return [getattr(row, name) for name in fields]


def _as_text(value: Any) -> str:
    if isinstance(value, Sealed):
        return value.data.hex()
    if isinstance(value, list | tuple):
        return repr([_as_text(each) for each in value])
    return "" if value is None else str(value)
