"""Where somebody is logged in, and what ends it."""

from __future__ import annotations

import datetime as dt

import pytest
from django.contrib.sessions.backends.base import UpdateError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User, UserSession
from accounts.sessions import (
    SessionStore,
    device_in_words,
    end_sessions,
    open_sessions,
    purge_expired,
    user_read_with,
)
from tests.factories import create_user

pytestmark = pytest.mark.django_db

PROFILE = "/accounts/profile/"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
EDGE = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 Edg/140.0"
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/15E148 Safari/604.1"


@pytest.fixture
def phone(sam, log_in):
    phone = Client(headers={"user-agent": SAFARI})
    log_in(phone)
    return phone


@pytest.fixture
def desk(sam, log_in):
    desk = Client(headers={"user-agent": FIREFOX})
    log_in(desk)
    return desk


def is_in(client) -> bool:
    return client.get(PROFILE).status_code == 200


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (FIREFOX, "Firefox on Linux"),
        (EDGE, "Edge on Windows"),
        (SAFARI, "Safari on iPhone"),
        ("curl/8", "An unknown device"),
        ("", "An unknown device"),
    ],
)
def test_a_device_is_said_in_words(agent, words):
    assert device_in_words(agent) == words


def test_the_person_is_read_with_their_session(sam, desk, django_assert_num_queries):
    session = SessionStore(desk.session.session_key)
    with django_assert_num_queries(1):
        assert user_read_with(session) == sam


@pytest.mark.parametrize("change", [{"is_active": False}, {"password": "another one"}])
def test_a_session_of_somebody_who_has_changed_since_is_left_to_django(change, sam, desk):
    User.objects.filter(pk=sam.pk).update(**change)
    assert user_read_with(SessionStore(desk.session.session_key)) is None
    assert not is_in(desk)


def test_the_profile_lists_them_and_marks_this_one(sam, desk, phone):
    create_user()
    sessions = desk.get(PROFILE).context["sessions"]
    assert {(session.device, session.is_current) for session in sessions} == {
        ("Firefox on Linux", True),
        ("Safari on iPhone", False),
    }
    assert {session.ip for session in sessions} == {"127.0.0.1"}


def test_the_page_never_shows_what_would_let_somebody_in(desk, phone):
    html = desk.get(PROFILE).content.decode()
    assert phone.session.session_key not in html
    assert desk.session.session_key not in html


def test_one_is_ended(desk, phone):
    (other,) = [session for session in desk.get(PROFILE).context["sessions"] if not session.is_current]
    desk.post(reverse("accounts:session_end"), {"session": other.id})
    assert is_in(desk)
    assert not is_in(phone)


def test_all_others_are_ended(desk, phone):
    phone.post(reverse("accounts:other_sessions_end"))
    assert is_in(phone)
    assert not is_in(desk)


def test_nobody_ends_the_session_of_another_person(desk):
    stranger = Client()
    stranger.force_login(create_user())
    (mine,) = desk.get(PROFILE).context["sessions"]
    stranger.post(reverse("accounts:session_end"), {"session": mine.id})
    stranger.post(reverse("accounts:other_sessions_end"))
    assert is_in(desk)


def test_a_session_that_was_ended_does_not_come_back_when_an_answer_was_under_way(sam, desk):
    """The middleware saves what a view changed: into a row that is there, or not at all."""
    session = desk.session
    assert session["_auth_user_id"] == str(sam.pk)
    end_sessions(sam)
    session["late"] = True
    with pytest.raises(UpdateError):
        session.save()
    assert not is_in(desk)


def test_somebody_disabled_is_out_at_the_next_request(sam, desk):
    User.objects.filter(pk=sam.pk).update(is_active=False)
    assert not is_in(desk)


def test_a_changed_role_holds_at_the_next_request(sam, desk):
    assert desk.get(reverse("analytics:runs")).status_code == 403
    User.objects.filter(pk=sam.pk).update(role="manager")
    assert desk.get(reverse("analytics:runs")).status_code == 200


def test_sessions_from_before_a_change_of_password_are_not_listed(sam, desk):
    sam.set_password("another-secret-phrase")
    sam.save()
    assert list(open_sessions(sam, current_key=None)) == []


def test_last_seen_is_written_every_five_minutes_not_every_page(sam, desk, django_assert_num_queries):
    row = UserSession.objects.get(user=sam)
    desk.get(PROFILE)
    assert UserSession.objects.get(user=sam).last_seen_at == row.last_seen_at
    UserSession.objects.update(last_seen_at=timezone.now() - dt.timedelta(hours=1))
    desk.get(PROFILE)
    assert timezone.now() - UserSession.objects.get(user=sam).last_seen_at < dt.timedelta(minutes=1)


def test_rows_of_sessions_that_are_over_are_cleared_away(sam, desk, phone):
    UserSession.objects.filter(session_key=phone.session.session_key).update(expire_date=timezone.now())
    assert purge_expired() == 1
    assert is_in(desk)


def test_an_abandoned_login_belongs_to_nobody(client):
    client.get("/accounts/password/set/1-no-such-key/")
    assert not UserSession.objects.exclude(user=None).exists()
