"""Admins make, change and disable users; one admin always stays, and what is decided holds at once."""

from __future__ import annotations

import re

import pytest
from allauth.mfa.models import Authenticator
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Role, User, UserSession
from accounts.people import LastAdmin, is_used, save_user
from tests.factories import PASSWORD, create_customer, create_team, create_user

pytestmark = pytest.mark.django_db

NEW = "a-brand-new-secret"
PROFILE = "/accounts/profile/"


@pytest.fixture
def admin(client, ada):
    client.force_login(ada)
    return client


def edit(client, person, **changes):
    """As the form would send it; False takes the tick away."""
    values = {"name": person.name, "email": person.email, "role": person.role, "team": person.team_id or ""}
    values |= {"is_active": person.is_active, **changes}
    sent = {key: value for key, value in values.items() if value is not False}
    return client.post(reverse("accounts:user_edit", args=[person.pk]), sent)


def invite(client, **fields):
    values = {"name": "New Person", "email": "New@Example.org", "role": "sales", "team": "", **fields}
    return client.post(reverse("accounts:user_create"), values)


def test_without_a_mail_server_the_admin_gets_a_link_that_sets_the_password(admin, log_in):
    response = invite(admin)
    assert "no-store" in response.headers["Cache-Control"]
    link = re.search(r"http://testserver(/accounts/password/set/[\w-]+/)", response.content.decode()).group(1)
    guest = Client()
    guest.post(guest.get(link).headers["Location"], {"password1": NEW, "password2": NEW})
    assert log_in(guest, "new@example.org", NEW).status_code == 302
    assert User.objects.get(email="new@example.org").role == "sales"


def test_with_one_the_link_goes_to_the_user_and_not_over_the_admins_screen(admin, settings, mailoutbox):
    settings.HAS_MAIL_SERVER, settings.SITE_ADDRESS = True, "https://crm.example.org"
    response = invite(admin)
    person = User.objects.get(email="new@example.org")
    assert response.url == reverse("accounts:user_edit", args=[person.pk])
    assert [mail.to for mail in mailoutbox] == [["new@example.org"]]
    assert "https://crm.example.org/accounts/password/set/" in mailoutbox[0].body


def test_a_mail_server_that_is_down_does_not_stop_the_invitation(admin, settings):
    settings.HAS_MAIL_SERVER = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9  # nothing listens there
    assert "/accounts/password/set/" in invite(admin).content.decode()


def test_until_the_link_is_used_nobody_logs_in(admin, log_in):
    invite(admin)
    assert not User.objects.get(email="new@example.org").has_usable_password()
    assert log_in(Client(), "new@example.org", "").status_code == 200


def test_an_address_that_is_taken_is_refused_whatever_its_case(admin, sam):
    assert "already exists" in invite(admin, email="SAM@example.org").content.decode()
    assert User.objects.filter(email__iexact=sam.email).count() == 1


def test_an_admin_changes_name_role_team_and_address(admin, sam):
    team = create_team("North")
    edit(admin, sam, name="Samuel", role="manager", team=team.pk, email="samuel@example.org")
    sam.refresh_from_db()
    assert (sam.name, sam.role, sam.team, sam.email) == ("Samuel", "manager", team, "samuel@example.org")


@pytest.mark.parametrize("door", ["page", "admin site"])
def test_disabling_somebody_ends_their_sessions_at_once(admin, sam, door):
    desk = Client()
    desk.force_login(sam)
    if door == "page":
        edit(admin, sam, is_active=False)
    else:
        values = {"email": sam.email, "name": sam.name, "role": sam.role, "theme": "system"}
        assert admin.post(f"/admin/accounts/user/{sam.pk}/change/", values).status_code == 302
    assert not User.objects.get(pk=sam.pk).is_active
    assert not UserSession.objects.filter(user=sam).exists()
    assert desk.get(PROFILE).status_code == 302


@pytest.mark.parametrize("change", [{"role": "manager"}, {"is_active": False}])
@pytest.mark.parametrize("door", ["page", "admin site"])
def test_the_last_admin_is_neither_demoted_nor_disabled(admin, ada, door, change):
    create_user("admin", is_active=False)
    if door == "page":
        response = edit(admin, ada, **change)
    else:
        values = {"email": ada.email, "name": ada.name, "role": "admin", "theme": "system", "is_active": "on"} | change
        sent = {key: value for key, value in values.items() if value is not False}
        response = admin.post(f"/admin/accounts/user/{ada.pk}/change/", sent)
    assert "the last admin" in response.content.decode()
    ada.refresh_from_db()
    assert (ada.role, ada.is_active) == ("admin", True)
    assert admin.get(PROFILE).status_code == 200


def test_with_a_second_one_an_admin_may_go(admin, ada):
    create_user("admin")
    edit(admin, ada, role="sales")
    assert User.objects.get(pk=ada.pk).role == "sales"
    assert admin.get(reverse("accounts:users")).status_code == 403


def test_the_last_admin_stays_though_two_were_there_when_the_form_was_checked(ada):
    ada.role = Role.SALES
    with pytest.raises(LastAdmin), transaction.atomic():
        save_user(ada)
    assert User.objects.get(pk=ada.pk).is_admin


def test_the_last_admin_is_not_deleted(admin, ada, sam):
    assert admin.post(f"/admin/accounts/user/{ada.pk}/delete/", {"post": "yes"}).status_code == 403
    data = {"action": "delete_selected", "_selected_action": [ada.pk], "post": "yes"}
    admin.post("/admin/accounts/user/", data)
    assert User.objects.filter(pk=ada.pk).exists()


def test_a_lost_second_factor_is_reset_and_the_sessions_with_it(admin, sam):
    for kind in ("totp", "recovery_codes"):
        Authenticator.objects.create(user=sam, type=kind, data={})
    desk = Client()
    desk.force_login(sam)
    admin.post(reverse("accounts:user_reset_second_factor", args=[sam.pk]))
    assert not Authenticator.objects.filter(user=sam).exists()
    assert desk.get(PROFILE).status_code == 302


def test_a_disabled_user_gets_no_link(admin):
    gone = create_user(is_active=False)
    assert admin.post(reverse("accounts:user_link", args=[gone.pk])).status_code == 404


def test_a_link_made_anew_leaves_the_password_until_it_is_used(admin, sam):
    admin.post(reverse("accounts:user_link", args=[sam.pk]))
    assert User.objects.get(pk=sam.pk).check_password(PASSWORD)


def test_the_list_takes_as_many_queries_for_thirty_as_for_three(admin):
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as log:
            assert admin.get(reverse("accounts:users")).status_code == 200
        return len(log)

    few = [create_user(team=create_team()) for _number in range(3)] and queries()
    _many = [create_user(team=create_team()) for _number in range(27)]
    assert queries() == few


# --- teams ------------------------------------------------------------------------------------------------------------


def test_a_team_is_made_renamed_and_deleted(admin):
    from accounts.models import Team

    admin.post(reverse("accounts:teams"), {"name": "North"})
    team = Team.objects.get(name="North")
    admin.post(reverse("accounts:team_edit", args=[team.pk]), {"name": "South"})
    team.refresh_from_db()
    assert team.name == "South"
    admin.post(reverse("accounts:team_delete", args=[team.pk]))
    assert not Team.objects.exists()


def test_two_teams_have_not_the_same_name_whatever_the_case(admin):
    create_team("North")
    assert admin.post(reverse("accounts:teams"), {"name": "NORTH"}).status_code == 200


@pytest.mark.parametrize("content", ["member", "customer"])
@pytest.mark.parametrize("door", ["page", "admin site"])
def test_a_team_in_use_is_not_deleted_since_its_customers_would_be_everybodys(admin, content, door):
    team = create_team()
    assert not is_used(team)
    if content == "member":
        create_user(team=team)
    else:
        create_customer(team=team)
    if door == "page":
        admin.post(reverse("accounts:team_delete", args=[team.pk]))
    else:
        admin.post(f"/admin/accounts/team/{team.pk}/delete/", {"post": "yes"})
    team.refresh_from_db()
