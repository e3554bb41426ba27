"""Looking at a dashboard: at the start, at its own address, on a wall; and saving the filter of its bar."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core.idempotency import once
from core.numbers import whole_number
from customers.access import user_of
from customers.filters import EVERYBODY
from customers.listing.state import query_of
from reports import freshness, views
from reports.dashboards import arranging
from reports.dashboards.access import available_dashboard, changeable_dashboard
from reports.dashboards.arranging import StaleDashboard
from reports.dashboards.cards import drawn_card, left_out, placed_on, slots_of
from reports.dashboards.one_filter import DashboardFilterForm, filter_of
from reports.dashboards.places import pins_of, start_of
from reports.frames import Published
from reports.models import Dashboard
from reports.scope import said_of
from reports.words import ReaderWords

# A screen on the wall asks so often for what is new.
WALL_SECONDS = 120


@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """What the person or their role begins with."""
    chosen = start_of(user_of(request)).dashboard
    return views.overview(request) if chosen is None else _looked_at(request, chosen)


@require_safe
def dashboard(request: HttpRequest, pk: int) -> HttpResponse:
    return _looked_at(request, available_dashboard(user_of(request), pk))


def _looked_at(request: HttpRequest, found: Dashboard) -> HttpResponse:
    user = user_of(request)
    pins = pins_of(user)
    shown = _shown(request, found)
    form = shown["form"]
    context = {
        **shown,
        "failed_run": freshness.failure_since(shown["published"]),
        "may_change": found.may_be_changed_by(user),
        "is_filter_saved": form is None or form.said == found.filter,
        "pins": pins,
        "is_pinned": any(pin.dashboard_id == found.pk for pin in pins),
    }
    # One that is saved and cannot be read is no fault of who opens the page.
    status = 422 if form and form.errors and request.GET else 200
    return render(request, "reports/dashboard.html", context, status=status)


def _shown(request: HttpRequest, found: Dashboard) -> dict[str, Any]:
    """What the page of a dashboard and its wall have in common; no cards where the filter cannot be read, since they
    would be of other customers."""
    user, words = user_of(request), words_of(request)
    form = filter_of(found, request.GET.dict(), user.sight)
    is_readable = form is None or form.is_valid()
    asked = form if is_readable else None
    published = Published.now(user.sight, scope=asked.scope if asked else None)
    cards = placed_on(found, user) if is_readable else []
    return {
        "dashboard": found,
        "form": form,
        "said": in_words(form, words) if form and is_readable else [],
        "published": published,
        "slots": slots_of(cards, published, words, asked),
        "left_out": left_out(cards),
    }


def in_words(form: DashboardFilterForm, words: ReaderWords) -> list[str]:
    """What the filter says, and nothing of what it leaves to each card."""
    days, *compared = said_of(replace(form.scope, among=EVERYBODY), words)
    said = [days] if form.says_days else []
    if form.says_comparison:
        said += compared or [_("compared with nothing")]
    return said if form.scope.is_of_all else [*said, said_of(form.scope, words)[-1]]


@require_safe
def wall(request: HttpRequest, pk: int) -> HttpResponse:
    """For a screen that nobody touches; it asks for itself again."""
    found = available_dashboard(user_of(request), pk)
    return render(request, "reports/wall.html", {**_shown(request, found), "seconds": WALL_SECONDS})


@require_safe
def dashboard_card(request: HttpRequest, pk: int, card_pk: int) -> HttpResponse:
    """One card, for a page that has its place already."""
    user = user_of(request)
    found = available_dashboard(user, pk)
    placed = next((each for each in placed_on(found, user) if each.card.pk == card_pk), None)
    if placed is None:
        raise Http404(_("This card is not on the dashboard any more."))
    if placed.why_not:
        raise Http404(placed.why_not)
    form = filter_of(found, request.GET.dict(), user.sight)
    if form is not None and not form.is_valid():
        return HttpResponseBadRequest(_("The filter of this dashboard cannot be read. Load the page again."))
    published = Published.now(user.sight, scope=form.scope if form else None)
    shown = drawn_card(placed, user, published, words_of(request), form)
    return render(request, "reports/_card.html", {"card": shown})


@require_POST
@once
def dashboard_filter(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep what the bar above the cards says, for whoever opens the dashboard from now on."""
    user = user_of(request)
    found = changeable_dashboard(user, pk)
    form = filter_of(found, query_of(request.POST.get("filter", "")), user.sight)
    if form is None or not form.is_valid():
        messages.error(request, _("This filter cannot be read, so it is not saved."))
        return redirect(found)
    try:
        arranging.change(found, version=version_of(request), filter=form.said)
    except StaleDashboard:
        messages.error(request, _("Somebody has changed this dashboard since you opened it. Look at it again."))
    else:
        messages.success(request, _("The filter is saved for everybody who opens this dashboard."))
    return redirect(found)


def words_of(request: HttpRequest) -> ReaderWords:
    return ReaderWords.of_reader(views.currency_of(request))


def version_of(request: HttpRequest) -> int:
    """Of the dashboard as the form saw it; 0, which none has, where the form does not say."""
    return whole_number(request.POST.get("version", ""))
