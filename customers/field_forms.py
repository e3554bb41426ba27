"""The form of one field of a customer, or of one row about them: an e-mail, a phone, an address, a contact person.

A field is named as on the whole form ("name", "tags", "custom_size"), a row by its list and number ("emails.17"), one
that is still to come by "emails.new". "emails.first" is the one that lists show (`named`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _

from accounts.visibility import Sight
from core.numbers import whole_number
from customers import opened
from customers.custom_forms import PREFIX
from customers.forms import PARTS, CustomerForm, PartForm, shown_fields
from customers.models import ContactPerson, Customer
from customers.opened import Opened
from protection.forms import SealedField

NEW = "new"
FIRST = "first"
FieldForm = CustomerForm | PartForm


@cache
def _form_class(name: str) -> type[CustomerForm]:
    """The whole form without its other fields, so that each field is asked and checked in one way."""
    others = {each: None for each in CustomerForm.declared_fields if each != name}
    fields = [each for each in CustomerForm.Meta.fields if each == name]
    body = {**others, "Meta": type("Meta", (CustomerForm.Meta,), {"fields": fields}), "only": name}
    return type("CustomerFieldForm", (CustomerForm,), body)


@cache
def _row_form_class(part: str, fields: tuple[str, ...]) -> Any:
    model, shape, _fields = PARTS[part]
    return forms.modelform_factory(model, form=shape, fields=fields)


def is_row(name: str) -> bool:
    return "." in name


def named(customer: Customer, name: str) -> str:
    """The same with its number, where it is said to be the first: the primary row, else the oldest, else a new one."""
    part, _dot, number = name.partition(".")
    if number != FIRST or part not in PARTS:
        return name
    rows = _rows(customer, PARTS[part][0]).order_by("-is_primary", "pk")
    return f"{part}.{rows.values_list('pk', flat=True).first() or NEW}"


def field_form(
    customer: Customer, name: str, *, sight: Sight, data: QueryDict | MultiValueDict[str, str] | None = None
) -> FieldForm:
    """Raises Http404 where there is no such field, PermissionDenied where it is hidden from the person."""
    form = _row_form(customer, name, sight, data) if is_row(name) else _plain_form(customer, name, sight, data)
    for each in form.fields.values():
        each.widget.attrs["autofocus"] = True
        break
    return form


def _plain_form(customer: Customer, name: str, sight: Sight, data: Any) -> CustomerForm:
    known = {*CustomerForm.Meta.fields, "tags"}
    if name not in known and not name.startswith(PREFIX):
        raise Http404
    form = _form_class(name if name in known else PREFIX)(data, instance=customer, sight=sight, only=name)
    if name not in form.fields:
        raise PermissionDenied(_("This field is hidden from you, so you cannot change it. Ask an admin."))
    return form


def _row_form(customer: Customer, name: str, sight: Sight, data: Any) -> PartForm:
    part, _dot, number = name.partition(".")
    if part not in PARTS:
        raise Http404
    model, _shape, fields = PARTS[part]
    shown = shown_fields(customer, part, sight=sight)
    if shown != fields and model is not ContactPerson:
        raise PermissionDenied(_("This field is hidden from you, so you cannot change it. Ask an admin."))
    row = model(customer=customer) if number == NEW else _row(customer, model, number)
    form: PartForm = _row_form_class(part, tuple(shown))(data, instance=row)
    return form


def _rows(customer: Customer, model: Any) -> QuerySet[Any, Any]:
    rows: QuerySet[Any, Any] = model.objects.filter(customer=customer)
    return rows.filter(deleted_at=None) if hasattr(model, "deleted_at") else rows


def _row(customer: Customer, model: Any, number: str) -> Any:
    row = _rows(customer, model).filter(pk=whole_number(number)).first()
    if row is None:
        raise Http404(_("This entry has been removed meanwhile."))
    return row


# --- values -----------------------------------------------------------------------------------------------------------


def kept_value(form: FieldForm, name: str) -> Any:
    """What the form's record holds at this moment: before the form is checked, what is saved; after it, what is new."""
    return opened.stored_in_row(form.instance, form.fields) if is_row(name) else opened.stored(form.instance, name)


def opened_on(customer: Customer, form: FieldForm, name: str) -> Opened:
    return Opened.of(customer, {name: kept_value(form, name)})


def as_posted(form: FieldForm) -> dict[str, list[str]] | None:
    """The form's first values as it would send them, which puts them back. None where that cannot be: a value that is
    encrypted is not written into a page."""
    if any(isinstance(field, SealedField) for field in form.fields.values()):
        return None
    return {name: as_texts(form, name) for name in form.fields}


def as_texts(form: FieldForm, name: str) -> list[str]:
    """The first value of one field of a form, as its input would send it."""
    field = form.fields[name]
    return _texts(field.prepare_value(form.get_initial_for_field(field, name)))


def _texts(value: Any) -> list[str]:
    if value is None or value is False:
        return []
    if isinstance(value, list | tuple):
        return [str(each) for each in value]
    return ["on" if value is True else str(value)]


def posted(name: str, value: str | Sequence[str] | Mapping[str, Any]) -> MultiValueDict[str, str]:
    """A value as a form sends it: of a row the values of its fields, else a text, or several of a list."""
    if isinstance(value, QueryDict | MultiValueDict):
        return value
    values = value if isinstance(value, Mapping) else {name: value}
    return MultiValueDict({key: [each] if isinstance(each, str) else list(each) for key, each in values.items()})
