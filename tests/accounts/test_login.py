"""Who gets in, how often one may try, and that nothing told on the way says who has an account."""

from __future__ import annotations

import re

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.urls import NoReverseMatch, reverse

from accounts.models import UserSession
from protection.audit.models import AccessLog
from tests.factories import PASSWORD, create_user

pytestmark = pytest.mark.django_db

LOGIN = "/accounts/login/"
WRONG = "not-the-password"


def page(response) -> str:
    """What is read, without what differs on every page: the token and the address that was typed."""
    text = re.sub(
        r'(csrfmiddlewaretoken"|X-CSRFToken": |name="login") ?(value=)?"[^"]*"', "", response.content.decode()
    )
    return re.sub(r'value="[^"]*@[^"]*"', "", text)


def test_the_password_lets_in_whatever_the_case_of_the_address(client, sam, log_in):
    response = log_in(client, "SAM@Example.org")
    assert response.url == reverse("todo:my_day")
    assert client.get(reverse("accounts:profile")).status_code == 200


def test_who_is_logged_in_already_is_sent_on(client, sam):
    client.force_login(sam)
    assert client.get(LOGIN).url == reverse("todo:my_day")


def test_a_manager_begins_with_the_dashboard(client):
    client.force_login(create_user("manager"))
    assert client.get(LOGIN).url == reverse("reports:home")


@pytest.mark.parametrize("next_url", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:x()"])
def test_it_never_leads_to_another_site(client, sam, log_in, next_url):
    assert log_in(client, next=next_url).url == reverse("todo:my_day")
    client.logout()
    client.get(LOGIN, {"next": next_url})
    assert log_in(client).url == reverse("todo:my_day")


def test_unknown_wrong_and_disabled_are_answered_with_the_same_page(client, sam, log_in):
    create_user(email="gone@example.org", is_active=False)
    unknown = log_in(client, "nobody@example.org", PASSWORD)
    wrong = log_in(client, "sam@example.org", WRONG)
    disabled = log_in(client, "gone@example.org", PASSWORD)
    assert unknown.status_code == wrong.status_code == disabled.status_code == 200
    assert page(unknown) == page(wrong) == page(disabled)
    assert "The e-mail address or the password is wrong." in page(unknown)


def test_an_unknown_address_costs_a_hash_of_the_password_too(client, sam, log_in, monkeypatch):
    hashed = []
    from django.contrib.auth.hashers import MD5PasswordHasher

    encode = MD5PasswordHasher.encode
    monkeypatch.setattr(MD5PasswordHasher, "encode", lambda *args: hashed.append(1) or encode(*args))
    log_in(client, "sam@example.org", WRONG)
    for_known = len(hashed)
    hashed.clear()
    log_in(client, "nobody@example.org", WRONG)
    assert len(hashed) == for_known > 0


@pytest.mark.parametrize("email", ["sam@example.org", "nobody@example.org"])
def test_after_five_failures_an_account_waits_from_wherever_it_is_tried(client, sam, log_in, email):
    for number in range(5):
        client.post(LOGIN, {"login": email, "password": WRONG}, REMOTE_ADDR=f"192.0.2.{number}")
    refused = client.post(LOGIN, {"login": email.upper(), "password": PASSWORD}, REMOTE_ADDR="192.0.2.99")
    assert "Too many attempts have failed" in page(refused)
    assert "_auth_user_id" not in client.session


def test_after_ten_failures_an_address_of_the_net_waits_whatever_account_it_tries(client, sam, log_in):
    for number in range(10):
        log_in(client, f"guess{number}@example.org", WRONG)
    assert "Too many attempts have failed" in page(log_in(client))
    other = client.post(LOGIN, {"login": "sam@example.org", "password": PASSWORD}, REMOTE_ADDR="192.0.2.1")
    assert other.status_code == 302


def test_a_forged_address_of_the_net_is_not_believed(client, sam):
    for number in range(11):
        data = {"login": f"guess{number}@example.org", "password": WRONG}
        response = client.post(LOGIN, data, headers={"x-forwarded-for": f"192.0.2.{number}"})
    assert "Too many attempts have failed" in page(response)


def test_a_login_that_succeeds_counts_for_no_failure(client, sam, log_in):
    for _number in range(7):
        assert log_in(client).status_code == 302
        client.logout()


def test_the_key_of_the_session_changes_at_login(client, sam, log_in):
    session = client.session
    session["planted"] = "by somebody who knows the key"
    session.save()
    client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
    log_in(client)
    assert client.session.session_key != session.session_key
    assert not UserSession.objects.filter(session_key=session.session_key).exists()
    stranger = type(client)()
    stranger.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
    assert stranger.get(reverse("accounts:profile")).status_code == 302


def test_logging_out_ends_the_session_in_the_database(client, sam, log_in):
    log_in(client)
    key = client.session.session_key
    assert client.post(reverse("accounts:logout")).url == LOGIN
    assert not UserSession.objects.filter(session_key=key).exists()


def test_nobody_signs_up_and_no_other_page_of_allauth_is_there(client):
    for name in ("account_signup", "account_email", "account_request_login_code", "account_set_password"):
        with pytest.raises(NoReverseMatch):
            reverse(name)
    assert client.get("/accounts/signup/").status_code == 404


def test_the_admin_has_no_login_of_its_own(client, sam, ada):
    assert client.get("/admin/login/", {"next": "/admin/"}).url == f"{LOGIN}?next=/admin/"
    client.post("/admin/login/", {"username": ada.email, "password": PASSWORD})
    assert "_auth_user_id" not in client.session
    client.force_login(sam)
    assert client.get("/admin/", follow=True).status_code == 403
    client.force_login(ada)
    assert client.get("/admin/").status_code == 200


def test_allauths_table_of_addresses_stays_empty(client, sam, log_in):
    log_in(client)
    client.post(reverse("account_reset_password"), {"email": sam.email})
    assert not EmailAddress.objects.exists()


def test_logins_failures_and_logouts_are_logged_without_what_was_typed(client, sam, log_in):
    log_in(client, "sam@example.org", WRONG)
    log_in(client, "nobody@example.org", WRONG)
    log_in(client)
    client.post(reverse("accounts:logout"))
    lines = list(AccessLog.objects.order_by("pk").values_list("what", "actor", "row_id"))
    assert lines == [
        ("login_failed", None, sam.pk),
        ("login_failed", None, None),
        ("login", sam.pk, None),
        ("logout", sam.pk, None),
    ]
    kept = str(list(AccessLog.objects.values()))
    assert WRONG not in kept
    assert "nobody@example.org" not in kept
