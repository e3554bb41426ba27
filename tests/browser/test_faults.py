"""The pages of what went wrong are in the look too."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from tests.browser.scenarios import PHONE_DARK, WIDE_LIGHT
from tests.browser.watching import Watcher

two_screens = pytest.mark.parametrize("scenario", [WIDE_LIGHT, PHONE_DARK], indirect=True, ids=str)


@pytest.fixture(autouse=True)
def _gallery(settings) -> None:
    settings.ROOT_URLCONF = "tests.browser.gallery"


@two_screens
def test_an_unknown_address(page: Page, sign_in, admin: User, audit: Callable[[Page], list[str]], watcher: Watcher):
    watcher.expect("/nothing/")
    sign_in(page, admin)
    page.goto("/nothing/")
    expect(page.get_by_role("heading", level=1)).to_have_text("There is nothing here")
    assert audit(page) == []
    page.get_by_role("link", name="All customers").click()
    expect(page).to_have_url("/customers/")


@two_screens
def test_a_page_for_another_role(page: Page, sign_in, salesperson: User, audit, watcher: Watcher):
    watcher.expect("/gallery/closed/")
    sign_in(page, salesperson)
    page.goto("/gallery/closed/")
    expect(page.get_by_role("heading", level=1)).to_have_text("This page is not for your role")
    expect(page.get_by_role("main")).to_contain_text("Ask an admin of your organisation.")
    assert audit(page) == []


@two_screens
def test_an_error_of_the_server(page: Page, sign_in, admin: User, audit, watcher: Watcher):
    watcher.expect("/gallery/broken/")
    sign_in(page, admin)
    page.goto("/gallery/broken/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Something went wrong on our side")
    assert audit(page) == []


@two_screens
def test_a_form_without_its_token(page: Page, audit, watcher: Watcher):
    watcher.expect("/accounts/login/")
    page.goto("/accounts/login/")
    page.evaluate("document.querySelector('main [name=csrfmiddlewaretoken]').remove()")
    page.get_by_label("E-mail").fill("sam@example.com")
    page.get_by_label("Password").fill("correct horse")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("This form is no longer valid")
    assert audit(page) == []
