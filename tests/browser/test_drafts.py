"""What was typed is there again after the session ended, a login elsewhere, a page left; and gone once it is saved."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Dialog, Page, expect

from accounts.models import User, UserSession
from customers.models import Customer
from tests.browser.scenarios import WIDE_LIGHT
from tests.browser.watching import Watcher

SignIn = Callable[[Page, User], None]
pytestmark = pytest.mark.parametrize("scenario", [WIDE_LIGHT], indirect=True, ids=str)

DRAFTS = "Object.keys(sessionStorage).filter((key) => key.startsWith('meridian-draft:')).length"
KEPT = "JSON.stringify(Object.values(sessionStorage))"


def log_in(page: Page, user: User) -> None:
    page.wait_for_url("**/accounts/login/**")
    page.get_by_label("E-mail").fill(user.email)
    page.get_by_label("Password").fill("correct horse")
    page.get_by_role("button", name="Log in").click()


def test_it_outlives_the_session_and_a_login_in_another_tab(
    page: Page, sign_in: SignIn, salesperson: User, watcher: Watcher
):
    watcher.expect("status 4")
    page.on("dialog", lambda dialog: dialog.accept())  # the way to the login leaves a form that is not saved
    watcher.expect("console error: Failed to load resource")
    ada = Customer.objects.create(name="Ada")
    edit = f"{ada.get_absolute_url()}edit/"
    sign_in(page, salesperson)
    page.goto(edit)
    page.locator("#id_name").fill("Ada of the long morning")
    page.locator("#id_identity_number").fill("X-774411")
    page.locator("input[type=email]").first.fill("no address")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".errorlist").first).to_be_visible()  # refused: neither saved nor forgotten
    page.locator("input[type=email]").first.fill("ada@example.org")
    page.locator("#id_identity_number").fill("X-774411")
    UserSession.objects.all().delete()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("Password")).to_be_visible()
    assert "Ada of the long morning" in page.evaluate(KEPT)
    assert "X-774411" not in page.evaluate(KEPT)
    log_in(page, salesperson)
    expect(page).to_have_url(edit)
    expect(page.locator("#id_name")).to_have_value("Ada of the long morning")
    expect(page.get_by_text("what you had typed is here again")).to_be_visible()
    expect(page.locator("#id_identity_number")).to_have_value("")

    page.get_by_role("button", name="Discard them").click()
    page.goto(ada.get_absolute_url())
    page.get_by_role("link", name="Edit: Name").click()
    page.locator("#id_name").fill("Ada of the field")
    UserSession.objects.all().delete()
    page.get_by_role("button", name="Save").click()
    log_in(page, salesperson)
    expect(page.locator("#id_name")).to_have_value("Ada of the field")
    page.keyboard.press("Escape")
    expect(page.locator("#id_name")).to_have_count(0)
    assert page.evaluate(DRAFTS) == 0

    page.goto("/customers/?columns=name,source")
    page.locator("td:has(> a[data-cell=source])").click()  # anywhere in it
    page.get_by_role("textbox", name="Source").fill("fair")
    UserSession.objects.all().delete()
    page.keyboard.press("Enter")
    log_in(page, salesperson)
    expect(page.get_by_role("textbox", name="Source")).to_have_value("fair")
    page.keyboard.press("Escape")
    expect(page.get_by_role("textbox", name="Source")).to_have_count(0)
    assert page.evaluate(DRAFTS) == 0

    page.goto(edit)
    page.locator("#id_name").fill("Ada of the long morning")
    page.context.add_cookies([{"name": "csrftoken", "value": "b" * 32, "url": page.evaluate("location.origin")}])
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Send it again").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ada of the long morning")
    assert page.evaluate(DRAFTS) == 0


def test_a_page_left_asks_first_and_offers_it_later_until_logout(page: Page, sign_in: SignIn, salesperson: User, audit):
    questions: list[str] = []

    def accept(dialog: Dialog) -> None:
        questions.append(dialog.type)
        dialog.accept()

    page.on("dialog", accept)
    sign_in(page, salesperson)
    page.goto("/customers/new/")
    page.locator("#id_name").press_sequentially("Bea")
    page.locator("#id_tags").press_sequentially("vip")
    page.goto("/customers/")  # at once
    assert questions == ["beforeunload"]
    page.goto("/customers/new/")
    expect(page.locator("#id_name")).to_have_value("")
    assert audit(page) == []
    page.get_by_role("button", name="Bring them back").click()
    expect(page.locator("#id_name")).to_have_value("Bea")
    expect(page.locator("#id_tags")).to_have_value("vip")
    page.locator("#menu summary").click()
    page.get_by_role("button", name="Log out").click()
    # Where the look for duplicates is answered last, it leads here too, and back to where it was asked.
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()
    assert page.evaluate(DRAFTS) == 0
