"""The list of dashboards, where each stands for the reader, and making, naming and deleting one."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.db import IntegrityError
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import admin_required
from accounts.models import User
from core.idempotency import once
from core.numbers import whole_number
from core.text import isolated
from customers.access import user_of
from reports.catalog import DASHBOARD
from reports.dashboards import access, arranging, places
from reports.dashboards.access import available_dashboard, changeable_dashboard
from reports.dashboards.arranging import NewCard, StaleDashboard
from reports.dashboards.cards import placed_on
from reports.dashboards.forms import DashboardForm, RoleStartForm
from reports.dashboards.views import version_of
from reports.models import Dashboard

# So many are listed; they are names that people gave, not rows of data.
LISTED = 200
# What the address of a new one says that begins with the cards of the overview.
OVERVIEW = "overview"


@require_safe
def dashboard_list(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    found = Dashboard.objects.available_to(user.sight).select_related("owner", "team").annotate(size=Count("cards"))
    pins, start = places.pins_of(user), places.start_of(user)
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
    left = access.of_nobody()[:LISTED] if user.is_admin else []
    return render(request, "reports/dashboards.html", {"rows": rows, "start": start, "left": left, "pins": pins})


@require_POST
def dashboard_place(request: HttpRequest, pk: int) -> HttpResponse:
    """Where it stands for this person: among the tabs, at the start."""
    user = user_of(request)
    found = available_dashboard(user, pk)
    deeds: dict[str, Callable[[], object]] = {
        "pin": lambda: places.pin(found, user=user),
        "unpin": lambda: places.unpin(found, user=user),
        "start": lambda: places.choose_start(user=user, dashboard=found),
    }
    if (do := deeds.get(request.POST.get("do", ""))) is None:
        return HttpResponseBadRequest(_("“do” is one of: %(known)s.") % {"known": ", ".join(deeds)})
    do()
    return redirect("reports:dashboards")


@require_POST
@admin_required
def dashboard_take_over(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(access.of_nobody(), pk=pk)
    words = {"name": isolated(found.name)}
    try:
        access.take_over(found, user=user_of(request))
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
        "overview": lambda: places.choose_start(user=user, dashboard=None),
        "role": lambda: places.start_as_role(user),
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
@once
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
    if not (pk := whole_number(copied)):
        return None
    found: Dashboard = get_object_or_404(Dashboard.objects.available_to(user.sight), pk=pk)
    return found


def _cards_of_source(user: User, copied: str, source: Dashboard | None) -> list[NewCard]:
    if source is not None:
        seen = [placed.card for placed in placed_on(source, user) if not placed.why_not]
        return [NewCard(card.chart, card.report_id, card.is_wide) for card in seen]
    return [NewCard(key) for key in DASHBOARD] if copied == OVERVIEW else []


@require_http_methods(["GET", "HEAD", "POST"])
@once
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
