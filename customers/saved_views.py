"""Saving, sharing, pinning and arranging views of the customer list."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db.models import prefetch_related_objects
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from core.numbers import whole_number
from core.text import isolated
from core.undo import success_with_undo
from customers.access import sight_of, user_of
from customers.filters import FilterError
from customers.filters.saved import StaleFilter, change_filter, delete_filter, restore_filter, save_filter
from customers.listing import CustomerListing, views
from customers.listing.state import query_of
from customers.listing.view_words import ViewWords
from customers.models import SavedFilter
from customers.view_forms import ViewForm

# So many views that are no tabs are listed; they are names that people gave, not rows of data.
OTHERS = 200


def asked_listing(request: HttpRequest) -> CustomerListing:
    """The list that a form or a link is about: the query string itself, or what a form sends back of it."""
    query = query_of(request.POST["state"]) if "state" in request.POST else request.GET.dict()
    return CustomerListing(query, sight=sight_of(request))


def sheet(request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """A page that the list opens as a dialog."""
    return render(request, f"{template}#sheet" if request.htmx else template, context, status=status)  # type: ignore[attr-defined]


def to_list(request: HttpRequest, query: str) -> HttpResponse:
    address = f"{reverse('customers:list')}?{query}"
    return HttpResponseClientRedirect(address) if request.htmx else redirect(address)  # type: ignore[attr-defined]


@require_GET
def view_list(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    mine, words = views.Views(user.sight), ViewWords(user.sight)
    prefetch_related_objects([pin.view for pin in mine.pins], "owner", "team")
    pinned = [pin.view_id for pin in mine.pins]
    others = SavedFilter.objects.available_to(user.sight).views().exclude(pk__in=pinned).select_related("owner", "team")
    rows = [
        {
            "view": view,
            "pin": pin,
            "is_first": pin is not None and pin is mine.pins[0],
            "is_last": pin is not None and pin is mine.pins[-1],
            "may_change": views.may_change(user, view),
            "words": words.of(view),
        }
        for view, pin in [*((pin.view, pin) for pin in mine.pins), *((view, None) for view in others[:OTHERS])]
    ]
    return render(request, "customers/views.html", {"rows": rows})


@require_http_methods(["GET", "POST"])
def view_create(request: HttpRequest) -> HttpResponse:
    user, listing = user_of(request), asked_listing(request)
    form = ViewForm(request.POST or None, user=user)
    if request.method == "POST" and form.is_valid():
        try:
            parts = views.parts_of(listing.state.values)
            view = form.kept(lambda: save_filter(owner=user, **form.cleaned_data, **parts))
        except FilterError as error:
            form.add_error(None, error.message)
            view = None
        if view is not None:
            views.pin(view, user=user)
            messages.success(request, _("The view %(name)s is saved.") % {"name": isolated(view.name)})
            return to_list(request, f"view={view.pk}")
    status = 422 if request.method == "POST" else 200
    return sheet(request, "customers/view_create.html", {"form": form, "listing": listing}, status=status)


@require_http_methods(["GET", "POST"])
def view_edit(request: HttpRequest, pk: int) -> HttpResponse:
    user, view = user_of(request), views.changeable_view(user_of(request), pk)
    version = whole_number(request.POST.get("version", ""))
    form = ViewForm(request.POST or None, user=user, instance=view)
    if request.method == "POST" and form.is_valid():
        try:
            if form.kept(lambda: change_filter(view, version=version, **form.cleaned_data)):
                return redirect("customers:views")
        except StaleFilter as stale:
            view = stale.current
            form.add_error(None, _("Somebody has changed this view since you opened it. Look at it again."))
    context = {"form": form, "view": view}
    return render(request, "customers/view_edit.html", context, status=422 if request.method == "POST" else 200)


@require_POST
def view_save(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep what the list shows as this view from now on."""
    view = views.changeable_view(user_of(request), pk)
    listing, version = asked_listing(request), whole_number(request.POST.get("version", ""))
    try:
        parts = views.parts_of(listing.state.values)
        change_filter(view, version=version, **parts)
    except FilterError as error:
        messages.error(request, _("This filter cannot be saved: %(why)s") % {"why": error.message})
    except StaleFilter:
        messages.error(
            request, _("Somebody has changed this view meanwhile. Look at theirs, or save yours as another.")
        )
    else:
        messages.success(request, _("The view %(name)s is saved.") % {"name": isolated(view.name)})
        return to_list(request, f"view={view.pk}")
    return to_list(request, listing.query)


@require_POST
def view_delete(request: HttpRequest, pk: int) -> HttpResponse:
    view = views.changeable_view(user_of(request), pk)
    delete_filter(view)
    said = _("The view %(name)s is deleted.") % {"name": isolated(view.name)}
    success_with_undo(request, said, url=reverse("customers:view_restore", args=[pk]))
    return redirect("customers:views")


@require_POST
def view_restore(request: HttpRequest, pk: int) -> HttpResponse:
    """Take its deletion back."""
    view = restore_filter(views.changeable_view(user_of(request), pk, or_deleted=True))
    messages.success(request, _("The view %(name)s is back again.") % {"name": isolated(view.name)})
    return redirect("customers:views")


@require_POST
def view_place(request: HttpRequest, pk: int) -> HttpResponse:
    """Where it stands among the person's own tabs."""
    user, view = user_of(request), views.available_view(user_of(request), pk)
    deeds: dict[str, Callable[[], object]] = {
        "pin": lambda: views.pin(view, user=user),
        "unpin": lambda: views.unpin(view, user=user),
        "left": lambda: views.move(view, user=user, by=-1),
        "right": lambda: views.move(view, user=user, by=1),
        "first": lambda: views.open_first(view, user=user, is_default=True),
        "not_first": lambda: views.open_first(view, user=user, is_default=False),
    }
    if (do := deeds.get(request.POST.get("do", ""))) is None:
        return HttpResponseBadRequest(_("“do” is one of: %(known)s.") % {"known": ", ".join(deeds)})
    do()
    return redirect("customers:views")
