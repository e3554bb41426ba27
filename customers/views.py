from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import IntegrityError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.idempotency import once
from core.numbers import whole_number
from core.paging import page_of_parts
from core.text import isolated
from core.undo import page_before, success_with_undo
from customers import actions, concurrent_edits, field_rows, history, reading, unmasking
from customers.access import editable_customer, new_customer, removable_customer, sight_of, user_of, visible_customer
from customers.duplicates import creating
from customers.extensions import registry
from customers.forms import CustomerForm, part_formsets
from customers.listing import CustomerListing
from customers.listing.views import may_change
from customers.merging.following import following_merges
from customers.models import Customer
from customers.recent import note_visit
from customers.timeline import timeline_of

SUGGESTED = 8


@require_GET
def customer_list(request: HttpRequest) -> HttpResponse:
    fragment = request.htmx and not request.htmx.history_restore_request  # type: ignore[attr-defined]
    template = "customers/list.html#results" if fragment else "customers/list.html"
    if fragment and request.htmx.target == "count":  # type: ignore[attr-defined]
        template = "customers/_count.html"
    listing = CustomerListing(request.GET.dict(), sight=sight_of(request))
    if fragment and listing.rows_of and listing.grouping:
        template = "customers/_group_rows.html"
    unmasking.log_search(listing.search, user=user_of(request), found=lambda: listing.found)
    may_save = listing.view is not None and may_change(user_of(request), listing.view)
    return render(request, template, {"listing": listing, "may_save": may_save})


@require_GET
def customer_suggestions(request: HttpRequest) -> HttpResponse:
    """Options for the fields that name another customer."""
    text = request.GET.get("organisation") or request.GET.get("referred_by") or request.GET.get("other") or ""
    sight = sight_of(request)
    known = Customer.objects.live().visible_to(sight)
    wanted = len(text.strip()) >= 2
    found = page_of_parts(known.search_parts(text, sight=sight), size=SUGGESTED).rows if wanted else []
    unmasking.log_search(text, user=user_of(request), found=lambda: len(found))
    return render(request, "customers/_suggestions.html", {"customers": found})


@require_GET
@following_merges
def customer_detail(request: HttpRequest, pk: int) -> HttpResponse:
    sight = sight_of(request)
    customer = visible_customer(sight, pk, among=field_rows.customers_with_page())
    note_visit(user_of(request), pk)
    contacts = reading.contacts(customer, sight=sight)
    panels = [(panel, panel.context(request, customer)) for panel in registry.panels]
    context = {
        "customer": customer,
        "may_edit": sight.may_edit(customer),
        "groups": field_rows.groups(customer, contacts=contacts, sight=sight),
        "people": field_rows.people_row(customer, contacts=contacts, sight=sight),
        "members": contacts.members,
        "figures": reading.live_figures(customer),
        "timeline": timeline_of(customer, sight=sight, show=request.GET.getlist("show")),
        "panels": [(panel, shown) for panel, shown in panels if shown is not None],
        "list_query": request.GET.get("list", ""),
    }
    return render(request, "customers/detail.html", context)


@require_GET
def customer_orders(request: HttpRequest, pk: int) -> HttpResponse:
    customer = visible_customer(sight_of(request), pk)
    orders = reading.orders_page(customer, cursor=request.GET.get("cursor", ""))
    template = "customers/orders.html#rows" if request.htmx else "customers/orders.html"  # type: ignore[attr-defined]
    return render(request, template, {"customer": customer, "orders": orders})


@require_http_methods(["GET", "POST"])
@once
def customer_create(request: HttpRequest) -> HttpResponse:
    return _edit(request, new_customer(user_of(request)))


@require_http_methods(["GET", "POST"])
@following_merges
def customer_edit(request: HttpRequest, pk: int) -> HttpResponse:
    return _edit(request, editable_customer(sight_of(request), pk, among=field_rows.customers_with_links()))


def _edit(request: HttpRequest, customer: Customer) -> HttpResponse:
    sight = sight_of(request)
    form = CustomerForm(request.POST or None, instance=customer, sight=sight)
    parts = part_formsets(customer, request.POST or None, sight=sight)
    context: dict[str, Any] = {"form": form, "parts": parts, "customer": customer if customer.pk else None}
    if customer.pk and not form.is_bound:
        form.initial["version"] = str(concurrent_edits.opened_on(form, parts))
    elif not form.is_bound:
        form.fields["name"].widget.attrs["autofocus"] = True
    if request.method == "POST" and all([form.is_valid(), *(part.is_valid() for part in parts.values())]):
        if customer.pk is None and (likely := creating.stopping(request)):
            return render(request, "customers/edit.html", {**context, "likely": likely}, status=422)
        try:
            return _saved(request, actions.save_customer(form=form, parts=parts, sight=sight))
        except actions.StaleVersion as stale:
            return _both_versions(request, stale, context)
        except IntegrityError:
            form.add_error(
                None, _("Two of these entries do not go together, or one is there already. Nothing is saved.")
            )
    return render(request, "customers/edit.html", context, status=422 if request.method == "POST" else 200)


def _both_versions(request: HttpRequest, stale: actions.StaleVersion, context: dict[str, Any]) -> HttpResponse:
    sight = sight_of(request)
    if not sight.may_edit(stale.current):
        raise Http404 from stale
    concurrent_edits.reopen(context["form"], context["parts"], stale.current, sight=sight)
    changed = history.last_change(stale.current, reader=user_of(request))
    told = {**context, "conflicts": stale.conflicts, "current": stale.current, "changed": changed}
    return render(request, "customers/edit.html", told, status=409)


def _saved(request: HttpRequest, customer: Customer) -> HttpResponse:
    """To the customer's page, or to the list when the person has given them out of their own hands."""
    is_seen = sight_of(request).may_see(customer)
    other = whole_number(request.POST.get(creating.INTO, ""))
    if is_seen and other:
        return redirect(f"{reverse('customers:merge')}?ids={other},{customer.pk}")
    said = _("%(name)s is saved.") if is_seen else _("%(name)s is saved, and with others now: you no longer see them.")
    messages.success(request, said % {"name": isolated(customer.name)})
    return redirect(customer) if is_seen else redirect("customers:list")


@require_POST
def customer_unmask(request: HttpRequest, pk: int) -> HttpResponse:
    """One hidden value, shown once: no cache keeps it."""
    customer = visible_customer(sight_of(request), pk)
    secret = unmasking.find(customer, request.POST.get("what", ""))
    value = unmasking.reveal(secret, user=user_of(request), customer=customer)
    template = "customers/unmasked.html#value" if request.htmx else "customers/unmasked.html"  # type: ignore[attr-defined]
    response = render(request, template, {"customer": customer, "value": value})
    response.headers["Cache-Control"] = "no-store"
    return response


@require_POST
def customer_archive(request: HttpRequest, pk: int) -> HttpResponse:
    customer = editable_customer(sight_of(request), pk)
    archived = request.POST.get("archived") != "no"
    actions.archive_customer(customer=customer, archived=archived)
    done = (
        _("%(name)s is archived: no list and no score shows them.") if archived else _("%(name)s is back in the lists.")
    )
    success_with_undo(
        request,
        done % {"name": isolated(customer.name)},
        url=request.path,
        fields={"archived": "no" if archived else "yes"},
    )
    return redirect(page_before(request, otherwise=customer.get_absolute_url()))


@require_POST
def customer_delete(request: HttpRequest, pk: int) -> HttpResponse:
    customer = removable_customer(user_of(request), pk)
    actions.delete_customer(customer=customer)
    said = _("%(name)s is deleted. The orders stay, for the figures; numbers and addresses are free for others.")
    success_with_undo(
        request, said % {"name": isolated(customer.name)}, url=reverse("customers:restore", args=[customer.pk])
    )
    return redirect("customers:list")
