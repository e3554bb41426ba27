from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import admin_required, manager_required, sees_all_required
from accounts.models import User
from analytics import catalog, publishing
from analytics.actions import request_recomputation, save_settings
from analytics.catalog import Analysis
from analytics.details import RunDetails
from analytics.forms import LabelSettingsForm, RecommendationSettingsForm, RecomputeForm, RfmSettingsForm
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
    found = get_object_or_404(Run.objects.select_related("manifest", "job"), pk=pk)
    return render(request, "analytics/run.html", {"details": RunDetails(found), "run": found})


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


@require_http_methods(["GET", "HEAD", "POST"])
@admin_required
def settings(request: HttpRequest) -> HttpResponse:
    rfm = catalog.get("rfm")
    if request.POST.get("restore"):
        return _saved(request, rfm, rfm.default_params(), "analytics:settings")
    form = RfmSettingsForm(request.POST or None, params=rfm.params_or_defaults())
    if form.is_bound and form.is_valid():
        return _saved(request, rfm, form.params(), "analytics:settings")
    context = {"form": form, "shown": publishing.current_run("rfm"), "set_by": rfm.settings()}
    return render(request, "analytics/settings.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@admin_required
def label_settings(request: HttpRequest) -> HttpResponse:
    labels = catalog.get("labels")
    form = LabelSettingsForm(request.POST or None, params=labels.params_or_defaults())
    if form.is_bound and form.is_valid():
        save_settings(analysis="labels", params=form.params(), by=_user(request))
        messages.success(request, _("Saved. The next recomputation learns it; what is shown now stays as it is."))
        return redirect("analytics:label_settings")
    context = {"form": form, "shown": publishing.current_run("labels"), "set_by": labels.settings()}
    return render(request, "analytics/label_settings.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@admin_required
def recommendation_settings(request: HttpRequest) -> HttpResponse:
    entry = catalog.get("recommendations")
    form = RecommendationSettingsForm(request.POST or None, params=entry.params_or_defaults())
    if request.POST.get("restore"):
        return _saved(request, entry, entry.default_params(), "analytics:recommendation_settings")
    if form.is_bound and form.is_valid():
        return _saved(request, entry, form.params(), "analytics:recommendation_settings")
    context = {"form": form, "shown": publishing.current_run(entry.name), "set_by": entry.settings()}
    return render(request, "analytics/recommendation_settings.html", context, status=422 if form.errors else 200)


def _saved(request: HttpRequest, entry: Analysis, params: dict[str, Any], page: str) -> HttpResponse:
    save_settings(analysis=entry.name, params=params, by=_user(request))
    messages.success(request, _("Saved. The next recomputation computes with it; what is shown now stays as it is."))
    return redirect(page)


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101  # the middleware let nobody else through
    return request.user
