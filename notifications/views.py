from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from accounts.models import User
from core.addresses import page_before
from core.numbers import whole_number
from notifications import reading
from notifications.context import Bell
from notifications.digests import choose_hour
from notifications.forms import DigestForm
from notifications.models import Notification


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101  # the middleware let nobody else through
    return request.user


@require_GET
def notification_list(request: HttpRequest) -> HttpResponse:
    user, only_unread = _user(request), request.GET.get("show") == "unread"
    page = reading.page_of(user, cursor=request.GET.get("cursor", ""), only_unread=only_unread)
    context = {"page": page, "lines": reading.lines(page.rows, user), "only_unread": only_unread}
    return render(request, "notifications/list.html", context)


@login_not_required
@require_GET
def bell(request: HttpRequest) -> HttpResponse:
    """Asked again and again by open pages: one whose login has ended stays as it is, with what is being typed in it."""
    if not isinstance(request.user, User):
        return HttpResponse(status=204)
    return render(request, "notifications/_bell.html", {"bell": Bell.of(request.user)})


@require_POST
def read(request: HttpRequest) -> HttpResponse:
    """Everything, or the one that is named."""
    named = request.POST.get("notification", "")
    marked = reading.mark_read(_user(request), notification=whole_number(named) if named else None)
    if not named:
        said = ngettext("%(count)d notification is read.", "%(count)d notifications are read.", marked)
        messages.success(request, said % {"count": marked})
    return redirect(page_before(request, otherwise=reverse("notifications:list")))


@require_POST
def open_notification(request: HttpRequest, pk: int) -> HttpResponse:
    """Marks one as read and goes to what it is about."""
    notification = get_object_or_404(Notification, pk=pk, recipient=_user(request))
    reading.mark_read(_user(request), notification=pk)
    return redirect(reading.words_of(notification, _user(request)).url or reverse("notifications:list"))


@require_POST
def digest(request: HttpRequest) -> HttpResponse:
    form = DigestForm(request.POST)
    if form.is_valid():
        choose_hour(_user(request), form.cleaned_data["hour"])
        messages.success(request, _("Your notifications by e-mail are set."))
    else:
        messages.error(request, _("This is no hour of the day: nothing has changed."))
    return redirect(f"{reverse('accounts:profile')}#notifications")
