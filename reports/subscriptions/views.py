"""Subscribing to a report or a dashboard, and changing, pausing and ending it. Others' are not there."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from core.addresses import origin_of
from core.idempotency import once
from core.text import isolated
from customers.access import user_of
from reports.dashboards.access import available_dashboard
from reports.frames import Published
from reports.models import Report, Subscription
from reports.subscriptions.forms import SubscriptionForm
from reports.subscriptions.moments import with_subjects
from reports.subscriptions.profile_section import KEY
from reports.subscriptions.subjects import ReportPage, page_asked, subject_of
from reports.views import scope_form

# More than anybody reads; a program that subscribes by mistake stops here.
MOST = 50


@require_http_methods(["GET", "POST"])
@once
def subscribe(request: HttpRequest, pk: int) -> HttpResponse:
    user = user_of(request)
    report = get_object_or_404(Report.objects.available_to(user.sight), pk=pk)
    return _subscribed(request, Subscription(user=user, report=report))


@require_http_methods(["GET", "POST"])
@once
def subscribe_dashboard(request: HttpRequest, pk: int) -> HttpResponse:
    user = user_of(request)
    return _subscribed(request, Subscription(user=user, dashboard=available_dashboard(user, pk)))


@require_http_methods(["GET", "POST"])
@once
def subscribe_page(request: HttpRequest, subject: str) -> HttpResponse:
    """To a report as it stands in the address: of these days and customers, or of this series."""
    user = user_of(request)
    page = page_asked(subject, request.GET.dict())
    if page.subject is None or not page.may_be_opened_by(user):
        raise Http404(_("There is no report of this name."))
    if not _is_readable(request, page):
        return redirect(f"{page.subject.url}?{request.GET.urlencode()}")  # which says why, or shows another series
    return _subscribed(request, Subscription(user=user, page=subject, scope=page.scope))


def _is_readable(request: HttpRequest, page: ReportPage) -> bool:
    if series := page.scope.get("series"):
        return Published.now(user_of(request).sight, series=series).series == series
    asked = None if page.subject and page.subject.page else scope_form(request)
    return asked is None or asked.is_valid()


def _subscribed(request: HttpRequest, new: Subscription) -> HttpResponse:
    form = SubscriptionForm(request.POST or None, instance=new)
    if request.method == "POST" and form.is_valid():
        if Subscription.objects.filter(user=new.user).count() < MOST:
            return _save(request, form)
        form.add_error(None, _("You have %(number)s reports by e-mail. Delete one of them first.") % {"number": MOST})
    return _page(request, form)


@require_http_methods(["GET", "POST"])
def subscription(request: HttpRequest, pk: int) -> HttpResponse:
    form = SubscriptionForm(request.POST or None, instance=_own(request, pk))
    if request.method == "POST" and form.is_valid():
        return _save(request, form)
    return _page(request, form)


@require_POST
def pause(request: HttpRequest, pk: int) -> HttpResponse:
    """Or go on: whatever it was paused for, it is tried anew from its next moment on."""
    own = _own(request, pk)
    own.paused = "" if own.paused else Subscription.Paused.BY_PERSON
    own.save(update_fields=["paused", "changed_at"])
    words = _("%(name)s is paused.") if own.paused else _("%(name)s is sent again from the next time on.")
    messages.success(request, words % {"name": isolated(subject_of(own).name)})
    return _to_profile()


@require_POST
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    own = _own(request, pk)
    own.delete()
    messages.success(request, _("%(name)s is no longer sent to you.") % {"name": isolated(subject_of(own).name)})
    return _to_profile()


def _own(request: HttpRequest, pk: int) -> Subscription:
    return get_object_or_404(with_subjects(), user=user_of(request), pk=pk)


def _save(request: HttpRequest, form: SubscriptionForm) -> HttpResponse:
    changed = form.save(commit=False)
    changed.origin = origin_of(request)
    changed.save()
    words = _("%(name)s comes by e-mail to %(address)s.")
    messages.success(request, words % {"name": isolated(subject_of(changed).name), "address": user_of(request).email})
    return _to_profile()


def _page(request: HttpRequest, form: SubscriptionForm) -> HttpResponse:
    context = {
        "form": form,
        "subscription": form.instance,
        "subject": subject_of(form.instance),
        "has_mail_server": settings.HAS_MAIL_SERVER,
    }
    return render(request, "reports/subscription.html", context, status=422 if form.errors else 200)


def _to_profile() -> HttpResponse:
    return redirect(f"{reverse('accounts:profile')}#{KEY}")
