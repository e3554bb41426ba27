"""The dashboard, and each chart as JSON and as a file. All three are the same for every chart of the catalog."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.access import sees_all_required
from analytics.publishing import current_run
from customers.access import user_of
from imports.exporting.spreadsheet import CONTENT_TYPES, WRITERS
from protection.exports import note_export, require_export
from reports import freshness
from reports.cards import Card, card, cards_for, cards_of_series, earlier_card
from reports.catalog import BY_KEY, Chart
from reports.catalog.subjects import SUBJECT
from reports.dashboards.places import pins_of
from reports.demand_table import DemandTable
from reports.frames import Published
from reports.key_figures import key_figures
from reports.scope import ScopeForm
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
    words = ReaderWords.of_reader(currency_of(request))
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
    words = ReaderWords.of_reader(currency_of(request))
    context = {
        "run": published.demand,
        "asked_series": published.series if request.GET.get("series") else "",
        "why_not": freshness.why_no_demand(published),
        "table": DemandTable(published, words),
        "cards": cards_of_series(user_of(request), published, words),
    }
    return render(request, "reports/demand.html", context)


@require_safe
def chart(request: HttpRequest, key: str) -> HttpResponse:
    found = _chart(request, key)
    form = scope_form(request) if found.follows else None
    if form and not form.is_valid():
        return JsonResponse({"errors": form.errors}, status=422)
    return JsonResponse(_card(request, found, form).as_json())


@require_safe
def chart_card(request: HttpRequest, key: str) -> HttpResponse:
    """One chart of a report: for the page that waits for it, or on a page of its own, beside the earlier days."""
    found = _chart(request, key)
    form = scope_form(request) if found.follows else None
    is_answered = form is None or form.is_valid()
    context = {
        "chart": found,
        "subject": SUBJECT.get(found.subject),
        "form": form,
        "card": _card(request, found, form) if is_answered else None,
    }
    status = 200 if is_answered else 422
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "reports/_card.html", context, status=status)
    if form and is_answered:
        words = ReaderWords.of_reader(currency_of(request))
        context["earlier"] = earlier_card(found, _published(request, form), words)
    return render(request, "reports/chart.html", context, status=status)


@require_safe
def table(request: HttpRequest, key: str, file_format: str) -> HttpResponse:
    """The table of a chart as a file; days or a filter that cannot be read lead to the page that says why."""
    user, asked = user_of(request), _chart(request, key)
    require_export(user)
    if file_format not in WRITERS:
        raise Http404(_("There is no such kind of file."))
    form = scope_form(request) if asked.follows else None
    if form and not form.is_valid():
        return redirect(f"{reverse('reports:card', args=[key])}?{request.GET.urlencode()}")
    found = _card(request, asked, form)
    note_export(user, rows=len(found.rows), file_format=file_format, chart=key)
    content = as_file(found.drawing, found.words, file_format)
    response = HttpResponse(content, content_type=CONTENT_TYPES[file_format])
    response.headers["Content-Disposition"] = f'attachment; filename="{found.file_name}.{file_format}"'
    return response


def _chart(request: HttpRequest, key: str) -> Chart:
    """The chart in the address: 404 if there is none, 403 if it is not for this person."""
    found = BY_KEY.get(key)
    if found is None:
        raise Http404(_("There is no chart of this name."))
    if user_of(request).role not in found.roles:
        raise PermissionDenied(_("Your role does not allow this. Ask an admin of your organisation."))
    if found.by_series and not user_of(request).sight.sees_all:
        raise PermissionDenied(_("These are sums over all customers, and you do not see all."))
    return found


def _card(request: HttpRequest, chart: Chart, form: ScopeForm | None) -> Card:
    words = ReaderWords.of_reader(currency_of(request))
    return card(chart, _published(request, form), words, scope=form.scope if form else None)


def _published(request: HttpRequest, form: ScopeForm | None) -> Published:
    scope = form.scope if form else None
    return Published.now(user_of(request).sight, series=request.GET.get("series", ""), scope=scope)


def scope_form(request: HttpRequest) -> ScopeForm | None:
    """What the address asks of days and customers; None where nothing has been computed that it could be asked of."""
    run = current_run("daily")
    if run is None:
        return None
    return ScopeForm(request.GET.dict(), sight=user_of(request).sight, last_day=run.as_of)


def currency_of(request: HttpRequest) -> str:
    return str(request.organisation.currency)  # type: ignore[attr-defined]  # set by accounts.middleware
