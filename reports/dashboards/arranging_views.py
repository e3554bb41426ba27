"""Arranging the cards of a dashboard: by buttons, which work without scripts, and by dragging, which sends the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.models import User
from core.numbers import whole_number
from customers.access import user_of
from customers.models import SavedFilter
from reports.catalog import BY_KEY
from reports.dashboards import arranging
from reports.dashboards.access import changeable_dashboard
from reports.dashboards.arranging import NewCard, StaleDashboard, TooManyCards
from reports.dashboards.cards import Placed, may_see, placed_on
from reports.dashboards.choosing import choices_for
from reports.dashboards.views import version_of
from reports.models import Dashboard, Report


@require_http_methods(["GET", "HEAD", "POST"])
def arrange(request: HttpRequest, pk: int) -> HttpResponse:
    user = user_of(request)
    found = changeable_dashboard(user, pk)
    if request.method != "POST":
        return _arranged(request, user, found)
    deed = _deed(request, user, found)
    if deed is None:
        return HttpResponseBadRequest(_("There is nothing of this kind to do with a dashboard."))
    try:
        deed()
    except StaleDashboard as stale:
        sorry = _("Somebody has changed this dashboard since you opened it. This is how it stands now: do yours again.")
        return _arranged(request, user, stale.current, problem=sorry, status=409)
    except TooManyCards as full:
        return _arranged(request, user, found, problem=str(full), status=422)
    found.refresh_from_db()
    said = _said(request, user, found)
    if request.htmx:  # type: ignore[attr-defined]
        return _arranged(request, user, found, said=said)
    messages.success(request, said)
    return redirect("reports:arrange", pk=pk)


def _deed(request: HttpRequest, user: User, found: Dashboard) -> Callable[[], object] | None:
    version, card, place = version_of(request), _number(request, "card"), _number(request, "place")
    deeds: dict[str, Callable[[], object]] = {
        "up": lambda: arranging.move_card(found, version=version, pk=card, by=-1),
        "down": lambda: arranging.move_card(found, version=version, pk=card, by=1),
        "place": lambda: arranging.place_card(found, version=version, pk=card, place=place),
        "wide": lambda: arranging.widen_card(found, version=version, pk=card, is_wide=True),
        "narrow": lambda: arranging.widen_card(found, version=version, pk=card, is_wide=False),
        "remove": lambda: arranging.remove_card(found, version=version, pk=card),
    }
    if (new := _new_card(request, user)) is not None:
        deeds["add"] = lambda: arranging.add_card(found, version=version, new=new)
    return deeds.get(request.POST.get("do", ""))


def _new_card(request: HttpRequest, user: User) -> NewCard | None:
    """What the chooser sends: one that this person may see, or none."""
    chart = BY_KEY.get(request.POST.get("chart", ""))
    if chart is not None:
        return NewCard(chart=chart.key) if may_see(user, chart) else None
    report = Report.objects.available_to(user.sight).filter(pk=_number(request, "report")).first()
    return NewCard(report_id=report.pk) if report else None


def _number(request: HttpRequest, name: str) -> int:
    """0, which no row has and which is the first place, for what is no number."""
    return whole_number(request.POST.get(name, ""))


def _arranged(
    request: HttpRequest, user: User, found: Dashboard, *, problem: str = "", said: str = "", status: int = 200
) -> HttpResponse:
    charts, reports = choices_for(user, found)
    context = {
        "dashboard": found,
        "tiles": [_tile(placed, found) for placed in placed_on(found, user)],
        "charts": charts,
        "reports": reports,
        "problem": problem,
        "said": said,
        "most": arranging.MOST_CARDS,
    }
    template = "reports/_arrangement.html" if request.htmx else "reports/arrange.html"  # type: ignore[attr-defined]
    return render(request, template, context, status=status)


def _tile(placed: Placed, found: Dashboard) -> dict[str, Any]:
    """A card as the page for arranging shows it: its name, and whether others do not see it."""
    report = placed.report
    is_mine_alone = report is not None and report.sharing == SavedFilter.Sharing.NOBODY and found.is_shared
    return {
        "pk": placed.card.pk,
        "is_wide": placed.card.is_wide,
        "title": placed.title,
        "is_report": placed.card.report_id is not None,
        "report_pk": placed.card.report_id,
        "is_mine_alone": is_mine_alone,
    }


def _said(request: HttpRequest, user: User, found: Dashboard) -> str:
    """What a deed came to, for those who do not see it move."""
    do, pk = request.POST.get("do", ""), _number(request, "card")
    cards = placed_on(found, user)
    place = next((place for place, placed in enumerate(cards, start=1) if placed.card.pk == pk), None)
    if do == "remove" or not cards:
        return _("The card is removed.")
    if do == "add":
        return _("%(card)s is added as the last card.") % {"card": cards[-1].title}
    if place is None:
        return _("The card is not there any more.")
    words = {"card": cards[place - 1].title, "place": place, "count": len(cards)}
    if do == "wide":
        return _("%(card)s has the whole width now.") % words
    if do == "narrow":
        return _("%(card)s has one column now.") % words
    return _("%(card)s: place %(place)s of %(count)s.") % words
