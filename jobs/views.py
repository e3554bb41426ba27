from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRefresh, reswap, trigger_client_event

from accounts.access import admin_required
from accounts.models import User
from core.undo import success_with_undo
from jobs import actions, timetable
from jobs.errors import JobError
from jobs.listing import JobListing
from jobs.models import Job
from jobs.status import Status


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101  # the middleware let nobody else through
    return request.user


def _get_job(request: HttpRequest, pk: int) -> Job:
    """A job that this person may see; for a stranger it is not there."""
    jobs = Job.objects.visible_to(_user(request)).select_related("requested_by", "cancelled_by")
    return get_object_or_404(jobs, pk=pk)


def _may_cancel(user: User, job: Job) -> bool:
    return user.is_admin or job.requested_by_id == user.pk


def _is_poll(request: HttpRequest) -> bool:
    return bool(request.htmx) and not request.htmx.history_restore_request  # type: ignore[attr-defined]


@require_GET
def job_list(request: HttpRequest) -> HttpResponse:
    listing = JobListing(request.GET.dict(), reader=_user(request))
    if not _is_poll(request):
        return render(request, "jobs/list.html", {"listing": listing})
    if listing.is_as_seen:
        return reswap(render(request, "jobs/_live.html", {"jobs": listing.live}), "none")
    return render(request, "jobs/list.html#results", {"listing": listing})


@require_GET
def job_detail(request: HttpRequest, pk: int) -> HttpResponse:
    job = _get_job(request, pk)
    if _is_poll(request):
        return HttpResponseClientRefresh() if job.is_over else render(request, "jobs/detail.html#job", {"job": job})
    may_cancel = job.is_live and not job.cancel_requested and _may_cancel(_user(request), job)
    may_retry = job.status in {Status.FAILED, Status.CANCELLED} and _user(request).is_admin
    return render(request, "jobs/detail.html", {"job": job, "may_cancel": may_cancel, "may_retry": may_retry})


@require_GET
def job_progress(request: HttpRequest, pk: int) -> HttpResponse:
    job = _get_job(request, pk)
    response = render(request, "jobs/_progress.html", {"job": job})
    # A page that waits for the result asks for it now.
    return trigger_client_event(response, "job-over") if job.is_over else response


@require_POST
def job_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    job = _get_job(request, pk)
    if not _may_cancel(_user(request), job):
        raise PermissionDenied(_("Only an admin cancels the jobs of others."))
    try:
        actions.cancel(job=job, by=_user(request))
    except JobError as error:
        messages.error(request, str(error))
    return redirect("jobs:detail", pk=pk)


@admin_required
@require_POST
def job_retry(request: HttpRequest, pk: int) -> HttpResponse:
    job = _get_job(request, pk)
    try:
        job = actions.retry(job=job, by=_user(request))
    except JobError as error:
        messages.error(request, str(error))
    return redirect("jobs:detail", pk=job.pk)


@admin_required
@require_http_methods(["GET", "POST"])
def schedules(request: HttpRequest) -> HttpResponse:
    entries = timetable.entries(now=timezone.now(), edited=request.POST.get("schedule", ""), data=request.POST or None)
    if request.method == "GET":
        return render(request, "jobs/schedules.html", {"entries": entries})
    edited = next((entry for entry in entries if entry.form.is_bound), None)
    if edited is None:
        raise Http404
    if not edited.form.is_valid():
        return render(request, "jobs/schedules.html", {"entries": entries}, status=422)
    if "preview" in request.POST:
        return render(request, "jobs/schedules.html", {"entries": entries, "tried": edited})
    if edited.form.has_changed():
        edited.form.save()
        url = reverse("jobs:schedules")
        success_with_undo(request, _("The schedule is saved."), url=url, fields=edited.fields)
    else:
        messages.success(request, _("The schedule is saved."))
    return redirect("jobs:schedules")
