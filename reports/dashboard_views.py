"""Dashboards: the start, the list of them, looking at one, and its name and sharing. Arranging: `arranging_views`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.db import IntegrityError
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import admin_required
from accounts.models import User
from core.text import isolated
from customers.access import user_of
from customers.filters import EVERYBODY
from customers.listing.state import query_of
from reports import arranging, dashboards, freshness, views
from reports.arranging import NewCard, StaleDashboard
from reports.catalog import DASHBOARD
from reports.dashboard_cards import drawn_card, left_out, placed_on, slots_of
from reports.dashboard_filter import DashboardFilterForm, filter_of
from reports.dashboard_forms import DashboardForm, RoleStartForm
from reports.dashboards import available_dashboard, changeable_dashboard
from reports.frames import Published
from reports.models import Dashboard
from reports.scope import said_of
from reports.words import ReaderWords

# So many are listed; they are names that people gave, not rows of data.
LISTED = 200
# What the address of a new one says that begins with the cards of the overview.
OVERVIEW = "overview"
# A screen on the wall asks so often for what is new.
WALL_SECONDS = 120


@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """What the person or their role begins with."""
    chosen = dashboards.start_of(user_of(request)).dashboard
    return views.overview(request) if chosen is None else _looked_at(request, chosen)


@require_safe
def dashboard(request: HttpRequest, pk: int) -> HttpResponse:
    return _looked_at(request, available_dashboard(user_of(request), pk))


def _looked_at(request: HttpRequest, found: Dashboard) -> HttpResponse:
    user = user_of(request)
    pins = dashboards.pins_of(user)
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
    return render(request, "reports/dashboard.html", context, status=422 if form and form.errors else 200)


def _shown(request: HttpRequest, found: Dashboard) -> dict[str, Any]:
    """What the page of a dashboard and its wall have in common; no cards where the filter cannot be read, since they
    would be of other customers."""
    user, words = user_of(request), words_of(request)
    form = filter_of(found, request.GET.dict(), user.sight)
    is_readable = form is None or form.is_valid()
    published, cards = Published.now(user.sight), placed_on(found, user) if is_readable else []
    return {
        "dashboard": found,
        "form": form,
        "said": in_words(form, words) if form and is_readable else [],
        "published": published,
        "slots": slots_of(cards, published, words, form if is_readable else None),
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
    return ReaderWords.of_reader(str(request.organisation.currency))  # type: ignore[attr-defined]  # set by accounts.middleware


# --- the list of them -------------------------------------------------------------------------------------------------


@require_safe
def dashboard_list(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    found = Dashboard.objects.available_to(user.sight).select_related("owner", "team").annotate(size=Count("cards"))
    pins, start = dashboards.pins_of(user), dashboards.start_of(user)
    pinned = {pin.dashboard_id for pin in pins}
    rows = [
        {
            "dashboard": each,
            "is_pinned": each.pk in pinned,
            "is_start": start.dashboard == each,
            "may_change": each.may_be_changed_by(user),
        }
        for each in found[:LISTED]
    ]
    left = dashboards.of_nobody()[:LISTED] if user.is_admin else []
    return render(request, "reports/dashboards.html", {"rows": rows, "start": start, "left": left})


@require_POST
def dashboard_place(request: HttpRequest, pk: int) -> HttpResponse:
    """Where it stands for this person: among the tabs, at the start."""
    user = user_of(request)
    found = available_dashboard(user, pk)
    deeds: dict[str, Callable[[], object]] = {
        "pin": lambda: dashboards.pin(found, user=user),
        "unpin": lambda: dashboards.unpin(found, user=user),
        "start": lambda: dashboards.choose_start(user=user, dashboard=found),
    }
    if (do := deeds.get(request.POST.get("do", ""))) is None:
        return HttpResponseBadRequest(_("“do” is one of: %(known)s.") % {"known": ", ".join(deeds)})
    do()
    return redirect("reports:dashboards")


@require_POST
@admin_required
def dashboard_take_over(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(dashboards.of_nobody(), pk=pk)
    words = {"name": isolated(found.name)}
    try:
        dashboards.take_over(found, user=user_of(request))
    except IntegrityError:
        messages.error(request, _("You have a dashboard %(name)s already. Give yours another name first.") % words)
    else:
        messages.success(request, _("The dashboard %(name)s is yours now.") % words)
    return redirect("reports:dashboards")


@require_POST
def own_start(request: HttpRequest) -> HttpResponse:
    """Begin with the overview, or with what the role begins with."""
    user = user_of(request)
    deeds: dict[str, Callable[[], object]] = {
        "overview": lambda: dashboards.choose_start(user=user, dashboard=None),
        "role": lambda: dashboards.start_as_role(user),
    }
    if (do := deeds.get(request.POST.get("do", ""))) is None:
        return HttpResponseBadRequest(_("“do” is one of: %(known)s.") % {"known": ", ".join(deeds)})
    do()
    return redirect("reports:dashboards")


@require_http_methods(["GET", "HEAD", "POST"])
@admin_required
def role_starts(request: HttpRequest) -> HttpResponse:
    form = RoleStartForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("The start pages of the roles are saved."))
        return redirect("reports:dashboards")
    return render(request, "reports/role_starts.html", {"form": form}, status=422 if request.method == "POST" else 200)


# --- making, naming, deleting -----------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
def dashboard_create(request: HttpRequest) -> HttpResponse:
    """An empty one, or one with the cards of another."""
    user = user_of(request)
    copied = request.POST.get("copy", request.GET.get("copy", ""))
    source = _source(user, copied)
    form = DashboardForm(request.POST or None, user=user)
    made = None
    if request.method == "POST" and form.is_valid():
        said = {"cards": _cards_of_source(user, copied, source), "filter": source.filter if source else {}}
        made = form.kept(lambda: arranging.create(owner=user, **said, **form.cleaned_data))
    if made is not None:
        messages.success(request, _("The dashboard %(name)s is made.") % {"name": isolated(made.name)})
        return redirect("reports:arrange", pk=made.pk)
    context = {"form": form, "copy": copied, "source": source}
    return render(request, "reports/dashboard_create.html", context, status=422 if request.method == "POST" else 200)


def _source(user: User, copied: str) -> Dashboard | None:
    if not copied.isascii() or not copied.isdecimal() or len(copied) > 18:
        return None
    found: Dashboard = get_object_or_404(Dashboard.objects.available_to(user.sight), pk=int(copied))
    return found


def _cards_of_source(user: User, copied: str, source: Dashboard | None) -> list[NewCard]:
    if source is not None:
        seen = [placed.card for placed in placed_on(source, user) if not placed.why_not]
        return [NewCard(card.chart, card.report_id, card.is_wide) for card in seen]
    return [NewCard(key) for key in DASHBOARD] if copied == OVERVIEW else []


@require_http_methods(["GET", "HEAD", "POST"])
def dashboard_edit(request: HttpRequest, pk: int) -> HttpResponse:
    user = user_of(request)
    found = changeable_dashboard(user, pk)
    form = DashboardForm(request.POST or None, user=user, instance=Dashboard.objects.get(pk=pk))
    if request.method == "POST" and form.is_valid():
        try:
            if form.kept(lambda: arranging.change(found, version=version_of(request), **form.cleaned_data)):
                return redirect(found)
        except StaleDashboard as stale:
            found = stale.current
            form.add_error(None, _("Somebody has changed this dashboard since you opened it. Look at it again."))
    context = {"form": form, "dashboard": found}
    return render(request, "reports/dashboard_edit.html", context, status=422 if request.method == "POST" else 200)


@require_POST
def dashboard_delete(request: HttpRequest, pk: int) -> HttpResponse:
    found = changeable_dashboard(user_of(request), pk)
    found.delete()
    messages.success(request, _("The dashboard %(name)s is deleted.") % {"name": isolated(found.name)})
    return redirect("reports:dashboards")


def version_of(request: HttpRequest) -> int:
    """Of the dashboard as the form saw it; 0, which none has, where the form does not say."""
    text = request.POST.get("version", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0
