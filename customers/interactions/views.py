from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.idempotency import once
from core.undo import page_before, success_with_undo
from customers.access import editable_customer, sight_of, user_of
from customers.interactions import actions, files, mentions, quick_add
from customers.interactions.access import changeable_interaction, rewritable_interaction
from customers.interactions.forms import FORMS
from customers.models import CustomerFile, Interaction


@require_http_methods(["GET", "POST"])
@once
def interaction_add(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    customer = editable_customer(sight_of(request), pk)
    if kind not in FORMS:
        raise Http404
    form = FORMS[kind](request.POST or None, request.FILES or None, customer=customer, by=user_of(request))
    if request.method == "POST" and form.is_valid():
        interaction = actions.add_interaction(form=form, kind=kind, customer=customer, by=user_of(request))
        said = _("%(kind)s: added.") % {"kind": interaction.get_kind_display()}
        success_with_undo(request, said, url=reverse("interactions:delete", args=[interaction.pk]))
        return quick_add.added(request, customer)
    return quick_add.show(request, customer, kind, form)


@require_GET
def mention_suggestions(request: HttpRequest, pk: int) -> HttpResponse:
    """Colleagues who may be mentioned at this customer, for what follows an @ while it is typed."""
    customer = editable_customer(sight_of(request), pk)
    found = mentions.suggestions(request.GET.get("q", "").replace("\x00", "").strip()[:80], customer)
    return render(request, "interactions/_colleagues.html", {"people": found})


@require_http_methods(["GET", "POST"])
def interaction_edit(request: HttpRequest, pk: int) -> HttpResponse:
    user = user_of(request)
    interaction = rewritable_interaction(user, pk)
    customer = interaction.customer
    form = FORMS[interaction.kind](request.POST or None, instance=interaction, customer=customer, by=user)
    context = {"form": form, "interaction": interaction, "customer": customer}
    if request.method == "POST" and form.is_valid():
        try:
            actions.edit_interaction(form=form, by=user)
        except actions.StaleInteraction as stale:
            form.reopen_at(stale.current.version)
            return render(request, "interactions/edit.html", {**context, "current": stale.current}, status=409)
        messages.success(request, _("Your change is saved."))
        return redirect(customer)
    return render(request, "interactions/edit.html", context, status=422 if request.method == "POST" else 200)


@require_POST
def interaction_delete(request: HttpRequest, pk: int) -> HttpResponse:
    interaction = changeable_interaction(user_of(request), pk)
    actions.delete_interaction(interaction=interaction)
    restore = reverse("interactions:restore", args=[pk])
    success_with_undo(request, _("%(kind)s: deleted.") % {"kind": interaction.get_kind_display()}, url=restore)
    return redirect(page_before(request, otherwise=interaction.customer.get_absolute_url()))


@require_POST
def interaction_restore(request: HttpRequest, pk: int) -> HttpResponse:
    interaction = changeable_interaction(user_of(request), pk, deleted=True)
    actions.restore_interaction(interaction=interaction)
    messages.success(request, _("%(kind)s: back again.") % {"kind": interaction.get_kind_display()})
    return redirect(page_before(request, otherwise=interaction.customer.get_absolute_url()))


@require_GET
def file_download(request: HttpRequest, pk: int) -> HttpResponse:
    shown = Interaction.objects.visible_to(sight_of(request))
    return files.download(get_object_or_404(CustomerFile, pk=pk, interaction__in=shown))
