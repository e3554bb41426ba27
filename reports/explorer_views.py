"""The explorer's page, and its table as a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from analytics.models import Run
from analytics.snapshot import FilesMissing
from core.addresses import own_address
from core.numbers import whole_number
from core.text import isolated
from customers.access import user_of
from customers.listing.state import query_of
from imports.exporting.spreadsheet import CONTENT_TYPES, WRITERS
from protection.exports import note_export, require_export
from reports import freshness
from reports.charts.drawing import Column, Drawing
from reports.exploring import Asked
from reports.forms import QUESTION_KEYS, ExplorerForm, ReportForm
from reports.models import Report
from reports.semantics.answers import NothingToAsk, newest_facts
from reports.tables import Cell, as_file, customers_url, shown_rows
from reports.views import currency_of
from reports.words import ReaderWords

# So many saved reports are listed; they are names that people gave, not rows of data.
LISTED = 200


@dataclass(frozen=True)
class ExplorerPage:
    """A question and its answer as the page shows them; without an answer where `form` has errors."""

    form: ExplorerForm
    asked: Asked | None
    report: Report | None

    @cached_property
    def drawing(self) -> Drawing | None:
        """None, and an error of the form, where the facts are gone meanwhile."""
        if self.asked is None:
            return None
        try:
            return self.asked.drawing()
        except FilesMissing:
            self.form.add_error(None, _("The facts behind this run are not kept any more. Recompute, then ask again."))
            return None

    @property
    def columns(self) -> tuple[Column, ...]:
        return self.drawing.table.columns if self.drawing else ()

    @cached_property
    def rows(self) -> list[list[Cell]]:
        return list(shown_rows(self.drawing, self.asked.words)) if self.drawing and self.asked else []

    @property
    def note(self) -> str:
        return f"{self.drawing.unit} · {self.drawing.sample}" if self.drawing else ""

    @property
    def picture_note(self) -> str:
        """What a picture that is passed on says beside."""
        return f"{self.note} · {self.asked.said} · {self.asked.words.day(self.asked.run.as_of)}" if self.asked else ""

    @property
    def definition(self) -> Any:
        return self.asked.question.measured.definition if self.asked else ""

    @property
    def customers_url(self) -> str:
        return customers_url(self.drawing.drill) if self.drawing and self.drawing.drill else ""

    @property
    def file_name(self) -> str:
        assert self.asked is not None  # noqa: S101 - asked for with a drawing
        return self.asked.file_name


@require_safe
def explore(request: HttpRequest) -> HttpResponse:
    try:
        run = newest_facts()
    except NothingToAsk:
        return render(request, "reports/explorer_empty.html", {"state": freshness.before_first_run()})
    explored = _explored(request, run)
    drawing = explored.drawing  # before the template asks the form for its errors
    context = {
        "explored": explored,
        "drawing": drawing,
        "run": run,
        "query": urlencode(explored.form.values),
        "report": explored.report,
        "reports": _saved_reports(user_of(request)),
    }
    return render(request, "reports/explorer.html", context, status=422 if explored.form.errors else 200)


@require_http_methods(["GET", "POST"])
def save_report(request: HttpRequest) -> HttpResponse:
    """Keep the question of an address under a name."""
    user, question = user_of(request), query_of(request.POST.get("question", request.GET.urlencode()))
    form = ReportForm(request.POST or None, user=user)
    kept = {key: text for key, text in question.items() if key in QUESTION_KEYS}
    report: Report | None = None
    if request.method == "POST" and form.is_valid():
        report = form.kept(lambda: Report.objects.create(owner=user, question=kept, **form.cleaned_data))
    if report is not None:
        messages.success(request, _("The report %(name)s is saved.") % {"name": isolated(report.name)})
        return redirect(report)
    context = {"form": form, "question": urlencode(question)}
    return render(request, "reports/save.html", context, status=422 if request.method == "POST" else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def edit_report(request: HttpRequest, pk: int) -> HttpResponse:
    """Name and sharing; another question is another report."""
    user, report = user_of(request), _changeable_report(request, pk)
    form = ReportForm(request.POST or None, user=user, instance=Report.objects.get(pk=pk))
    back = own_address(request, request.POST.get("next", request.GET.get("next", "")))
    is_saved = False
    if request.method == "POST" and form.is_valid():
        is_saved = form.kept(lambda: _renamed(report, form.cleaned_data)) is not None
    if is_saved:
        messages.success(request, _("The report %(name)s is saved.") % {"name": isolated(report.name)})
        return redirect(back or report)
    context = {"form": form, "report": report, "back": back}
    return render(request, "reports/edit.html", context, status=422 if request.method == "POST" else 200)


def _renamed(report: Report, said: Mapping[str, Any]) -> Report:
    for name, value in said.items():
        setattr(report, name, value)
    report.save(update_fields=[*said, "updated_at"])
    return report


def _changeable_report(request: HttpRequest, pk: int) -> Report:
    user = user_of(request)
    report: Report = get_object_or_404(Report.objects.available_to(user.sight), pk=pk)
    if not report.may_be_changed_by(user):
        raise PermissionDenied(_("This report belongs to somebody else. Save it under a name of your own."))
    return report


@require_POST
def delete_report(request: HttpRequest, pk: int) -> HttpResponse:
    report = _changeable_report(request, pk)
    report.delete()
    messages.success(request, _("The report %(name)s is deleted.") % {"name": isolated(report.name)})
    return redirect("reports:explore")


@require_safe
def explored_file(request: HttpRequest, file_format: str) -> HttpResponse:
    """The table of an answer as CSV or as an Excel file; a question without answer leads to the page that says why."""
    user = user_of(request)
    require_export(user)
    if file_format not in WRITERS:
        raise Http404(_("There is no such kind of file."))
    try:
        explored = _explored(request, newest_facts())
    except NothingToAsk:
        return redirect("reports:explore")
    if explored.drawing is None or explored.asked is None:
        return redirect(f"{reverse('reports:explore')}?{request.GET.urlencode()}")
    note_export(user, rows=len(explored.rows), file_format=file_format, chart=explored.file_name)
    response = HttpResponse(
        as_file(explored.drawing, explored.asked.words, file_format), content_type=CONTENT_TYPES[file_format]
    )
    response.headers["Content-Disposition"] = f'attachment; filename="{explored.file_name}.{file_format}"'
    return response


def _explored(request: HttpRequest, run: Run) -> ExplorerPage:
    sight = user_of(request).sight
    report = _report(request)
    asked = {**(report.question if report else {}), **request.GET.dict()}
    form = ExplorerForm(asked, sight=sight, last_day=run.as_of)
    if not form.is_valid():
        return ExplorerPage(form, None, report)
    words = ReaderWords.of_reader(currency_of(request))
    return ExplorerPage(form, Asked(form.question, run, sight, words, as_line=form.as_line), report)


def _report(request: HttpRequest) -> Report | None:
    """The saved one that an address names; what else the address says comes on top of it."""
    key = whole_number(request.GET.get("report", ""))
    if not key:
        return None
    found: Report = get_object_or_404(Report.objects.available_to(user_of(request).sight), pk=key)
    return found


def _saved_reports(user: User) -> list[tuple[Report, bool]]:
    """Those that the person may open, each with whether they may delete it."""
    reports = Report.objects.available_to(user.sight).select_related("owner")[:LISTED]
    return [(report, report.may_be_changed_by(user)) for report in reports]
