"""An authenticator app and recovery codes: each code counts once, and a role may be made to have them."""

from __future__ import annotations

import base64
import json
import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core.cache import cache
from django.core.management import call_command
from django.core.management.base import CommandError
from django.urls import reverse

from accounts.models import AccessRule, User, UserSession
from protection.keys import new_key, ring
from protection.mfa import reseal
from tests.factories import PASSWORD, create_user

pytestmark = pytest.mark.django_db

SET_UP = "/accounts/second-factor/set-up/"
CODE = "/accounts/second-factor/code/"
PROFILE = "/accounts/profile/"


def code_of(secret: str, *, steps: int = 0) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps))


def demand(role: str) -> None:
    AccessRule.objects.create(role=role, sees="all", edits="all", needs_second_factor=True)


def set_up(client) -> str:
    """Through the page; the secret that it shows."""
    secret = client.get(SET_UP).context["form"].secret
    response = client.post(SET_UP, {"code": code_of(secret, steps=-1)})
    assert response.url == reverse("mfa_view_recovery_codes")
    return secret


@pytest.fixture
def secret(client, sam, log_in):
    """Sam has an app, and is logged out."""
    log_in(client)
    secret = set_up(client)
    client.logout()
    cache.clear()
    return secret


@pytest.fixture
def codes(client, sam, secret):
    return Authenticator.objects.get(user=sam, type="recovery_codes").wrap().get_unused_codes()


def is_in(client) -> bool:
    return client.get(PROFILE).status_code == 200


def test_after_the_password_the_code_is_asked_for_and_nobody_is_in_before(client, secret, log_in):
    assert log_in(client, next="/customers/").url == CODE
    assert not is_in(client)
    assert client.get("/accounts/login/").url == CODE
    assert client.post(CODE, {"code": code_of(secret)}).url == "/customers/"
    assert is_in(client)


def test_a_wrong_code_lets_nobody_in(client, secret, log_in):
    log_in(client)
    wrong = f"{(int(code_of(secret)) + 1) % 1_000_000:06}"
    assert "This code is wrong" in client.post(CODE, {"code": wrong}).content.decode()
    assert not is_in(client)


def test_after_five_wrong_codes_even_the_right_one_has_to_wait(client, secret, log_in):
    log_in(client)
    for _number in range(5):
        client.post(CODE, {"code": "000"})
    assert "Too many attempts" in client.post(CODE, {"code": code_of(secret)}).content.decode()
    assert not is_in(client)


@pytest.mark.parametrize("steps", [-1, 0, 1])
def test_a_code_is_refused_the_second_time(client, sam, secret, log_in, steps):
    code = code_of(secret, steps=steps)
    log_in(client)
    client.post(CODE, {"code": code})
    thief = type(client)()
    log_in(thief)
    assert "has been used" in thief.post(CODE, {"code": f"{code[:3]} {code[3:]}"}).content.decode()
    assert not is_in(thief)
    assert is_in(client)


def test_the_code_that_set_the_app_up_does_not_log_in(client, sam, log_in):
    log_in(client)
    secret = client.get(SET_UP).context["form"].secret
    code = code_of(secret)
    client.post(SET_UP, {"code": code})
    client.logout()
    log_in(client)
    client.post(CODE, {"code": code})
    assert not is_in(client)


def test_the_password_page_can_be_left_for_another_account(client, secret, log_in):
    log_in(client)
    client.post(reverse("accounts:logout"))
    assert client.get("/accounts/login/").status_code == 200
    assert client.get(CODE).url == "/accounts/login/"


def test_a_recovery_code_works_once(client, secret, codes, log_in):
    log_in(client)
    assert client.post(CODE, {"code": codes[0]}).status_code == 302
    assert is_in(client)
    client.logout()
    log_in(client)
    client.post(CODE, {"code": codes[0]})
    assert not is_in(client)
    client.post(CODE, {"code": codes[1]})
    assert is_in(client)


def test_new_recovery_codes_make_the_old_ones_worthless(client, secret, codes, log_in):
    log_in(client)
    client.post(CODE, {"code": code_of(secret)})
    assert client.post(reverse("mfa_generate_recovery_codes")).url == reverse("mfa_view_recovery_codes")
    shown = client.get(reverse("mfa_view_recovery_codes")).content.decode()
    client.logout()
    log_in(client)
    client.post(CODE, {"code": codes[0]})
    assert not is_in(client)
    fresh = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()
    assert all(code in shown for code in fresh)
    assert set(fresh).isdisjoint(codes)


def test_what_is_kept_is_encrypted(client, sam, secret, codes):
    kept = json.dumps(list(Authenticator.objects.values_list("data", flat=True)))
    assert secret not in kept
    assert not any(code in kept for code in codes)


def test_a_rotation_writes_it_under_the_first_key(client, sam, secret, settings):
    old = ring().first
    settings.FIELD_KEYS = f"{new_key('k9')},{old.id}:{base64.b64encode(old.secret).decode()}"
    totp = Authenticator.objects.get(type="totp")
    assert reseal(totp)
    assert not reseal(totp)
    settings.FIELD_KEYS = settings.FIELD_KEYS.split(",")[0]
    assert Authenticator.objects.get(type="totp").wrap().validate_code(code_of(secret))


def test_setting_it_up_ends_sessions_that_began_without_it(client, sam, log_in):
    elsewhere = type(client)()
    elsewhere.force_login(sam)
    log_in(client)
    set_up(client)
    assert is_in(client)
    assert not is_in(elsewhere)


@pytest.mark.parametrize("name", ["mfa_activate_totp", "mfa_generate_recovery_codes", "mfa_view_recovery_codes"])
def test_whoever_finds_the_screen_unlocked_is_asked_for_the_password(client, sam, secret, name):
    if name == "mfa_activate_totp":
        Authenticator.objects.all().delete()
    client.force_login(sam)  # no login by form in the last minutes
    confirm = client.get(reverse(name)).url
    assert confirm.startswith(reverse("account_reauthenticate"))
    assert client.post(confirm, {"password": "guessed"}).status_code == 200
    assert client.get(reverse(name)).url == confirm
    assert client.post(confirm, {"password": PASSWORD}).url == reverse(name)
    assert client.get(reverse(name)).status_code == 200


def test_it_can_be_taken_away_by_its_owner(client, sam, secret, log_in):
    log_in(client)
    client.post(CODE, {"code": code_of(secret)})
    client.post(reverse("mfa_deactivate_totp"))
    assert not Authenticator.objects.exists()
    client.logout()
    assert log_in(client).url == reverse("todo:my_day")


def test_it_stays_where_the_role_must_have_it(client, sam, secret, log_in):
    demand("sales")
    log_in(client)
    client.post(CODE, {"code": code_of(secret)})
    refused = client.post(reverse("mfa_deactivate_totp"))
    assert "Your role must log in with a second factor" in refused.content.decode()
    assert Authenticator.objects.count() == 2


# --- a role that must have one ----------------------------------------------------------------------------------------


def test_a_role_that_must_have_one_is_led_to_set_it_up_and_then_goes_on(client, sam, log_in):
    demand("sales")
    assert log_in(client).url == reverse("todo:my_day")
    for path in ("/", "/customers/", PROFILE, "/admin/", reverse("mfa_index"), reverse("account_change_password")):
        assert client.get(path).url == SET_UP
    set_up(client)
    assert is_in(client)


def test_other_roles_are_not(client, ada, log_in):
    demand("sales")
    log_in(client, ada.email)
    assert is_in(client)


@pytest.mark.parametrize(
    ("method", "headers", "expected"),
    [
        ("post", {}, 403),
        ("get", {"accept": "application/json"}, 403),
        ("get", {"hx-request": "true"}, 204),
        ("get", {}, 302),
    ],
)
def test_what_is_no_page_is_refused(client, sam, method, headers, expected):
    demand("sales")
    client.force_login(sam)
    response = getattr(client, method)("/customers/", headers=headers)
    assert response.status_code == expected
    assert expected != 204 or response.headers["HX-Redirect"] == SET_UP


def test_without_it_one_may_still_leave_and_change_the_language(client, sam):
    demand("sales")
    client.force_login(sam)
    client.post(reverse("accounts:language"), {"language": "zh-hans"})
    assert User.objects.get(pk=sam.pk).language == "zh-hans"
    client.post(reverse("accounts:logout"))
    assert not UserSession.objects.filter(user=sam).exists()


def test_the_rule_holds_from_the_next_request_on(client, sam):
    client.force_login(sam)
    assert is_in(client)
    demand("sales")
    assert client.get(PROFILE).url == SET_UP


def test_one_is_not_enough_for_another_person(client, sam, secret):
    demand("sales")
    client.force_login(create_user("sales"))
    assert client.get(PROFILE).url == SET_UP


def test_whoever_has_the_server_helps_the_last_admin(sam, secret, log_in, client):
    call_command("reset_second_factor", "SAM@example.org")
    assert log_in(client).url == reverse("todo:my_day")
    with pytest.raises(CommandError, match="no user"):
        call_command("reset_second_factor", "nobody@example.org")
