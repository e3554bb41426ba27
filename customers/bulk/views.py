from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.models import User
from accounts.visibility import NONE
from core.idempotency import once
from core.paging import Order, keyset_page
from customers import unmasking
from customers.access import user_of
from customers.bulk import jobs
from customers.bulk.actions import CannotBeTakenBack, request_change, request_undo, why_not_taken_back
from customers.bulk.forms import ValueForm
from customers.bulk.selection import Selection
from customers.bulk.targets import fields_only, targets_of
from customers.models import BulkChange, Tag

NAMED_A_PAGE = 100


def _editor(request: HttpRequest) -> User:
    user = user_of(request)
    if user.sight.edits == NONE:
        raise PermissionDenied(_("Your role does not allow this. Ask an admin of your organisation."))
    return user


@require_http_methods(["GET", "POST"])
@once
def bulk(request: HttpRequest) -> HttpResponse:
    """Whom a change would be about and what it would be; sent, it is asked for."""
    user = _editor(request)
    asked = request.POST if request.method == "POST" else request.GET
    known, selection = targets_of(user), Selection.of(asked)
    target, counted = known.get(asked.get("target", "")), selection.count(user.sight)
    form = ValueForm(request.POST or None, target=target) if target else None
    if request.method == "POST" and target and form and form.is_valid() and counted.editable:
        with transaction.atomic():
            change = request_change(selection=selection, target=target.key, value=form.kept(), by=user)
        return redirect("customers:bulk_change", change.pk)
    if selection.is_all and request.method == "GET":
        unmasking.log_search(selection.listing(user.sight).search, user=user, found=lambda: counted.seen)
    context = {"selection": selection, "counted": counted, "target": target, "form": form, **_shown(selection, user)}
    context["fields"] = fields_only(known)
    return render(request, "customers/bulk/change.html", context, status=422 if request.method == "POST" else 200)


def _shown(selection: Selection, user: User) -> dict[str, Any]:
    some = selection.customers(user.sight).editable_by(user.sight).only("pk", "name")[:6]
    return {"some": some, "tags": Tag.objects.values_list("name", flat=True)[:200]}


def _change_of(request: HttpRequest, pk: int) -> BulkChange:
    """A change that the person made; anybody else's is not there."""
    rows = BulkChange.objects.select_related("job", "undo_job", "by").filter(by=user_of(request))
    return get_object_or_404(rows, pk=pk)


@require_GET
def bulk_change(request: HttpRequest, pk: int) -> HttpResponse:
    change = _change_of(request, pk)
    is_settled = change.undo_job is not None and change.undo_job.is_over
    kept = change.befores.select_related("customer") if is_settled else change.befores.none()
    page = keyset_page(kept, order=Order("pk"), cursor=request.GET.get("cursor", ""), size=NAMED_A_PAGE)
    context = {
        "change": change,
        "words": jobs.change_in_words(change),
        "job": change.undo_job or change.job,
        "selection": Selection.from_json(change.selection),
        "why_not": why_not_taken_back(change),
        "kept": page,
        "kept_count": kept.count(),
    }
    return render(request, "customers/bulk/standing.html", context)


@require_POST
def bulk_undo(request: HttpRequest, pk: int) -> HttpResponse:
    _editor(request)
    change = _change_of(request, pk)
    try:
        request_undo(change=change)
    except CannotBeTakenBack as refused:
        messages.error(request, str(refused))
    return redirect("customers:bulk_change", pk)
