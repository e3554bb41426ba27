from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from tests.browser.scenarios import PHONE_LIGHT, WIDE_AND_PHONE, WIDE_LIGHT


def log_in(page: Page, email: str, password: str) -> None:
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in").click()


@pytest.mark.parametrize("scenario", WIDE_AND_PHONE, indirect=True, ids=str)
def test_login_page_is_readable_named_and_fits(page: Page, audit_in_both_themes: Callable[[Page], list[str]]):
    page.goto("/accounts/login/")
    assert audit_in_both_themes(page) == []


@pytest.mark.parametrize("scenario", [WIDE_LIGHT, PHONE_LIGHT], indirect=True, ids=str)
def test_login_leads_to_the_page_that_was_asked_for(page: Page, salesperson: User):
    page.goto("/accounts/profile/")
    log_in(page, salesperson.email.upper(), "correct horse")
    expect(page).to_have_url("/accounts/profile/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sam Seller")


@pytest.mark.parametrize("scenario", [WIDE_LIGHT], indirect=True, ids=str)
def test_a_wrong_password_is_told_in_words_and_keeps_the_address(page: Page, salesperson: User):
    page.goto("/accounts/login/?next=/accounts/profile/")
    log_in(page, salesperson.email, "wrong")
    expect(page.get_by_role("alert")).to_contain_text("e-mail")
    expect(page.get_by_label("E-mail")).to_have_value(salesperson.email)
    log_in(page, salesperson.email, "correct horse")
    expect(page).to_have_url("/accounts/profile/")


@pytest.mark.parametrize("scenario", [PHONE_LIGHT], indirect=True, ids=str)
def test_the_language_can_be_chosen_before_login(page: Page, salesperson: User):
    page.goto("/accounts/login/")
    page.get_by_role("button", name="简体中文").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-hans")
    expect(page.get_by_role("heading", level=1)).to_have_text("登录")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Log in")


@pytest.mark.parametrize("scenario", [WIDE_LIGHT], indirect=True, ids=str)
def test_logging_out_leads_back_to_the_login(page: Page, sign_in: Callable[[Page, User], None], salesperson: User):
    sign_in(page, salesperson)
    page.goto("/accounts/profile/")
    page.get_by_text("Sam Seller", exact=True).first.click()
    page.get_by_role("button", name="Log out").click()
    expect(page).to_have_url("/accounts/login/")
    page.goto("/accounts/profile/")
    expect(page).to_have_url("/accounts/login/?next=/accounts/profile/")
