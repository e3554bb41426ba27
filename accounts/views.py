from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import check_for_language, get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.forms import ProfileForm
from accounts.models import Theme, User
from accounts.profile import registry
from accounts.second_factor import has_second_factor
from accounts.sessions import end_session, end_sessions, open_sessions
from core.addresses import page_before


@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    assert isinstance(request.user, User)  # noqa: S101  # the middleware let nobody else through
    form = ProfileForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        with translation.override(form.save().language or get_language()):
            messages.success(request, _("Your profile is saved."))
        return redirect("accounts:profile")
    context = {
        "form": form,
        "sections": registry.shown(request),
        "sessions": list(open_sessions(request.user, current_key=request.session.session_key)),
        "has_second_factor": has_second_factor(request.user),
    }
    return render(request, "accounts/profile.html", context, status=422 if form.is_bound else 200)


@require_POST
def session_end(request: HttpRequest) -> HttpResponse:
    assert isinstance(request.user, User)  # noqa: S101  # the middleware let nobody else through
    if end_session(request.user, request.POST.get("session", "")):
        messages.success(request, _("The session is ended."))
    else:
        messages.info(request, _("This session had ended already."))
    return redirect("accounts:profile")


@require_POST
def other_sessions_end(request: HttpRequest) -> HttpResponse:
    assert isinstance(request.user, User)  # noqa: S101  # the middleware let nobody else through
    end_sessions(request.user, except_key=request.session.session_key)
    messages.success(request, _("All your other sessions are ended."))
    return redirect("accounts:profile")


@login_not_required
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Remembers the language of somebody who has not logged in yet, and of a user in the profile."""
    chosen = request.POST.get("language", "")
    response = redirect(page_before(request))
    if chosen in dict(settings.LANGUAGES) and check_for_language(chosen):
        response.set_cookie(settings.LANGUAGE_COOKIE_NAME, chosen, max_age=365 * 86400, samesite="Lax")
        if isinstance(request.user, User):
            User.objects.filter(pk=request.user.pk).update(language=chosen)
    return response


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Light, dark or like the device, for this user on every device."""
    chosen = request.POST.get("theme", "")
    if chosen in Theme.values and isinstance(request.user, User):
        User.objects.filter(pk=request.user.pk).update(theme=chosen)
    return redirect(page_before(request))
