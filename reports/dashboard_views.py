"""Dashboards: the start, the list of them, looking at one, and its name and sharing. Arranging: `arranging_views`."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import admin_required
from accounts.models import User
from core.text import isolated
from customers.access import user_of
from reports import arranging, dashboards, freshness, views
from reports.arranging import NewCard, StaleDashboard
from reports.catalog import DASHBOARD
from reports.dashboard_cards import drawn_card, left_out, placed_on, slots_of
from reports.dashboard_forms import DashboardForm, RoleStartForm
from reports.dashboards import available_dashboard, changeable_dashboard
from reports.frames import Published
from reports.models import Dashboard
from reports.words import ReaderWords

# So many are listed; they are names that people gave, not rows of data.
LISTED = 200
# What the address of a new one says that begins with the cards of the overview.
OVERVIEW = "overview"


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
    published = Published.now(user.sight)
    cards = placed_on(found, user)
    pins = dashboards.pins_of(user)
    context = {
        "dashboard": found,
        "slots": slots_of(cards, published, words_of(request)),
        "left_out": left_out(cards),
        "published": published,
        "failed_run": freshness.failure_since(published),
        "may_change": found.may_be_changed_by(user),
        "pins": pins,
        "is_pinned": any(pin.dashboard_id == found.pk for pin in pins),
    }
    return render(request, "reports/dashboard.html", context)


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
    shown = drawn_card(placed, user, Published.now(user.sight), words_of(request))
    return render(request, "reports/_card.html", {"card": shown})


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
    return render(request, "reports/dashboards.html", {"rows": rows, "start": start, "pins": pins})


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
