from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import admin_required, manager_required, sees_all_required
from accounts.models import User
from analytics import catalog, publishing
from analytics.actions import request_recomputation
from analytics.details import RunDetails
from analytics.forms import RecomputeForm
from analytics.models import Run
from analytics.overview import Overview
from core.idempotency import once
from jobs.errors import JobError


@require_safe
@manager_required
@sees_all_required
def runs(request: HttpRequest) -> HttpResponse:
    return render(request, "analytics/runs.html", {"overview": Overview(request.GET.dict()), "form": RecomputeForm()})


@require_safe
@manager_required
@sees_all_required
def run(request: HttpRequest, pk: int) -> HttpResponse:
    return _page_of(request, pk)


@require_safe
@manager_required
@sees_all_required
def model(request: HttpRequest, name: str) -> HttpResponse:
    """What stands behind an analysis now, under an address that lasts."""
    if name not in {analysis.name for analysis in catalog.ANALYSES}:
        raise Http404
    latest = Run.objects.filter(analysis=name).order_by("-pk").values_list("pk", flat=True).first()
    shown = publishing.current_run_id(name) or latest
    if shown is None:
        return redirect(f"{reverse('analytics:runs')}?analysis={name}")
    return _page_of(request, shown)


@require_POST
@admin_required
@once
def recompute(request: HttpRequest) -> HttpResponse:
    form = RecomputeForm(request.POST)
    if not form.is_valid():
        overview = Overview(request.GET.dict())
        return render(request, "analytics/runs.html", {"overview": overview, "form": form}, status=422)
    job = request_recomputation(**form.cleaned_data, requested_by=_user(request), reason=_("by the button"))
    return redirect("jobs:detail", pk=job.pk)


@require_POST
@admin_required
def roll_back(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Run, pk=pk)
    try:
        publishing.roll_back(analysis=found.analysis, run=found, by=_user(request))
        messages.success(request, _("Run %(run)s is shown to everybody now.") % {"run": found.pk})
    except JobError as error:
        messages.error(request, str(error))
    return redirect("analytics:run", pk=found.pk)


def _page_of(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Run.objects.select_related("manifest", "job", "learned_by"), pk=pk)
    return render(request, "analytics/run.html", {"details": RunDetails(found), "run": found})


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101  # the middleware let nobody else through
    return request.user
