"""Records side by side: what each says, which value is proposed and why, and what moves."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import Model, Prefetch, QuerySet
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from accounts.visibility import Sight
from core.models import OrganisationSettings
from core.templatetags.ui import day
from customers.custom_fields import definitions, values_of
from customers.merging import fields
from customers.merging.steps import registry
from customers.models import Address, Customer, CustomerExternalId, EmailAddress, Merge, PhoneNumber
from customers.templatetags.customers import amount, country
from protection.classification import masked_as
from protection.fields import MASK, EncryptedTextField
from protection.masking import is_masked, shown


@dataclass(frozen=True)
class Cell:
    customer_id: int
    text: str
    is_proposed: bool = False


@dataclass(frozen=True)
class Row:
    """A field of all records. `name` is what the form calls it where there is a choice, else ""."""

    label: str
    cells: list[Cell]
    name: str = ""
    because: str | Promise = ""


class Comparison:
    """`picked`: what the person has chosen already, where the page comes once more."""

    def __init__(self, customers: Sequence[Customer], *, sight: Sight, keep: int, picked: dict[str, int]) -> None:
        self.customers, self.sight, self.keep, self._picked = customers, sight, keep, picked
        self._custom = definitions("customer")
        self._currency = OrganisationSettings.current().currency

    @property
    def ids(self) -> list[int]:
        return [customer.pk for customer in self.customers]

    @cached_property
    def rows(self) -> list[Row]:
        names = [*fields.PLAIN, *(f"{fields.CUSTOM}{field.key}" for field in self._custom)]
        return [row for name in names if (row := self._row(name))]

    def _row(self, name: str) -> Row | None:
        filled = [customer for customer in self.customers if fields.is_filled(customer, name, self.ids)]
        if not filled:
            return None
        proposal = fields.propose(name, self.customers, self.keep)
        chosen = self._picked.get(name, proposal.customer_id)
        texts = {customer.pk: self._text(customer, name) for customer in self.customers}
        # Whether two values that are hidden are the same is hidden, too.
        is_choice = len(set(texts.values())) > 1 or (len(filled) > 1 and self._is_hidden(name))
        return Row(
            label=self._label(name),
            cells=[Cell(pk, text, is_proposed=pk == chosen) for pk, text in texts.items()],
            name=name if is_choice else "",
            because=proposal.because if is_choice else "",
        )

    def _label(self, name: str) -> str:
        return fields.label_of(name)

    def _is_hidden(self, name: str) -> bool:
        if name.startswith(fields.CUSTOM):
            return any(field.confidential for field in self._custom if f"{fields.CUSTOM}{field.key}" == name)
        is_encrypted = isinstance(Customer._meta.get_field(name), EncryptedTextField)
        return is_encrypted or is_masked(self.sight, Customer, name)

    def _text(self, customer: Customer, name: str) -> str:
        if name.startswith(fields.CUSTOM):
            wanted = [field for field in self._custom if f"{fields.CUSTOM}{field.key}" == name]
            return next(value.text for value in values_of("customer", customer.custom, sight=self.sight, fields=wanted))
        text = self._in_words(customer, name)
        kind = masked_as(Customer, name)
        return str(shown(self.sight, kind, text)) if kind else text

    def _in_words(self, customer: Customer, name: str) -> str:
        value = getattr(customer, name)
        if value in fields.EMPTY:
            return ""
        if isinstance(Customer._meta.get_field(name), EncryptedTextField):
            return MASK
        if isinstance(value, Customer):
            return value.name if self.sight.may_see(value) else _("another customer")
        if isinstance(value, dt.date):
            return day(value)
        if isinstance(value, Decimal):
            return amount(value, self._currency)
        display = getattr(customer, f"get_{name}_display", None)
        return str(display() if display else value)

    @cached_property
    def lists(self) -> list[Row]:
        """What is united, as far as the reader may see it."""
        rows = [
            Row(str(label), [Cell(each.pk, ", ".join(self._entries(each, attribute, read))) for each in self.customers])
            for label, attribute, read in self._parts()
        ]
        return [row for row in rows if any(cell.text for cell in row.cells)]

    def _parts(self) -> Iterator[tuple[str, str, Callable[[Any], str]]]:
        yield _("E-mails"), "live_emails", lambda each: self._part(each, "email")
        yield _("Phones"), "live_phones", lambda each: self._part(each, "number")
        yield _("Addresses"), "live_addresses", self._address
        yield _("Tags"), "tags", str
        yield _("External ids"), "live_external_ids", str

    def _entries(self, customer: Customer, attribute: str, read: Callable[[Any], str]) -> Iterator[str]:
        found = getattr(customer, attribute)
        return map(read, found if isinstance(found, list) else found.all())

    def _part(self, row: Any, name: str) -> str:
        kind = masked_as(type(row), name)
        value = getattr(row, name)
        return str(shown(self.sight, kind, value) if kind else value)

    def _address(self, address: Address) -> str:
        parts = [self._part(address, name) for name in ("street", "postal_code", "city", "region")]
        return " ".join(filter(None, [*parts, country(address.country)]))

    @cached_property
    def moving(self) -> list[tuple[str, int]]:
        """How many rows of each kind all records but the one that is kept have."""
        absorbed = [pk for pk in self.ids if pk != self.keep]
        counts = [(step.links[0][0], step.count(absorbed)) for step in registry.steps]
        return [(capfirst(_kind(model)), count) for model, count in counts if count]

    @property
    def versions(self) -> str:
        return ",".join(f"{customer.pk}:{customer.version}" for customer in self.customers)


def _kind(model: type[Model]) -> str:
    """What rows of that table are called; those that only link customers to something, by what that is."""
    if model._meta.auto_created:
        others = [each.related_model for each in model._meta.get_fields() if each.many_to_one]
        model = next(other for other in others if isinstance(other, type) and other is not Customer)
    return str(model._meta.verbose_name_plural)


def rows_of(ids: Sequence[int]) -> int:
    """How many rows these records have: at least as many as a merge moves."""
    return sum(step.count(ids) for step in registry.steps)


def to_compare() -> QuerySet[Customer]:
    """Customers with what a comparison shows."""
    living = {
        "live_emails": Prefetch("emails", EmailAddress.objects.filter(deleted_at=None), to_attr="live_emails"),
        "live_phones": Prefetch("phones", PhoneNumber.objects.filter(deleted_at=None), to_attr="live_phones"),
        "live_addresses": Prefetch("addresses", Address.objects.filter(deleted_at=None), to_attr="live_addresses"),
        "live_external_ids": Prefetch(
            "external_ids", CustomerExternalId.objects.filter(deleted_at=None), to_attr="live_external_ids"
        ),
    }
    related = ("owner", "team", "organisation", "referred_by")
    rows: QuerySet[Customer] = Customer.objects.filter(deleted_at=None).select_related(*related)
    return rows.prefetch_related("tags", *living.values())


def open_merges(customer: Customer) -> QuerySet[Merge]:
    """Those that can be undone still, the latest first."""
    merges = Merge.objects.filter(survivor=customer, undone_at=None, settled_at=None)
    return merges.select_related("merged_by").order_by("-pk")
