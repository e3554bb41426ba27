"""A cell of the customer list edited in its place, by the form of its field (`customers.field_editing`)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseClientRefresh

from accounts.models import User
from accounts.visibility import Sight
from core.text import isolated
from core.undo import page_before, success_with_undo
from customers import cells
from customers.access import editable_customer, user_of
from customers.cells import Reader
from customers.extensions import ListColumn
from customers.field_editing import (
    FieldConflict,
    FieldRefused,
    SavedField,
    both_versions,
    refused_page,
    remove_row,
    saved_from,
)
from customers.field_forms import NEW, FieldForm, field_form, is_row, named, opened_on
from customers.listing import columns
from customers.models import Customer


@require_http_methods(["GET", "POST"])
def customer_cell(request: HttpRequest, pk: int, key: str) -> HttpResponse:
    """The form in the cell, with `?shown` the cell as it is. Without scripts one is led to the page of the field."""
    user = user_of(request)
    column = _column(key, user.sight)
    customer = editable_customer(user.sight, pk)
    if request.method == "POST":
        return _save(request, customer, column, user)
    name = named(customer, column.field)
    if not request.htmx:  # type: ignore[attr-defined]
        return redirect("customers:field", pk, name)
    if "shown" in request.GET:
        return _cell(request, customer, column)
    form = field_form(customer, name, sight=user.sight)
    return _editor(request, customer, column, form, name=name, opened=str(opened_on(customer, form, name)))


def _column(key: str, sight: Sight) -> ListColumn:
    column = next((each for each in columns(sight) if each.key == key and each.field), None)
    if column is None:
        raise Http404
    return column


def _save(request: HttpRequest, customer: Customer, column: ListColumn, user: User) -> HttpResponse:
    name = _name(request, customer, column)
    try:
        if _is_emptied(request, column):
            saved = _emptied(request, customer, name, user)
        else:
            saved = saved_from(request, customer, name)
    except FieldRefused as refused:
        return _refused(request, customer, refused, column, name)
    return _saved(request, saved, column, user)


def _name(request: HttpRequest, customer: Customer, column: ListColumn) -> str:
    """Of a row its number, as the form was opened on it: another may be the first by now."""
    row = request.POST.get("row", "")
    is_of_column = is_row(row) and row.partition(".")[0] == column.field.partition(".")[0]
    return row if is_of_column else named(customer, column.field)


def _is_emptied(request: HttpRequest, column: ListColumn) -> bool:
    """An e-mail or a phone is nothing else than what the cell shows."""
    return column.row_field in ("email", "number") and request.POST.get(column.row_field, "-").strip() == ""


def _emptied(request: HttpRequest, customer: Customer, name: str, user: User) -> SavedField:
    if name.endswith(f".{NEW}"):
        return SavedField(customer, name, is_changed=False)
    return remove_row(customer=customer, name=name, opened_version=request.POST.get("opened", ""), by=user)


def _saved(request: HttpRequest, saved: SavedField, column: ListColumn, user: User) -> HttpResponse:
    customer = saved.customer
    is_seen = user.sight.may_see(customer)
    words = {"field": column.label, "name": isolated(customer.name)}
    if not is_seen:
        messages.success(request, _("%(name)s is with others now: you no longer see them.") % words)
    elif saved.is_changed:
        url, target = reverse("customers:cell", args=[customer.pk, column.key]), f"#{cells.cell_id(column, customer)}"
        said = _("Saved: %(field)s of %(name)s.") % words
        row = {"row": saved.undo_name} if is_row(saved.undo_name) else {}
        success_with_undo(request, said, url=url, fields={**saved.undo, **row}, target=target)
    if not request.htmx:  # type: ignore[attr-defined]
        return redirect(page_before(request, otherwise=reverse("customers:list")))
    return _cell(request, customer, column) if is_seen else HttpResponseClientRefresh()


def _refused(
    request: HttpRequest, customer: Customer, refused: FieldRefused, column: ListColumn, name: str
) -> HttpResponse:
    """In the cell; without scripts on the page of the field. What was sent is still there."""
    if not request.htmx:  # type: ignore[attr-defined]
        return refused_page(request, customer, refused, name)
    if not isinstance(refused, FieldConflict):
        opened = request.POST.get("opened", "")
        return _editor(request, customer, column, refused.form, name=name, opened=opened, status=422)
    told = both_versions(refused, name, reader=user_of(request))
    customer = told.pop("customer")
    opened = str(refused.opened)
    return _editor(request, customer, column, refused.form, name=name, opened=opened, status=409, **told)


def _cell(request: HttpRequest, customer: Customer, column: ListColumn) -> HttpResponse:
    shown = column.annotate(Customer.objects.all()).get(pk=customer.pk)
    currency = request.organisation.currency  # type: ignore[attr-defined]
    reader = Reader.now(currency=currency, sight=user_of(request).sight)
    return HttpResponse(cells.one(column, shown, reader))


def _editor(
    request: HttpRequest,
    customer: Customer,
    column: ListColumn,
    form: FieldForm,
    *,
    name: str,
    opened: str,
    status: int = 200,
    **context: Any,
) -> HttpResponse:
    told = {"customer": customer, "column": column, "form": form, "name": name, "opened": opened, **context}
    told["slot"] = cells.cell_id(column, customer)
    return render(request, "customers/_cell_editor.html", told, status=status)
