"""Logging in with a second factor, and the pages on which admins decide who may what."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core.cache import cache
from playwright.sync_api import Page, expect

from accounts.models import AccessRule, Role, Team, User
from tests.browser.scenarios import PHONE_LIGHT, WIDE_AND_PHONE, WIDE_LIGHT
from tests.browser.test_login import log_in

PAGES = [
    "/accounts/profile/",
    "/accounts/password/",
    "/accounts/second-factor/",
    "/accounts/users/",
    "/accounts/users/new/",
    "/accounts/users/{person}/",
    "/accounts/users/teams/",
    "/accounts/users/teams/{team}/",
    "/accounts/users/rights/",
    "/accounts/users/rights/sales/",
]


@pytest.fixture(autouse=True)
def _nothing_counted_yet() -> None:
    cache.clear()


def code_of(secret: str, *, steps: int = 0) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps))


@pytest.mark.parametrize("scenario", WIDE_AND_PHONE, indirect=True, ids=str)
def test_the_pages_are_readable_named_and_fit(
    page: Page,
    sign_in: Callable[[Page, User], None],
    audit_in_both_themes: Callable[[Page], list[str]],
    admin: User,
    salesperson: User,
):
    team = Team.objects.create(name="North")
    User.objects.filter(pk=salesperson.pk).update(team=team)
    sign_in(page, admin)
    problems = []
    for path in PAGES:
        page.goto(path.format(person=salesperson.pk, team=team.pk))
        problems += [(path, problem) for problem in audit_in_both_themes(page)]
    assert problems == []


@pytest.mark.parametrize("scenario", WIDE_AND_PHONE, indirect=True, ids=str)
def test_what_is_shown_before_the_login_is_readable_named_and_fits(
    page: Page, audit_in_both_themes: Callable[[Page], list[str]]
):
    for path in ("/accounts/password/forgotten/", "/accounts/password/forgotten/sent/", "/accounts/password/set/1-no/"):
        page.goto(path)
        assert audit_in_both_themes(page) == []


@pytest.mark.parametrize("scenario", [WIDE_LIGHT, PHONE_LIGHT], indirect=True, ids=str)
def test_a_role_that_must_have_a_second_factor_sets_it_up_and_logs_in_with_it(
    page: Page, salesperson: User, audit: Callable[[Page], list[str]]
):
    AccessRule.objects.create(role=Role.SALES, sees="all", edits="all", needs_second_factor=True)
    page.goto("/accounts/login/")
    log_in(page, salesperson.email, "correct horse")
    expect(page.get_by_role("heading", level=1)).to_have_text("Set up a second factor")
    assert page.locator("img.qr").evaluate("image => image.complete && image.naturalWidth > 0")
    assert audit(page) == []
    secret = page.locator("#secret").inner_text().replace(" ", "")
    page.get_by_role("textbox", name="Code").fill(code_of(secret))
    page.get_by_role("button", name="Switch it on").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Recovery codes")
    assert audit(page) == []
    recovery_code = page.locator(".codes li").first.inner_text()
    page.get_by_role("link", name="I have kept them").click()
    expect(page.get_by_text("Password and code")).to_be_visible()

    page.context.clear_cookies()
    page.goto("/accounts/login/")
    log_in(page, salesperson.email, "correct horse")
    expect(page.get_by_role("heading", level=1)).to_have_text("And the code")
    assert audit(page) == []
    page.get_by_role("textbox", name="Code").fill(recovery_code)
    page.get_by_role("button", name="Log in", exact=True).click()
    expect(page).to_have_url("/my-day/")
