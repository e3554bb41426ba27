"""The reports: an index, and a page for each subject with a bar above that says of which days and customers."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from customers.access import user_of
from reports import freshness
from reports.cards import cards_about
from reports.catalog.subjects import SUBJECT, SUBJECTS
from reports.frames import Published
from reports.scope import said_of
from reports.views import currency_of, scope_form
from reports.words import ReaderWords


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    subjects = [subject for subject in SUBJECTS if subject.may_be_opened_by(user)]
    return render(request, "reports/index.html", {"subjects": subjects})


@require_safe
def report(request: HttpRequest, subject: str) -> HttpResponse:
    user, found = user_of(request), SUBJECT.get(subject)
    if found is None:
        raise Http404(_("There is no report of this name."))
    if found.page:
        return redirect(found.url)
    form = scope_form(request)
    if form is None:
        state = freshness.before_first_run()
        return render(request, "reports/report_empty.html", {"subject": found, "state": state})
    context = {"subject": found, "form": form}
    if not form.is_valid():
        return render(request, "reports/report.html", context, status=422)
    words = ReaderWords.of_reader(currency_of(request))
    published = Published.now(user.sight, scope=form.scope)
    cards = cards_about(user, found.key, published, words)
    context |= {
        "run": published.days,
        "said": said_of(form.scope, words),
        "cards": cards,
        "nothing_follows": not any(card.chart.follows for card in cards),
        "why_nothing_follows": next((card.chart.of_all for card in cards if card.chart.of_all), ""),
    }
    return render(request, "reports/report.html", context)
