"""What any group of customers is worth: those whom a filter of the list finds."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from analytics import publishing, switches, value_groups
from customers.access import sight_of
from customers.filters import AskedFilter
from customers.models import Customer


@require_safe
def group_value(request: HttpRequest) -> HttpResponse:
    """Of those of them whom the person sees; without a filter, of all these."""
    sight, text = sight_of(request), request.GET.get("filter", "")
    asked = AskedFilter(text, sight=sight) if text else None
    seen = Customer.objects.live().visible_to(sight)
    run = publishing.current_run("composite")
    values = value_groups.of_any(asked.apply(seen) if asked else seen) if run else []
    off = switches.in_words("composite", run)
    context = {"values": values, "run": run, "off": off, "asked": asked, "filter": text}
    return render(request, "analytics/group_value.html", context)
