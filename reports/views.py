"""The dashboard, and each chart as JSON and as a file. All three are the same for every chart of the catalog."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.access import sees_all_required
from customers.access import user_of
from imports.exporting.spreadsheet import CONTENT_TYPES, WRITERS
from protection.exports import note_export, require_export
from reports import freshness
from reports.cards import Card, card, cards_for, cards_of_series
from reports.catalog import BY_KEY
from reports.dashboards import pins_of
from reports.demand_table import DemandTable
from reports.frames import Published
from reports.key_figures import key_figures
from reports.tables import as_file
from reports.words import ReaderWords


@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """The dashboard that everybody has."""
    published = Published.now(user_of(request).sight)
    failed_run = freshness.failure_since(published)
    if published.newest is None:
        state = freshness.before_first_run()
        return render(request, "reports/home_empty.html", {"state": state, "failed_run": failed_run})
    words = ReaderWords.of_reader(_currency(request))
    context = {
        "figures": key_figures(published, words),
        "cards": cards_for(user_of(request), published, words),
        "published": published,
        "failed_run": failed_run,
        "pins": pins_of(user_of(request)),
    }
    return render(request, "reports/home.html", context)


@require_safe
@sees_all_required
def demand(request: HttpRequest) -> HttpResponse:
    published = Published.now(user_of(request).sight, series=request.GET.get("series", ""))
    words = ReaderWords.of_reader(_currency(request))
    context = {
        "run": published.demand,
        "why_not": freshness.why_no_demand(published),
        "table": DemandTable(published, words),
        "cards": cards_of_series(user_of(request), published, words),
    }
    return render(request, "reports/demand.html", context)


@require_safe
def chart(request: HttpRequest, key: str) -> HttpResponse:
    return JsonResponse(_card(request, key).as_json())


@require_safe
def table(request: HttpRequest, key: str, file_format: str) -> HttpResponse:
    user, found = user_of(request), _card(request, key)
    require_export(user)
    if file_format not in WRITERS:
        raise Http404(_("There is no such kind of file."))
    note_export(user, rows=len(found.rows), file_format=file_format, chart=key)
    content = as_file(found.drawing, found.words, file_format)
    response = HttpResponse(content, content_type=CONTENT_TYPES[file_format])
    response.headers["Content-Disposition"] = f'attachment; filename="{found.file_name}.{file_format}"'
    return response


def _card(request: HttpRequest, key: str) -> Card:
    """The chart in the address: 404 if there is none, 403 if it is not for this role."""
    found = BY_KEY.get(key)
    if found is None:
        raise Http404(_("There is no chart of this name."))
    if user_of(request).role not in found.roles:
        raise PermissionDenied(_("Your role does not allow this. Ask an admin of your organisation."))
    sight = user_of(request).sight
    if found.by_series and not sight.sees_all:
        raise PermissionDenied(_("These are sums over all customers, and you do not see all."))
    published = Published.now(sight, series=request.GET.get("series", ""))
    return card(found, published, ReaderWords.of_reader(_currency(request)))


def _currency(request: HttpRequest) -> str:
    return str(request.organisation.currency)  # type: ignore[attr-defined]  # set by accounts.middleware
