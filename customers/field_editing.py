"""One field of a customer saved by itself: on the customer's page, and in the cells of the list.

Another field's change is no conflict. The same field's is: whoever comes second sees both values and decides.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.db.models import F
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseClientRedirect

from accounts.models import User
from core.text import isolated
from core.undo import success_with_undo
from customers import field_rows, history, reading
from customers.access import editable_customer, sight_of, user_of
from customers.actions import ensure_primary
from customers.assigning import tell_new_owners
from customers.custom_forms import PREFIX
from customers.earlier_values import value_before
from customers.field_forms import (
    NEW,
    FieldForm,
    as_posted,
    field_form,
    is_row,
    kept_value,
    named,
    opened_on,
    posted,
)
from customers.forms import CustomerForm
from customers.models import Customer
from customers.opened import Opened, digest

# Somebody else saved between reading and writing: so often it is tried anew.
ATTEMPTS = 3
# After these the card of people and organisation is another.
DECIDE_PEOPLE = {"kind", "organisation"}


class FieldRefused(Exception):
    """What was typed is wrong, or the field was changed meanwhile (`FieldConflict`); `form` holds it."""

    def __init__(self, form: FieldForm) -> None:
        super().__init__(str(form.errors))
        self.form = form


class FieldConflict(FieldRefused):
    """Somebody else has changed this very field since it was opened; `opened` lets it be saved over theirs."""

    def __init__(self, form: FieldForm, *, customer: Customer, opened: Opened) -> None:
        super().__init__(form)
        self.customer, self.opened = customer, opened


@dataclass(frozen=True)
class SavedField:
    """`undo`: what to post to the field `undo_name` to take it back; empty where that cannot be, or nothing changed."""

    customer: Customer
    name: str
    is_changed: bool
    undo_name: str = ""
    undo: Mapping[str, str] = field(default_factory=dict)


def save_field(
    *,
    customer: Customer,
    name: str,
    value: str | Sequence[str] | Mapping[str, Any],
    opened_version: str | int,
    by: User,
) -> SavedField:
    """Save one field of a customer whom the person may edit (`customers.access.editable_customer`).

    `value` is what the field's form sends: a text, several of a list, or of a row ("emails.17") the values of its
    fields. `opened_version` is what that form carried as `opened`; a bare version counts every later change as one of
    this field. Raises FieldRefused, FieldConflict, and what `field_form` raises.
    """
    opened, data = Opened.read(str(opened_version)), posted(name, value)
    for _attempt in range(ATTEMPTS):
        form = field_form(customer, name, sight=by.sight, data=data)
        if saved := _save(customer, form, name, opened, by):
            return saved
        customer.refresh_from_db()
    raise FieldConflict(form, customer=customer, opened=opened)


def _save(customer: Customer, form: FieldForm, name: str, opened: Opened, by: User) -> SavedField | None:
    """None where somebody else was quicker by the blink of an eye."""
    theirs, before = kept_value(form, name), as_posted(form)
    if not form.is_valid():
        raise FieldRefused(form)
    mine = _new_value(form, name)
    if mine == theirs or opened.is_as_opened(customer, name, mine):
        return SavedField(customer, name, is_changed=False)
    if opened.was_changed_since(customer, name, theirs):
        raise FieldConflict(form, customer=customer, opened=Opened.of(customer, {name: theirs}))
    try:
        with transaction.atomic():
            if not _take_version(customer, _columns(customer, name)):
                return None
            _save_beside(customer, form, name)
            if name == "owner":
                tell_new_owners({customer.pk: customer.owner_id}, by=by.pk)
    except IntegrityError as twice:
        form.add_error(None, _("This customer has this entry already."))
        raise FieldRefused(form) from twice
    now_named = f"{name.partition('.')[0]}.{form.instance.pk}" if is_row(name) else name
    saved = Opened(customer.version, {now_named: digest(customer, now_named, mine)})
    if name.endswith(f".{NEW}"):
        return SavedField(customer, now_named, True, now_named, {"take_away": "yes", "opened": str(saved)})
    undo = {"values": urlencode(before, doseq=True), "opened": str(saved)} if before is not None else {}
    return SavedField(customer, now_named, True, now_named if undo else "", undo)


def _new_value(form: FieldForm, name: str) -> Any:
    return sorted(form.cleaned_data["tags"]) if name == "tags" else kept_value(form, name)


def _columns(customer: Customer, name: str) -> dict[str, Any]:
    """What is written into the customer's own row."""
    if is_row(name) or name == "tags":
        return {}
    if name.startswith(PREFIX):
        return {"custom": customer.custom}
    column: Any = Customer._meta.get_field(name)
    return {name: getattr(customer, column.attname)}


def _take_version(customer: Customer, columns: Mapping[str, Any]) -> bool:
    current = Customer.objects.filter(pk=customer.pk, version=customer.version)
    if not current.update(**columns, version=F("version") + 1, updated_at=Now()):
        return False
    customer.version += 1
    return True


def _save_beside(customer: Customer, form: FieldForm, name: str) -> None:
    if name == "tags":
        assert isinstance(form, CustomerForm)  # noqa: S101  # only that has tags
        form.save_tags()
    elif is_row(name):
        if form.cleaned_data.get("is_primary"):
            ensure_primary(type(form.instance), customer, chosen=form.instance.pk or 0)
        form.save()
        ensure_primary(type(form.instance), customer)


def remove_row(*, customer: Customer, name: str, opened_version: str | int, by: User) -> SavedField:
    """Take away an e-mail, phone, address or contact person. Raises as `save_field` does."""
    form = field_form(customer, name, sight=by.sight)
    opened, theirs, before = Opened.read(str(opened_version)), kept_value(form, name), as_posted(form)
    if opened.was_changed_since(customer, name, theirs):
        raise FieldConflict(form, customer=customer, opened=Opened.of(customer, {name: theirs}))
    part, row = name.partition(".")[0], form.instance
    with transaction.atomic():
        if not _take_version(customer, {}):
            raise FieldConflict(form, customer=customer, opened=Opened.of(customer, {name: theirs}))
        row.delete()
        ensure_primary(type(row), customer)
    undo = {"values": urlencode(before or {}, doseq=True), "opened": str(customer.version)}
    return SavedField(customer, f"{part}.{NEW}", True, f"{part}.{NEW}", undo)


# --- the page ---------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def customer_field(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """The form of one field. `?shown` asks for the field as the page shows it, which is what Cancel leads to."""
    customer = editable_customer(sight_of(request), pk, among=field_rows.customers_with_links())
    name = named(customer, name)
    if request.method == "GET":
        if "shown" in request.GET:
            return _shown(request, customer, name)
        form = field_form(customer, name, sight=sight_of(request))
        return _form(request, customer, form, name, str(opened_on(customer, form, name)))
    try:
        saved = saved_from(request, customer, name)
    except FieldRefused as refused:
        return refused_page(request, customer, refused, name)
    return _done(request, saved)


def refused_page(request: HttpRequest, customer: Customer, refused: FieldRefused, name: str) -> HttpResponse:
    """The form once more, with what was typed: beside what is wrong with it, or beside what is saved by now."""
    if isinstance(refused, FieldConflict):
        return _conflict(request, refused, name)
    return _form(request, customer, refused.form, name, request.POST.get("opened", ""), status=422)


def both_versions(conflict: FieldConflict, name: str, *, reader: User) -> dict[str, Any]:
    """What a dialog shows beside the form: the customer as they are by now, their field in words, who changed it."""
    saved = editable_customer(reader.sight, conflict.customer.pk, among=field_rows.customers_with_links())
    return {
        "is_conflict": True,
        "customer": saved,
        "theirs": field_rows.in_words(saved, name, conflict.form, sight=reader.sight),
        "changed": history.last_change(saved, reader=reader, field=name),
    }


def saved_from(request: HttpRequest, customer: Customer, name: str) -> SavedField:
    """What a form of the field, or the button that takes a save back, asks for. Raises as `save_field` does."""
    sent, by = request.POST, user_of(request)
    opened = sent.get("opened", "")
    if "take_away" in sent and is_row(name):
        return remove_row(customer=customer, name=name, opened_version=opened, by=by)
    if "restore" in sent:
        before = value_before(customer, name, sent["restore"])
        return save_field(customer=customer, name=name, value=before, opened_version=opened, by=by)
    value = QueryDict(sent["values"]) if "values" in sent else sent
    return save_field(customer=customer, name=name, value=value, opened_version=opened, by=by)


def _form(
    request: HttpRequest, customer: Customer, form: FieldForm, name: str, opened: str, *, status: int = 200
) -> HttpResponse:
    context = {
        "customer": customer,
        "form": form,
        "name": name,
        "opened": opened,
        "may_remove": is_row(name) and form.instance.pk,
        "is_new": name.endswith(f".{NEW}"),
        **field_rows.naming(name),
    }
    return render(request, _template(request), context, status=status)


def _conflict(request: HttpRequest, conflict: FieldConflict, name: str) -> HttpResponse:
    context = {
        **both_versions(conflict, name, reader=user_of(request)),
        "form": conflict.form,
        "name": name,
        "opened": str(conflict.opened),
        **field_rows.naming(name),
    }
    return render(request, _template(request), context, status=409)


def _done(request: HttpRequest, saved: SavedField) -> HttpResponse:
    customer = saved.customer
    is_seen = sight_of(request).may_see(customer)
    if saved.is_changed:
        url = reverse("customers:field", args=[customer.pk, saved.undo_name or saved.name])
        said = (
            _("Saved: %(field)s of %(name)s.") if is_seen else _("%(name)s is with others now: you no longer see them.")
        )
        words = {"field": field_rows.label_of(saved.name), "name": isolated(customer.name)}
        target = f"#{field_rows.naming(saved.name)['slot']}"
        _say(request, said % words, url=url if saved.undo and is_seen else "", fields=saved.undo, target=target)
    if not is_seen:
        away = reverse("customers:list")
        return HttpResponseClientRedirect(away) if request.htmx else redirect(away)  # type: ignore[attr-defined]
    return _shown(request, customer, saved.name)


def _say(request: HttpRequest, text: str, *, url: str, fields: Mapping[str, str], target: str) -> None:
    if url:
        success_with_undo(request, text, url=url, fields=fields, target=target)
    else:
        messages.success(request, text)


def _shown(request: HttpRequest, customer: Customer, name: str) -> HttpResponse:
    if not request.htmx:  # type: ignore[attr-defined]
        return redirect(customer)
    sight = sight_of(request)
    row = field_rows.field_row(customer, field_rows.shown_as(name), sight=sight)
    context = {"customer": customer, "row": row, "is_focused": True}
    if name in DECIDE_PEOPLE:
        contacts = reading.contacts(field_rows.customers_with_page().get(pk=customer.pk), sight=sight)
        people = field_rows.people_row(customer, contacts=contacts, sight=sight)
        context |= {"has_people": True, "people": people, "members": contacts.members}
    return render(request, "customers/_field_saved.html", context)


def _template(request: HttpRequest) -> str:
    return "customers/field.html#form" if request.htmx else "customers/field.html"  # type: ignore[attr-defined]
