"""The fields of a customer as the left column of their page shows them, each with the way to its form."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.visibility import Sight
from core.templatetags.ui import day
from customers import reading
from customers.custom_fields import definitions, values_of
from customers.custom_forms import PREFIX
from customers.extensions import Label
from customers.field_forms import NEW, FieldForm, is_row
from customers.forms import PARTS, CustomerForm
from customers.models import Customer, CustomField
from customers.querysets import CustomerQuerySet
from protection.classification import masked_as
from protection.fields import EncryptedTextField
from protection.masking import is_masked

RELATED = ("owner", "team", "organisation", "referred_by")
ABOUT = (
    "name",
    "kind",
    "lifecycle",
    "owner",
    "team",
    "tags",
    "source",
    "website",
    "customer_since",
    "sex",
    "birth_date",
    "education",
    "annual_income",
    "organisation",
    "referred_by",
    "identity_number",
    "tax_number",
    "bank_account",
    "profile_text",
)
LISTS: dict[str, Label] = {
    "emails": gettext_lazy("E-mail"),
    "phones": gettext_lazy("Phone"),
    "addresses": gettext_lazy("Address"),
    "contact_people": gettext_lazy("People to talk to"),
}


@dataclass(frozen=True)
class FieldRow:
    """`shape` says how the template writes it: one of "text", "link", "secret", "customer", "tags", "custom", or a
    list of rows by its name. `value` is what that needs, of a list pairs (name of the row, row). One that has no `name`
    is not to be edited here."""

    name: str
    label: Label
    shape: str
    value: Any
    slot: str
    may_edit: bool
    is_empty: bool
    more: str = ""

    @property
    def template(self) -> str:
        return f"customers/_field_value.html#{self.shape}"

    @property
    def is_list(self) -> bool:
        return self.name in LISTS

    @property
    def new_name(self) -> str:
        return f"{self.name}.{NEW}"


@dataclass(frozen=True)
class FieldGroup:
    title: Label
    rows: Sequence[FieldRow]

    @property
    def filled(self) -> list[FieldRow]:
        return [row for row in self.rows if not row.is_empty]

    @property
    def empty(self) -> list[FieldRow]:
        return [row for row in self.rows if row.is_empty]


def customers_with_links() -> CustomerQuerySet:
    """Customers with what their page says of them. Deleted ones are for `customer_restore` alone."""
    rows: CustomerQuerySet = Customer.objects.filter(deleted_at=None).select_related(*RELATED)
    return rows


@cache
def customers_with_page() -> CustomerQuerySet:
    """The same with what stands in lists about them. Put together once a process, since that takes longer than to read
    one; whoever narrows it gets one of their own. It says nothing of who asks."""
    return reading.with_lists(customers_with_links())


def shown_as(name: str) -> str:
    """The row of the page in which a field stands: all e-mails are one."""
    return name.partition(".")[0]


def naming(name: str) -> dict[str, Any]:
    """What a page calls a field: its label, and the id of the place where it stands."""
    return {"label": label_of(name), "slot": f"field-{shown_as(name)}"}


def label_of(name: str) -> Label:
    if name.startswith(PREFIX):
        key = name.removeprefix(PREFIX)
        return next((field.label for field in definitions(CustomField.Record.CUSTOMER) if field.key == key), key)
    if shown_as(name) in LISTS:
        return LISTS[shown_as(name)]
    return capfirst(str(Customer._meta.get_field(name).verbose_name))  # type: ignore[union-attr]


def in_words(customer: Customer, name: str, form: FieldForm, *, sight: Sight) -> str:
    """What is saved of a field, as plain text, for somebody who may edit it."""
    if is_row(name):
        row = type(form.instance)._default_manager.filter(pk=form.instance.pk).first()
        return "\n".join(str(getattr(row, each)) for each in form.fields if each != "is_primary") if row else ""
    return value_in_words(customer, name, sight=sight)


def value_in_words(customer: Customer, name: str, *, sight: Sight) -> str:
    """The same of a field that is no row."""
    row = field_row(customer, name, sight=sight)
    if row.shape == "tags":
        return ", ".join(tag.name for tag in row.value)
    if row.shape == "custom":
        return str(row.value.text)
    if row.shape == "customer":
        return str(row.value) if sight.may_see(row.value) else _("another customer")
    value = getattr(customer, name) if row.shape == "secret" else row.value
    return "" if row.is_empty else day(value) if isinstance(value, dt.date) else str(value)


def groups(customer: Customer, *, contacts: reading.Contacts, sight: Sight) -> list[FieldGroup]:
    lists = [_list_row(customer, name, getattr(contacts, name), sight) for name in ("emails", "phones", "addresses")]
    every = [
        FieldGroup(_("Contact"), lists),
        FieldGroup(_("Details"), [*(_own_row(customer, name, sight) for name in ABOUT), *_numbers(contacts)]),
        FieldGroup(_("Your own fields"), list(_custom_rows(customer, sight))),
    ]
    return [group for group in every if group.rows]


def field_row(customer: Customer, name: str, *, sight: Sight) -> FieldRow:
    """One of them, read by itself."""
    if name in LISTS:
        return _list_row(customer, name, reading.details(customer, name), sight)
    if name.startswith(PREFIX):
        return next(row for row in _custom_rows(customer, sight) if row.name == name)
    return _own_row(customer, name, sight)


def people_row(customer: Customer, *, contacts: reading.Contacts, sight: Sight) -> FieldRow | None:
    """Whom to talk to at an organisation; a person is talked to directly."""
    is_organisation = customer.kind == Customer.Kind.ORGANISATION
    return _list_row(customer, "contact_people", contacts.people, sight) if is_organisation else None


def _list_row(customer: Customer, name: str, rows: Sequence[models.Model], sight: Sight) -> FieldRow:
    model, _form, fields = PARTS[name]
    is_open = name == "contact_people" or not any(is_masked(sight, model, each) for each in fields)
    return FieldRow(
        name,
        LISTS[name],
        name,
        [(f"{name}.{row.pk}", row) for row in rows],
        slot=f"field-{name}",
        may_edit=is_open and sight.may_edit(customer),
        is_empty=False,
    )


def is_open(name: str, sight: Sight) -> bool:
    """Whether the person sees what this field holds, so that they may put another value in its place."""
    if name.startswith(PREFIX):
        known = {f"{PREFIX}{field.key}": field for field in definitions(CustomField.Record.CUSTOMER)}
        return name in known and _is_open(known[name], sight)
    return not is_masked(sight, Customer, name)


def _own_row(customer: Customer, name: str, sight: Sight) -> FieldRow:
    column: Any = Customer._meta.get_field(name)
    value = reading.tags_of(customer) if name == "tags" else getattr(customer, name)
    is_hidden = is_masked(sight, Customer, name) and not isinstance(column, EncryptedTextField)
    is_strange = isinstance(value, Customer) and not sight.may_see(value)
    shape, shown = _shape(customer, name, value)
    return FieldRow(
        name,
        capfirst(str(column.verbose_name)),
        shape,
        shown,
        slot=f"field-{name}",
        may_edit=not is_hidden and not is_strange and sight.may_edit(customer),
        is_empty=value in (None, "", []),
        more=reading.age_in_words(customer, on=timezone.localdate(), sight=sight) if name == "birth_date" else "",
    )


def _shape(customer: Customer, name: str, value: Any) -> tuple[str, Any]:
    if masked_as(Customer, name):
        return "secret", name
    if name == "tags":
        return "tags", value
    if isinstance(value, Customer):
        return "customer", value
    if name == "website" and value.startswith(("https://", "http://")):
        return "link", value
    display = getattr(customer, f"get_{name}_display", None)
    if display:
        return "text", display()
    return "text", day(value) if name == "customer_since" else value


def _custom_rows(customer: Customer, sight: Sight) -> Iterator[FieldRow]:
    for value in values_of(CustomField.Record.CUSTOMER, customer.custom, sight=sight):
        name = f"{PREFIX}{value.field.key}"
        yield FieldRow(
            name,
            value.field.label,
            "custom",
            value,
            slot=f"field-{name}",
            may_edit=_is_open(value.field, sight) and sight.may_edit(customer),
            is_empty=not value.text,
        )


def _is_open(field: CustomField, sight: Sight) -> bool:
    return field.is_encrypted or not (field.confidential and sight.masks(field.confidential))


def _numbers(contacts: reading.Contacts) -> Iterator[FieldRow]:
    """In other systems: an import brings them, nobody types them."""
    for known in contacts.external_ids:
        yield FieldRow("", known.source, "text", known.value, slot="", may_edit=False, is_empty=False)


assert set(ABOUT) == {*CustomerForm.Meta.fields, "tags"}  # noqa: S101  # every field of the form has its place here
