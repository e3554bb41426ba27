"""The palette and the shortcuts, walked by keyboard alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from accounts.models import User
from customers.models import Customer
from tests.browser.scenarios import PHONE_DARK, WIDE_LIGHT
from tests.browser.watching import Watcher

SignIn = Callable[[Page, User], None]
wide = pytest.mark.parametrize("scenario", [WIDE_LIGHT], indirect=True, ids=str)
phone = pytest.mark.parametrize("scenario", [PHONE_DARK], indirect=True, ids=str)  # wide: `test_a_day`


@phone
def test_the_palette_jumps_to_a_customer_and_remembers_them(
    page: Page, sign_in: SignIn, salesperson: User, audit, watcher: Watcher
):
    watcher.expect("console error: htmx:")
    ada, bea = (Customer.objects.create(name=name) for name in ("Ada Lovelace", "Ada Bea"))
    sign_in(page, salesperson)
    page.goto("/accounts/profile/")
    page.keyboard.press("Control+k")
    field = page.get_by_role("combobox", name="Customer, order, page or action")
    expect(field).to_be_focused()
    expect(page.get_by_role("option", name="Customers")).to_be_visible()
    field.press_sequentially("ada")
    expect(page.get_by_role("option", name="Ada Bea")).to_have_attribute("aria-selected", "true")
    expect(page.locator("#palette-count")).to_have_text("Found: 2")
    assert audit(page) == []
    field.press("ArrowDown")
    chosen = page.get_by_role("option", name="Ada Lovelace")
    expect(chosen).to_have_attribute("aria-selected", "true")
    assert field.get_attribute("aria-activedescendant") == chosen.get_attribute("id")
    field.press("Enter")
    expect(page).to_have_url(ada.get_absolute_url())
    page.keyboard.press("Control+k")
    expect(page.get_by_role("option").first).to_contain_text("Ada Lovelace")
    page.keyboard.press("Escape")
    expect(page.locator("#palette")).to_be_hidden()
    assert bea.pk


@wide
def test_enter_waits_for_the_lines_of_what_is_typed_and_an_action_is_done(
    page: Page, sign_in: SignIn, admin: User, watcher: Watcher
):
    watcher.expect("console error: htmx:")  # a request whose answer is wanted no more
    sign_in(page, admin)
    page.goto("/accounts/profile/")

    def slowly(route: Route) -> None:
        page.wait_for_timeout(200)
        route.continue_()

    page.route("**/search/?q=*", slowly)
    page.get_by_role("link", name="Search or jump").click()
    page.keyboard.type("dark")
    page.keyboard.press("Enter")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page).to_have_url("/accounts/profile/")


@wide
def test_a_day_by_keyboard(page: Page, sign_in: SignIn, salesperson: User):
    for name in ("Ada", "Bea", "Cleo"):
        Customer.objects.create(name=name)
    sign_in(page, salesperson)
    page.goto("/accounts/profile/")
    page.keyboard.press("g")
    page.keyboard.press("c")
    expect(page).to_have_url("/customers/")
    page.wait_for_load_state()
    for key in "jjjk":
        page.keyboard.press(key)
    expect(page.get_by_role("link", name="Bea")).to_be_focused()

    # From cell to cell, and into one.
    page.keyboard.press("ArrowRight")
    expect(page.locator("tr", has_text="Bea").locator("[data-cell=owner]")).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("e")
    expect(page.locator("tr", has_text="Cleo").get_by_role("combobox")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("tr", has_text="Cleo").locator("[data-cell=lifecycle]")).to_be_focused()
    page.keyboard.press("ArrowUp")

    page.keyboard.press("o")
    expect(page.get_by_role("heading", level=1)).to_have_text("Bea")
    page.keyboard.press("e")
    expect(page.get_by_role("heading", level=1)).to_have_text("Edit Bea")
    page.locator("#id_name").fill("Bea ")
    page.keyboard.type("gc ?/")  # typed, not obeyed
    page.keyboard.press("Control+s")
    expect(page.get_by_role("heading", level=1)).to_have_text("Bea gc ?/")

    page.keyboard.press("?")
    listed = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(listed).to_contain_text("Edit")
    expect(listed).to_contain_text("Customers")
    page.keyboard.press("e")  # of the page behind the dialog
    page.keyboard.press("Escape")
    expect(listed).to_be_hidden()
    expect(page.get_by_role("heading", level=1)).to_have_text("Bea gc ?/")

    # The list as it was left, from elsewhere; at its beginning, from itself.
    page.goto("/customers/?q=b&sort=-name")
    for keys, address in (("gk", "/tasks/"), ("gc", "/customers/?q=b&sort=-name"), ("gc", "/customers/")):
        for key in keys:
            page.keyboard.press(key)
        expect(page).to_have_url(address)
        page.wait_for_load_state()
    for key in "bjxb":  # for which there is nothing, until one is ticked
        page.keyboard.press(key)
    expect(page.get_by_role("heading", level=1)).to_have_text("Change many customers")


@wide
def test_single_keys_can_be_turned_off_and_density_is_kept(page: Page, sign_in: SignIn, salesperson: User, audit):
    sign_in(page, salesperson)
    page.goto("/accounts/profile/")
    page.get_by_label("Shortcuts of a single key").uncheck()
    page.get_by_label("Density").select_option("compact")
    page.locator("#id_language").select_option("zh-hans")
    page.keyboard.press("Control+s")
    expect(page.get_by_role("status").first).to_contain_text("个人资料已保存。")
    expect(page.locator("html.compact")).to_have_count(1)
    assert audit(page) == []
    page.keyboard.press("g")
    page.keyboard.press("c")
    page.keyboard.press("?")
    expect(page.locator("#shortcuts")).to_be_hidden()
    expect(page).to_have_url("/accounts/profile/")
    page.keyboard.press("Control+k")
    expect(page.locator("#palette")).to_be_visible()
