"""Pages on which an admin says who works here, in which teams, and what each role may."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import admin_required
from accounts.mails import password_link, password_mail, send
from accounts.models import AccessRule, Role, Team, User
from accounts.people import is_used, users_with_protection
from accounts.people_forms import AccessRuleForm, NewUserForm, TeamForm, UserForm
from accounts.second_factor import reset_second_factor
from accounts.sessions import open_sessions

form_methods = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
@admin_required
def users(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/users.html", {"people": users_with_protection()})


@form_methods
@admin_required
@never_cache
def user_create(request: HttpRequest) -> HttpResponse:
    form = NewUserForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return invited(request, form.save())
    return render(request, "accounts/user_create.html", {"form": form, "is_mailed": settings.HAS_MAIL_SERVER})


@form_methods
@admin_required
def user_edit(request: HttpRequest, pk: int) -> HttpResponse:
    person = get_object_or_404(users_with_protection(), pk=pk)
    form = UserForm(request.POST or None, instance=person)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        return redirect("accounts:users")
    person.refresh_from_db(fields=["name", "email", "is_active"])  # the head of the page says what is saved
    context = {
        "form": form,
        "person": person,
        "sessions": list(open_sessions(person, current_key=None)),
        "is_mailed": settings.HAS_MAIL_SERVER,
    }
    return render(request, "accounts/user_edit.html", context)


@require_POST
@admin_required
@never_cache
def user_link(request: HttpRequest, pk: int) -> HttpResponse:
    """A fresh link to set a password, for somebody invited or stuck."""
    return invited(request, get_object_or_404(User, pk=pk, is_active=True))


def invited(request: HttpRequest, person: User) -> HttpResponse:
    """By mail; where there is no mail server, or it refuses, the admin passes the link on."""
    if settings.HAS_MAIL_SERVER and send(password_mail(request, person, kind="invitation")):
        messages.success(request, _("A link to set a password is on its way to %(email)s.") % {"email": person.email})
        return redirect("accounts:user_edit", person.pk)
    days = settings.PASSWORD_RESET_TIMEOUT // 86400
    context = {"person": person, "link": password_link(request, person), "days": days}
    return render(request, "accounts/user_link.html", context)


@require_POST
@admin_required
def user_reset_second_factor(request: HttpRequest, pk: int) -> HttpResponse:
    reset_second_factor(get_object_or_404(User, pk=pk))
    messages.success(request, _("The second factor is reset, and their sessions are ended."))
    return redirect("accounts:user_edit", pk)


@form_methods
@admin_required
def teams(request: HttpRequest) -> HttpResponse:
    form = TeamForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("The team is made."))
        return redirect("accounts:teams")
    return render(request, "accounts/teams.html", {"form": form, "teams": Team.objects.prefetch_related("members")})


@form_methods
@admin_required
def team_edit(request: HttpRequest, pk: int) -> HttpResponse:
    team = get_object_or_404(Team, pk=pk)
    form = TeamForm(request.POST or None, instance=team)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        return redirect("accounts:teams")
    return render(request, "accounts/team_edit.html", {"form": form, "team": team, "is_used": is_used(team)})


@require_POST
@admin_required
def team_delete(request: HttpRequest, pk: int) -> HttpResponse:
    team = get_object_or_404(Team, pk=pk)
    if is_used(team):
        messages.error(request, _("The team still has members or customers. Move them first."))
        return redirect("accounts:team_edit", pk)
    team.delete()
    messages.success(request, _("The team is deleted."))
    return redirect("accounts:teams")


@require_safe
@admin_required
def access_rules(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/access_rules.html", {"rules": [AccessRule.of(role) for role in Role]})


@form_methods
@admin_required
def access_rule(request: HttpRequest, role: str) -> HttpResponse:
    if role not in Role.values:
        raise Http404
    rule = AccessRule.of(role)
    form = AccessRuleForm(request.POST or None, instance=rule)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Saved. It holds from everybody’s next click on."))
        return redirect("accounts:access_rules")
    return render(request, "accounts/access_rule.html", {"form": form, "rule": rule})
