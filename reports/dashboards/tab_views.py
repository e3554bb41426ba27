"""Putting one's tabs in order: by buttons, which work without scripts, and by dragging, which sends the same."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.numbers import whole_number
from core.text import isolated
from customers.access import user_of
from reports.dashboards import places
from reports.models import PinnedDashboard


@require_POST
def tab_order(request: HttpRequest) -> HttpResponse:
    user, pk = user_of(request), whole_number(request.POST.get("card", ""))
    deeds: dict[str, Callable[[], object]] = {
        "up": lambda: places.move_tab(pk, user=user, by=-1),
        "down": lambda: places.move_tab(pk, user=user, by=1),
        "place": lambda: places.place_tab(pk, user=user, place=whole_number(request.POST.get("place", ""))),
    }
    if (do := deeds.get(request.POST.get("do", ""))) is None:
        return HttpResponseBadRequest(_("“do” is one of: %(known)s.") % {"known": ", ".join(deeds)})
    do()
    pins = places.pins_of(user)
    said = _said(pins, pk)
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "reports/_tab_order.html", {"pins": pins, "said": said})
    messages.success(request, said)
    return redirect("reports:dashboards")


def _said(pins: list[PinnedDashboard], pk: int) -> str:
    """Where the tab stands now, for those who do not see it move."""
    for place, pin in enumerate(pins, start=1):
        if pin.dashboard_id == pk:
            words = {"card": isolated(pin.dashboard.name), "place": place, "count": len(pins)}
            return _("%(card)s: place %(place)s of %(count)s.") % words
    return _("This dashboard is not among your tabs any more.")
