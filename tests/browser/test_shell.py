"""What surrounds every page: navigation, drawer, theme, language, toasts, forms that are sent once."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import Page, Route, expect

from accounts.models import Theme, User
from crm.navigation import GROUPS
from tests.browser.scenarios import PHONE_LIGHT, WIDE_AND_PHONE, WIDE_DARK, WIDE_LIGHT
from tests.browser.watching import Watcher

SignIn = Callable[[Page, User], None]

wide = pytest.mark.parametrize("scenario", [WIDE_LIGHT], indirect=True, ids=str)
phone = pytest.mark.parametrize("scenario", [PHONE_LIGHT], indirect=True, ids=str)


@pytest.fixture
def _gallery(settings) -> None:
    settings.ROOT_URLCONF = "tests.browser.gallery"


@pytest.mark.parametrize("scenario", WIDE_AND_PHONE, indirect=True, ids=str)
def test_profile_is_readable_named_and_fits(page: Page, sign_in: SignIn, admin: User, audit_in_both_themes):
    sign_in(page, admin)
    page.goto("/accounts/profile/")
    assert audit_in_both_themes(page) == []


@wide
def test_navigation_shows_where_one_is_and_only_what_one_may_open(page: Page, sign_in: SignIn, salesperson: User):
    sign_in(page, salesperson)
    page.goto("/customers/")
    navigation = page.get_by_role("navigation", name="Main", exact=True)
    expect(navigation.locator("[aria-current=page]")).to_have_text("Customers")
    expect(navigation.get_by_role("link", name="Administration")).to_have_count(0)


@wide
def test_an_admin_finds_the_administration(page: Page, sign_in: SignIn, admin: User):
    sign_in(page, admin)
    page.goto("/accounts/profile/")
    page.get_by_role("link", name="Administration").click()
    expect(page).to_have_url("/admin/")


@wide
def test_the_keyboard_skips_to_the_content(page: Page, sign_in: SignIn, salesperson: User):
    sign_in(page, salesperson)
    page.goto("/accounts/profile/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("navigation", name="On this page").get_by_role("link").first).to_be_focused()


@phone
def test_the_drawer_opens_leads_somewhere_and_closes_on_escape(page: Page, sign_in: SignIn, salesperson: User):
    sign_in(page, salesperson)
    page.goto("/accounts/profile/")
    drawer = page.locator("#menu")
    expect(drawer).to_be_hidden()
    page.get_by_role("button", name="Menu", exact=True).click()
    expect(drawer).to_be_visible()
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()
    page.get_by_role("button", name="Menu", exact=True).click()
    drawer.get_by_role("link", name="Customers").click()
    expect(page).to_have_url("/customers/")


def test_the_drawer_and_the_bar_work_without_scripts(browser, live_server, sign_in: SignIn, salesperson: User):
    context = browser.new_context(
        base_url=live_server.url, viewport={"width": 390, "height": 844}, java_script_enabled=False
    )
    page = context.new_page()
    sign_in(page, salesperson)
    page.goto("/accounts/profile/")
    page.get_by_role("button", name="Menu", exact=True).click()
    expect(page.locator("#menu")).to_be_visible()
    page.get_by_role("button", name="Close the menu").click()
    expect(page.locator("#menu")).to_be_hidden()
    page.get_by_role("navigation", name="Main places").get_by_role("link", name="Customers").click()
    expect(page).to_have_url("/customers/")
    context.close()


@wide
def test_the_theme_changes_at_once_and_stays(page: Page, sign_in: SignIn, salesperson: User):
    sign_in(page, salesperson)
    page.goto("/accounts/profile/")
    page.locator("#menu summary").click()
    with page.expect_response("**/accounts/theme/"):
        page.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page.get_by_role("button", name="Dark")).to_have_attribute("aria-pressed", "true")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"


@pytest.mark.parametrize("scenario", [WIDE_DARK], indirect=True, ids=str)
def test_a_chosen_theme_wins_over_the_devices_and_is_remembered_at_the_login(
    page: Page, sign_in: SignIn, salesperson: User
):
    User.objects.filter(pk=salesperson.pk).update(theme=Theme.LIGHT)
    sign_in(page, salesperson)
    page.goto("/accounts/profile/")
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "light"
    page.context.clear_cookies()
    page.goto("/accounts/login/")
    expect(page.locator("html")).to_have_attribute("data-theme", "light")


@wide
def test_the_language_of_a_user_is_kept(page: Page, sign_in: SignIn, salesperson: User):
    sign_in(page, salesperson)
    page.goto("/accounts/profile/")
    page.locator("#menu summary").click()
    page.get_by_role("button", name="简体中文").click()
    expect(page).to_have_url("/accounts/profile/")
    expect(page.locator("#menu").get_by_role("link", name="客户")).to_be_visible()
    salesperson.refresh_from_db()
    assert salesperson.language == "zh-hans"


@wide
def test_saving_the_profile_says_so_and_the_message_can_be_dismissed(page: Page, sign_in: SignIn, salesperson: User):
    sign_in(page, salesperson)
    page.goto("/accounts/profile/")
    page.get_by_label("Name").fill("Samantha Seller")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("Your profile is saved.")
    expect(page.get_by_role("heading", level=1)).to_have_text("Samantha Seller")
    page.get_by_role("button", name="Dismiss").click()
    expect(page.locator(".toast")).to_have_count(0)


@wide
def test_a_double_click_sends_a_form_once(page: Page, sign_in: SignIn, salesperson: User):
    sign_in(page, salesperson)
    page.goto("/accounts/profile/")
    sent: list[str] = []

    def slowly(route: Route) -> None:
        if route.request.method == "POST":
            sent.append(route.request.url)
            page.wait_for_timeout(300)
        route.continue_()

    page.route("**/accounts/profile/", slowly)
    page.get_by_role("button", name="Save", exact=True).dblclick(no_wait_after=True)
    expect(page.get_by_role("status")).to_contain_text("Your profile is saved.")
    assert len(sent) == 1


@wide
def test_going_back_lets_a_form_be_sent_again(page: Page, sign_in: SignIn, salesperson: User):
    sign_in(page, salesperson)
    page.goto("/accounts/profile/")
    page.get_by_label("Name").fill("Sam the First")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sam the First")
    page.go_back()
    page.get_by_label("Name").fill("Sam the Second")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sam the Second")


@wide
@pytest.mark.usefixtures("_gallery")
def test_menus_close_on_escape_and_on_a_click_elsewhere(page: Page, sign_in: SignIn, admin: User):
    sign_in(page, admin)
    page.goto("/gallery/")
    menu = page.locator("details", has_text="Segment").first
    menu.locator("summary").click()
    expect(menu).to_have_attribute("open", "")
    page.keyboard.press("Escape")
    expect(menu).not_to_have_attribute("open", "")
    expect(menu.locator("summary")).to_be_focused()
    menu.locator("summary").click()
    page.get_by_role("heading", level=1).click()
    expect(menu).not_to_have_attribute("open", "")


@wide
@pytest.mark.usefixtures("_gallery")
def test_the_slash_goes_to_the_search_but_not_out_of_a_field(page: Page, sign_in: SignIn, admin: User):
    sign_in(page, admin)
    page.goto("/gallery/")
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    expect(page.get_by_role("searchbox")).to_have_value("")
    page.get_by_label("Notes").press("/")
    expect(page.get_by_label("Notes")).to_have_value("/")


@wide
@pytest.mark.usefixtures("_gallery")
def test_a_fragment_that_failed_says_so_in_words(page: Page, sign_in: SignIn, admin: User, watcher: Watcher):
    watcher.expect("/gallery/broken/")
    sign_in(page, admin)
    page.goto("/gallery/")
    page.get_by_role("button", name="Fetch").click()
    expect(page.get_by_role("heading", name="Fetched")).to_be_visible()
    page.get_by_role("button", name="Break").click()
    expect(page.get_by_role("status")).to_contain_text("Something went wrong on the server.")
    expect(page.get_by_role("heading", name="Fetched")).to_be_visible()


@wide
@pytest.mark.usefixtures("_gallery")
def test_a_lost_connection_says_so_in_words(page: Page, sign_in: SignIn, admin: User, watcher: Watcher):
    watcher.expect("ERR_INTERNET_DISCONNECTED")
    watcher.expect("console error: htmx:")
    sign_in(page, admin)
    page.goto("/gallery/")
    page.context.set_offline(True)
    page.get_by_role("button", name="Fetch").click()
    expect(page.get_by_role("status")).to_contain_text("The server cannot be reached.")
    page.context.set_offline(False)
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("heading", name="Fetched")).to_be_visible()
    expect(page.locator(".toast", has_text="cannot be reached")).to_have_count(0)


@wide
@pytest.mark.usefixtures("_gallery")
def test_what_a_fragment_did_is_taken_back_in_its_place(page: Page, sign_in: SignIn, admin: User):
    sign_in(page, admin)
    page.goto("/gallery/")
    page.get_by_role("button", name="Do", exact=True).click()
    expect(page.locator("#fetched")).to_have_text("Step")
    page.locator(".toast", has_text="Step is done.").get_by_role("button", name="Undo").click()
    expect(page.locator("#fetched")).to_have_text("un-Step")
    expect(page.locator(".toast", has_text="un-Step is done.")).to_be_visible()
    page.locator(".toast", has_text="un-Step is done.").get_by_role("button", name="Undo").press("Escape")
    expect(page.locator(".toast", has_text="un-Step")).to_have_count(0)


@pytest.mark.parametrize("scenario", WIDE_AND_PHONE, indirect=True, ids=str)
def test_every_place_is_readable_while_it_is_still_empty(
    page: Page, sign_in: SignIn, admin: User, audit_in_both_themes
):
    """On an empty installation: each page says what is missing and what to do."""
    sign_in(page, admin)
    own = [place for group in GROUPS for place in group.places if place.url_name != "admin:index"]
    found = {}
    for place in own:
        page.goto(reverse(place.url_name))
        found[place.url_name] = audit_in_both_themes(page)
    assert found == {place.url_name: [] for place in own}
