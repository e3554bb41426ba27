"""What the next runs compute with: an admin sets it, sees what it would do, and undoes it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import admin_required
from accounts.models import User
from analytics import catalog, publishing, rule_segments, settings_preview, switches
from analytics.actions import save_settings, undo_settings
from analytics.algorithms.rfm import RfmBins, RfmParams
from analytics.catalog import Analysis
from analytics.forms import LabelSettingsForm, RecommendationSettingsForm, RfmSettingsForm
from analytics.models import Run
from analytics.rfm_preview import preview
from analytics.settings_forms import AnalysisSettingsForm, pages
from core.undo import page_before, success_with_undo
from jobs.errors import JobError

SettingsForm = AnalysisSettingsForm | LabelSettingsForm | RecommendationSettingsForm

PAGES = {
    "rfm": "analytics:settings",
    "labels": "analytics:label_settings",
    "recommendations": "analytics:recommendation_settings",
}


@require_http_methods(["GET", "HEAD", "POST"])
@admin_required
def settings(request: HttpRequest) -> HttpResponse:
    rfm, shown = catalog.get("rfm"), publishing.current_run("rfm")
    if request.POST.get("restore"):
        return _saved(request, "rfm", rfm.default_params())
    form = RfmSettingsForm(request.POST or None, params=rfm.params_or_defaults(), cuts=_cuts_of(shown))
    is_preview = "preview" in request.POST
    if form.is_bound and form.is_valid() and not is_preview:
        return _saved(request, "rfm", form.params())
    asked = form.params() if form.is_bound and form.is_valid() else None
    context = {
        **_standing(rfm),
        "form": form,
        "preview": preview(RfmParams.from_json(asked or rfm.params_or_defaults())) if not form.errors else None,
    }
    if is_preview and request.headers.get("HX-Request"):
        return render(request, "analytics/_rfm_preview.html", context)
    return render(request, "analytics/settings.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@admin_required
def label_settings(request: HttpRequest) -> HttpResponse:
    labels = catalog.get("labels")
    form = LabelSettingsForm(request.POST or None, params=labels.params_or_defaults())
    return _answer(request, labels, form, "analytics/label_settings.html")


@require_http_methods(["GET", "HEAD", "POST"])
@admin_required
def recommendation_settings(request: HttpRequest) -> HttpResponse:
    recommendations = catalog.get("recommendations")
    form = RecommendationSettingsForm(request.POST or None, params=recommendations.params_or_defaults())
    return _answer(request, recommendations, form, "analytics/recommendation_settings.html")


@require_http_methods(["GET", "HEAD", "POST"])
@admin_required
def analysis_settings(request: HttpRequest, name: str) -> HttpResponse:
    analysis = next((entry for entry in pages() if entry.name == name), None)
    if analysis is None:
        raise Http404
    form = AnalysisSettingsForm(request.POST or None, analysis=analysis)
    return _answer(request, analysis, form, "analytics/analysis_settings.html")


@require_POST
@admin_required
def switch_off(request: HttpRequest, name: str) -> HttpResponse:
    analysis = _known(name)
    try:
        switches.switch_off(analysis=name, by=_user(request))
    except JobError as error:
        messages.error(request, str(error))
    else:
        told = _("“%(analysis)s” is switched off. What it has published stays, with its day.")
        url = reverse("analytics:switch_on", args=[name])
        success_with_undo(request, told % {"analysis": analysis.label}, url=url)
    return redirect(page_before(request, otherwise=page_of(name)))


@require_POST
@admin_required
def switch_on(request: HttpRequest, name: str) -> HttpResponse:
    analysis = _known(name)
    switches.switch_on(analysis=name)
    told = _("“%(analysis)s” is switched on. The next recomputation makes it.") % {"analysis": analysis.label}
    success_with_undo(request, told, url=reverse("analytics:switch_off", args=[name]))
    return redirect(page_before(request, otherwise=page_of(name)))


@require_POST
@admin_required
def undo(request: HttpRequest, name: str) -> HttpResponse:
    _known(name)
    try:
        undone = undo_settings(analysis=name, by=_user(request))
    except (ValueError, TypeError, KeyError):
        undone = False
    if undone:
        messages.success(request, _("The settings are as they were before."))
    else:
        messages.error(request, _("There is nothing before the last change that could be used."))
    return redirect(page_before(request, otherwise=page_of(name)))


def page_of(analysis: str) -> str:
    """Where an analysis is set."""
    return reverse(PAGES[analysis]) if analysis in PAGES else reverse("analytics:analysis_settings", args=[analysis])


def _answer(request: HttpRequest, analysis: Analysis, form: SettingsForm, template: str) -> HttpResponse:
    """Save, preview or show what is set, whichever of the analyses it is of."""
    if request.POST.get("restore"):
        return _saved(request, analysis.name, analysis.default_params())
    is_preview = "preview" in request.POST
    if form.is_bound and form.is_valid() and not is_preview:
        return _saved(request, analysis.name, form.params())
    asked = form.params() if form.is_bound and not form.errors else analysis.params_or_defaults()
    effect = None if form.errors else settings_preview.preview(analysis, asked, form=form)
    context = {**_standing(analysis), "form": form, "preview": effect}
    if is_preview and request.headers.get("HX-Request"):
        return render(request, "analytics/_settings_preview.html", context)
    return render(request, template, context, status=422 if form.errors else 200)


def _known(name: str) -> Analysis:
    found = next((entry for entry in catalog.ANALYSES if entry.name == name), None)
    if found is None:
        raise Http404
    return found


def _standing(analysis: Analysis) -> dict[str, Any]:
    """What the pages of all settings show around their forms."""
    return {
        "analysis": analysis,
        "shown": publishing.current_run(analysis.name),
        "set_by": analysis.settings(),
        "off": switches.switched_off().get(analysis.name),
        "segments": rule_segments.asking()[analysis.name],
        "others": pages(),
    }


def _saved(request: HttpRequest, analysis: str, params: dict[str, Any]) -> HttpResponse:
    save_settings(analysis=analysis, params=params, by=_user(request))
    success_with_undo(
        request,
        _("Saved. The next recomputation computes with it; what is shown now stays as it is."),
        url=reverse("analytics:undo_settings", args=[analysis]),
    )
    return redirect(page_of(analysis))


def _cuts_of(run: Run | None) -> RfmBins | None:
    """Those of the published run, for own limits to start from; None where they do not tell five scores apart."""
    if run is None:
        return None
    try:
        return RfmBins.from_json({name: run.fitted[f"{name}_cuts"] for name in ("recency", "frequency", "monetary")})
    except (KeyError, ValueError):
        return None


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101  # the middleware let nobody else through
    return request.user
