"""A cell of the customer list edited in its place, by the form of its field (`customers.field_editing`)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
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
    save_field,
)
from customers.field_forms import FieldForm, field_form, opened_on
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
    if not request.htmx:  # type: ignore[attr-defined]
        return redirect("customers:field", pk, column.field)
    if "shown" in request.GET:
        return _cell(request, customer, column)
    form = field_form(customer, column.field, sight=user.sight)
    return _editor(request, customer, column, form, opened=str(opened_on(customer, form, column.field)))


def _column(key: str, sight: Sight) -> ListColumn:
    column = next((each for each in columns(sight) if each.key == key and each.field), None)
    if column is None:
        raise Http404
    return column


def _save(request: HttpRequest, customer: Customer, column: ListColumn, user: User) -> HttpResponse:
    sent = request.POST
    value = QueryDict(sent["values"]) if "values" in sent else sent
    try:
        saved = save_field(
            customer=customer, name=column.field, value=value, opened_version=sent.get("opened", ""), by=user
        )
    except FieldRefused as refused:
        return _refused(request, customer, refused, column)
    return _saved(request, saved, column, user)


def _saved(request: HttpRequest, saved: SavedField, column: ListColumn, user: User) -> HttpResponse:
    customer = saved.customer
    is_seen = user.sight.may_see(customer)
    words = {"field": column.label, "name": isolated(customer.name)}
    if not is_seen:
        messages.success(request, _("%(name)s is with others now: you no longer see them.") % words)
    elif saved.is_changed:
        url, target = reverse("customers:cell", args=[customer.pk, column.key]), f"#{cells.cell_id(column, customer)}"
        said = _("Saved: %(field)s of %(name)s.") % words
        success_with_undo(request, said, url=url, fields=saved.undo, target=target)
    if not request.htmx:  # type: ignore[attr-defined]
        return redirect(page_before(request, otherwise=reverse("customers:list")))
    return _cell(request, customer, column) if is_seen else HttpResponseClientRefresh()


def _refused(request: HttpRequest, customer: Customer, refused: FieldRefused, column: ListColumn) -> HttpResponse:
    """In the cell; without scripts on the page of the field. What was sent is still there."""
    if not request.htmx:  # type: ignore[attr-defined]
        return refused_page(request, customer, refused, column.field)
    if not isinstance(refused, FieldConflict):
        opened = request.POST.get("opened", "")
        return _editor(request, customer, column, refused.form, opened=opened, status=422)
    told = both_versions(refused, column.field, reader=user_of(request))
    customer = told.pop("customer")
    return _editor(request, customer, column, refused.form, opened=str(refused.opened), status=409, **told)


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
    opened: str,
    status: int = 200,
    **context: Any,
) -> HttpResponse:
    told = {"customer": customer, "column": column, "form": form, "opened": opened, **context}
    told["slot"] = cells.cell_id(column, customer)
    return render(request, "customers/_cell_editor.html", told, status=status)
