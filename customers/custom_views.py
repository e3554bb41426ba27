"""Pages on which an admin says what else is asked of customers, orders and products."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import admin_required
from core.idempotency import once
from core.text import isolated
from core.undo import success_with_undo
from customers import custom_actions
from customers.access import user_of
from customers.custom_definitions import CustomFieldForm
from customers.models import CustomField

MOVES = {"up": -1, "down": 1}


@require_GET
@admin_required
def field_list(request: HttpRequest) -> HttpResponse:
    return render(request, "custom_fields/list.html", {"records": custom_actions.by_record()})


@require_http_methods(["GET", "POST"])
@admin_required
@once
def field_create(request: HttpRequest) -> HttpResponse:
    form = CustomFieldForm(request.POST or None, initial={"applies_to": request.GET.get("of", "customer")})
    return _edit(request, form)


@require_http_methods(["GET", "POST"])
@admin_required
def field_edit(request: HttpRequest, pk: int) -> HttpResponse:
    return _edit(request, CustomFieldForm(request.POST or None, instance=get_object_or_404(CustomField, pk=pk)))


def _edit(request: HttpRequest, form: CustomFieldForm) -> HttpResponse:
    is_new = form.instance.pk is None
    if request.method == "POST" and form.is_valid():
        field = custom_actions.save_definition(form=form, by=user_of(request))
        said = _("%(label)s is saved.") % {"label": isolated(field.label)}
        if "is_indexed" in form.changed_data and field.is_indexed:
            said = _("%(label)s is saved. Its index is being made: searches are fast when that job is done.") % {
                "label": isolated(field.label)
            }
        messages.success(request, said)
        return redirect("custom_fields:list")
    context = {"form": form, "field": None if is_new else CustomField.objects.get(pk=form.instance.pk)}
    return render(request, "custom_fields/edit.html", context, status=422 if form.is_bound else 200)


@require_POST
@admin_required
def field_retire(request: HttpRequest, pk: int) -> HttpResponse:
    field = get_object_or_404(CustomField, pk=pk)
    custom_actions.retire(field=field, by=user_of(request))
    said = _("%(label)s is retired: nothing shows it, and its values are kept.") % {"label": isolated(field.label)}
    success_with_undo(request, said, url=reverse("custom_fields:bring_back", args=[pk]))
    return redirect("custom_fields:list")


@require_POST
@admin_required
def field_bring_back(request: HttpRequest, pk: int) -> HttpResponse:
    field = get_object_or_404(CustomField, pk=pk)
    custom_actions.bring_back(field=field, by=user_of(request))
    messages.success(request, _("%(label)s is back, with its values.") % {"label": isolated(field.label)})
    return redirect("custom_fields:list")


@require_POST
@admin_required
def field_move(request: HttpRequest, pk: int) -> HttpResponse:
    places = MOVES.get(request.POST.get("to", ""), 0)
    custom_actions.move(field=get_object_or_404(CustomField, pk=pk), by=places)
    return redirect(f"{reverse('custom_fields:list')}#field-{pk}")


@require_POST
@admin_required
def field_delete(request: HttpRequest, pk: int) -> HttpResponse:
    field = get_object_or_404(CustomField, pk=pk)
    try:
        custom_actions.delete_unused(field=field)
    except custom_actions.StillUsed:
        messages.error(request, _("It has values, or an index. Retire it instead: its values are kept."))
        return redirect("custom_fields:edit", pk)
    messages.success(request, _("%(label)s is deleted.") % {"label": isolated(field.label)})
    return redirect("custom_fields:list")
