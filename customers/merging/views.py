"""Records laid side by side, merged, and taken apart again."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from core.addresses import page_before
from core.idempotency import once
from core.numbers import whole_number
from core.text import isolated
from core.undo import success_with_undo
from customers.access import editable_customer, sight_of, user_of
from customers.bulk.selection import Selection
from customers.duplicates.looking import Typed, likely_duplicates
from customers.forms import CustomerLookupField
from customers.merging import jobs
from customers.merging.actions import (
    MOST_AT_ONCE,
    CannotMerge,
    CannotUndo,
    Changed,
    NotAllowed,
    merge_customers,
    undo_merge,
)
from customers.merging.comparing import Comparison, rows_of, to_compare
from customers.models import Customer, Merge

PICK = "pick-"


class OtherForm(forms.Form):
    """With whom: by name or number."""

    other = CustomerLookupField(
        label=gettext_lazy("Another record"),
        widget=forms.TextInput(attrs={"list": "customer-suggestions", "autocomplete": "off"}),
    )


@require_http_methods(["GET", "POST"])
@once
def customer_merge(request: HttpRequest) -> HttpResponse:
    asked = request.POST if request.method == "POST" else request.GET
    sight = sight_of(request)
    ids = numbers(asked["ids"]) if "ids" in asked else _selected(request)
    if len(ids) > MOST_AT_ONCE:
        messages.error(request, _("Choose two to %(most)d records.") % {"most": MOST_AT_ONCE})
        return redirect("customers:list")
    customers = [editable_customer(sight, pk, among=to_compare()) for pk in ids]  # type: ignore[arg-type]
    if not customers:
        raise Http404
    if len(customers) < 2:
        return _choose_other(request, customers[0])
    keep = _chosen(asked.get("keep", ""), ids) or min(customers, key=lambda each: (each.created_at, each.pk)).pk
    picked = {
        name.removeprefix(PICK): pk for name in asked if name.startswith(PICK) and (pk := _chosen(asked[name], ids))
    }
    comparison = Comparison(customers, sight=sight, keep=keep, picked=picked)
    error, is_changed = "", False
    if request.method == "POST":
        try:
            return _merge(request, comparison, picked)
        except CannotMerge as refused:
            error, is_changed = str(refused), isinstance(refused, Changed)
    context = {"comparison": comparison, "error": error, "is_changed": is_changed}
    return render(request, "customers/merge.html", context, status=409 if error else 200)


def numbers(text: str) -> list[int]:
    """The ids in “1,2”, each once."""
    return list(dict.fromkeys(pk for each in text.split(",") if (pk := whole_number(each))))


def _selected(request: HttpRequest) -> list[int]:
    """Those who are ticked in the list, or match it: as many as are needed to see that they are too many."""
    chosen = Selection.of(request.GET).customers(sight_of(request))
    return list(chosen.order_by("pk").values_list("pk", flat=True)[: MOST_AT_ONCE + 1])


def _chosen(text: str, ids: list[int]) -> int | None:
    return pk if (pk := whole_number(text)) in ids else None


def _choose_other(request: HttpRequest, customer: Customer) -> HttpResponse:
    form = OtherForm(request.GET if "other" in request.GET else None)
    form.fields["other"].sight = sight_of(request)  # type: ignore[attr-defined]
    if form.is_valid():
        other = form.cleaned_data["other"]
        if other != customer:
            return redirect(f"{reverse('customers:merge')}?ids={customer.pk},{other.pk}")
        form.add_error("other", ValidationError(_("This is the same record.")))
    typed = Typed(
        name=customer.name,
        website=customer.website,
        emails=[each.email for each in customer.live_emails],  # type: ignore[attr-defined]
        phones=[each.number for each in customer.live_phones],  # type: ignore[attr-defined]
        besides=customer.pk,
    )
    user = user_of(request)
    likely = [each for each in likely_duplicates(typed, user=user) if user.sight.may_edit(each.customer)]
    return render(
        request,
        "customers/merge_choose.html",
        {"customer": customer, "form": form, "likely": [each for each in likely if not each.is_deleted]},
        status=422 if form.errors else 200,
    )


def _merge(request: HttpRequest, comparison: Comparison, picked: dict[str, int]) -> HttpResponse:
    pairs = (each.split(":") for each in request.POST.get("versions", "").split(",") if _is_pair(each))
    versions = {int(pk): int(version) for pk, version in pairs}
    wanted: dict[str, Any] = {
        "survivor_id": comparison.keep,
        "absorbed_ids": [pk for pk in comparison.ids if pk != comparison.keep],
        "picks": picked,
        "versions": versions,
    }
    user = user_of(request)
    if rows_of(comparison.ids) > jobs.MOST_AT_ONCE:
        job = jobs.merge_later(**wanted, by=user)
        return redirect("jobs:detail", job.pk)
    try:
        merge = merge_customers(**wanted, by=user)
    except NotAllowed as denied:
        raise Http404 from denied
    survivor = Customer.objects.get(pk=merge.survivor_id)
    said = _("The records are merged into %(name)s.") % {"name": isolated(survivor.name)}
    success_with_undo(request, said, url=reverse("customers:merge_undo", args=[merge.pk]))
    return redirect(survivor if user.sight.may_see(survivor) else "customers:list")


def _is_pair(text: str) -> bool:
    return re.fullmatch(r"\d{1,18}:\d{1,9}", text, re.ASCII) is not None


@require_POST
def customer_merge_undo(request: HttpRequest, pk: int) -> HttpResponse:
    merge = get_object_or_404(Merge, pk=pk)
    survivor: Customer = merge.survivor
    if not sight_of(request).may_see(survivor):
        raise Http404
    try:
        undone = undo_merge(merge_id=pk, by=user_of(request))
    except NotAllowed as denied:
        raise PermissionDenied(_("You may not change all the records of this merge. Ask an admin.")) from denied
    except CannotUndo as refused:
        messages.error(request, str(refused))
        return redirect(page_before(request))
    messages.success(request, _("The merge is undone: the records are apart again."))
    for conflict in undone.conflicts:
        messages.warning(request, conflict)
    return redirect(survivor)
