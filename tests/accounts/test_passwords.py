"""A forgotten password, a changed one, and what a password must be wherever it is set."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from accounts.models import User, UserSession
from tests.factories import PASSWORD, create_user

pytestmark = pytest.mark.django_db

NEW = "a-brand-new-secret"
FORGOTTEN = "/accounts/password/forgotten/"


@pytest.fixture
def elsewhere(client, sam):
    """Another device, on which Sam has been logged in for a while."""
    device = type(client)()
    device.force_login(sam)
    return device


@pytest.fixture
def link(client, sam, outbox):
    """The path in the mail that somebody who forgot their password gets."""
    client.post(FORGOTTEN, {"email": sam.email})
    (mail,) = outbox()
    return re.search(r"https?://[^/]+(/\S+)", mail.body).group(1)


def open_link(client, link):
    """Follows to the form; its address no longer holds the key."""
    response = client.get(link)
    assert response.status_code == 302
    assert link not in response.url
    return response.url


def test_a_known_and_an_unknown_address_are_answered_alike(client, sam, outbox):
    known = client.post(FORGOTTEN, {"email": sam.email})
    unknown = client.post(FORGOTTEN, {"email": "nobody@example.org"})
    assert known.status_code == unknown.status_code == 302
    assert known.url == unknown.url
    assert [mail.to for mail in outbox()] == [[sam.email]]


def test_somebody_disabled_gets_no_link(client, outbox):
    create_user(email="gone@example.org", is_active=False)
    assert client.post(FORGOTTEN, {"email": "gone@example.org"}).status_code == 302
    assert outbox() == []


@pytest.mark.parametrize("email", ["sam@example.org", "nobody@example.org"])
def test_asking_again_and_again_is_stopped_for_known_and_unknown(client, sam, outbox, email):
    answers = [client.post(FORGOTTEN, {"email": email}).status_code for _number in range(6)]
    assert answers == [302] * 5 + [429]


def test_the_link_sets_a_password_once_and_ends_every_session(client, sam, elsewhere, link):
    form = open_link(client, link)
    assert client.post(form, {"password1": NEW, "password2": NEW}).status_code == 302
    assert elsewhere.get(reverse("accounts:profile")).status_code == 302
    assert not UserSession.objects.filter(user=sam).exists()
    assert User.objects.get(pk=sam.pk).check_password(NEW)
    again = type(client)().get(link)
    assert "does not work any more" in again.content.decode()


def test_who_had_failed_too_often_may_log_in_after_setting_a_new_password(client, sam, link, log_in):
    for _number in range(5):
        log_in(client, password="wrong")
    client.post(open_link(client, link), {"password1": NEW, "password2": NEW})
    assert log_in(client, password=NEW).status_code == 302


def test_the_link_dies_with_a_change_of_the_address(client, sam, link):
    User.objects.filter(pk=sam.pk).update(email="new@example.org")
    assert "does not work any more" in client.get(link).content.decode()


def test_the_link_dies_with_a_login(client, sam, link, elsewhere):
    assert "does not work any more" in client.get(link).content.decode()


def test_an_old_link_is_refused(client, sam, link, settings):
    settings.PASSWORD_RESET_TIMEOUT = -1
    assert "does not work any more" in client.get(link).content.decode()


def test_a_changed_password_keeps_this_session_and_ends_the_others(client, sam, elsewhere):
    client.force_login(sam)
    before = client.session.session_key
    data = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    assert client.post(reverse("account_change_password"), data).url == reverse("accounts:profile")
    assert client.get(reverse("accounts:profile")).status_code == 200
    assert client.session.session_key != before
    assert elsewhere.get(reverse("accounts:profile")).status_code == 302
    assert [row.session_key for row in UserSession.objects.filter(user=sam)] == [client.session.session_key]


def test_a_changed_password_needs_the_old_one(client, sam):
    client.force_login(sam)
    data = {"oldpassword": "guessed", "password1": NEW, "password2": NEW}
    assert client.post(reverse("account_change_password"), data).status_code == 200
    assert User.objects.get(pk=sam.pk).check_password(PASSWORD)


@pytest.mark.parametrize("weak", ["short", "password1234", "sam@example.org"])
def test_a_weak_password_is_refused_wherever_it_is_set(client, sam, ada, link, weak):
    form = open_link(client, link)
    assert client.post(form, {"password1": weak, "password2": weak}).status_code == 200
    client.force_login(sam)
    data = {"oldpassword": PASSWORD, "password1": weak, "password2": weak}
    assert client.post(reverse("account_change_password"), data).status_code == 200
    client.force_login(ada)
    for path in (f"/admin/accounts/user/{sam.pk}/password/", "/admin/password_change/"):
        data = {"old_password": PASSWORD, "new_password1": weak, "new_password2": weak}
        client.post(path, {**data, "password1": weak, "password2": weak, "usable_password": "true"})
    made = {"email": weak if "@" in weak else "new@example.org", "name": "New", "role": "sales", "password1": weak}
    client.post("/admin/accounts/user/add/", {**made, "password2": weak, "usable_password": "true"})
    assert not any(user.check_password(weak) for user in User.objects.all())


def test_the_mail_is_in_the_language_of_its_reader(client, outbox):
    create_user(email="li@example.org", name="Li Wei", language="zh-hans")
    client.post(FORGOTTEN, {"email": "li@example.org"})
    (mail,) = outbox()
    assert mail.to == ["li@example.org"]
    assert "/accounts/password/set/" in mail.body
