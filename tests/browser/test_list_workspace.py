"""The customer list as a workspace, in a browser: filters by clicking and typing, views, columns, widths, groups."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from customers.models import Customer, SavedFilter
from tests.browser.scenarios import PHONE_DARK, WIDE_LIGHT

SignIn = Callable[[Page, User], None]


@pytest.fixture
def customers() -> None:
    for name, stage in (("Ada", "lead"), ("Bob", "lead"), ("Cleo", "former")):
        Customer.objects.create(name=name, lifecycle=stage)


@pytest.mark.parametrize("scenario", [WIDE_LIGHT], indirect=True, ids=str)
def test_a_view_is_built_saved_and_found_again(page: Page, sign_in: SignIn, manager: User, customers, audit, watcher):
    watcher.expect("422")  # of what is typed wrongly
    sign_in(page, manager)
    page.goto("/customers/")
    table = page.get_by_role("table")

    # By clicking.
    page.get_by_role("link", name="Filter", exact=True).click()
    sheet = page.get_by_role("dialog")
    sheet.get_by_label("What it is about").select_option("lifecycle")
    expect(sheet.get_by_label("How it is compared")).to_be_focused()
    sheet.get_by_label("Value").select_option("lead")
    sheet.get_by_role("button", name="Condition", exact=True).click()
    sheet.get_by_label("What it is about").nth(1).select_option("name")
    sheet.get_by_label("How it is compared").nth(1).select_option("contains")
    sheet.get_by_label("Value").nth(1).fill("ad")
    assert audit(page) == []
    sheet.get_by_role("button", name="Apply", exact=True).click()
    expect(table.get_by_role("row")).to_have_count(2)
    expect(page.get_by_text("Stage is Lead and Name contains")).to_be_visible()

    # By typing, with an error that points at its place first.
    page.get_by_role("link", name="Change it").click()
    typed = sheet.get_by_label("The filter, typed")
    expect(typed).to_have_value('lifecycle = lead and name contains "ad"')
    typed.fill("stage = king")
    sheet.get_by_role("button", name="Apply what is typed").click()
    expect(sheet.locator("mark")).to_have_text("king")
    typed.fill("not stage = former")
    sheet.get_by_role("button", name="Apply what is typed").click()
    expect(table.get_by_role("row")).to_have_count(3)

    # Columns, and a width that is dragged and moved by the keyboard.
    page.get_by_role("link", name="Columns").click()
    for name in ("Segment", "RFM score", "Since last order", "Purchase days", "Spent"):
        sheet.get_by_role("checkbox", name=name, exact=True).uncheck()
    sheet.get_by_role("checkbox", name="City").check()
    sheet.get_by_role("button", name="Move up: City").press("Enter")
    expect(sheet.get_by_role("button", name="Move up: City")).to_be_focused()
    assert audit(page) == []
    sheet.get_by_role("button", name="Apply", exact=True).click()
    expect(page.get_by_role("columnheader", name="City")).to_be_visible()
    sizer = page.get_by_role("separator", name="Width of Owner")
    box = sizer.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 4, box["y"] + 8)
    page.mouse.down()
    page.mouse.move(box["x"] + 84, box["y"] + 8, steps=4)
    page.mouse.up()
    expect(page).to_have_url(re.compile("columns=.*owner%3A"))
    before = int(sizer.get_attribute("aria-valuenow") or 0)
    sizer.press("ArrowLeft")
    expect(page).to_have_url(re.compile(f"owner%3A{before - 20}"))
    expect(sizer).to_be_focused()

    # Saved as a view, shared, a tab; what differs is offered for saving.
    page.get_by_role("link", name="Save as a view").click()
    sheet.get_by_label("Name").fill("Not former")
    sheet.get_by_label("Everybody").check()
    sheet.get_by_role("button", name="Save the view").click()
    tab = page.get_by_role("navigation", name="Views").get_by_role("link", name="Not former")
    expect(tab).to_have_attribute("aria-current", "page")
    expect(page.get_by_role("link", name="Reset")).to_have_count(0)
    page.reload()
    expect(page.locator('col[data-key="owner"]')).to_have_attribute("width", str(before - 20))
    page.get_by_role("columnheader", name="Customer").get_by_role("link").first.click()
    expect(page.get_by_text("Not saved")).to_be_visible()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Not saved")).to_have_count(0)
    assert SavedFilter.objects.get().layout["sort"] == "-name"

    # The way back from a customer leads to the same list.
    page.get_by_role("link", name="Bob").click()
    page.go_back()
    expect(tab).to_have_attribute("aria-current", "page")
    assert audit(page) == []

    # Whichever menu stands at the edge opens within the screen.
    page.set_viewport_size({"width": 800, "height": 900})
    for menu in page.locator("main details.menu:visible").all():
        menu.locator("summary").click()
        expect(menu.locator(".menu-panel")).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize("scenario", [WIDE_LIGHT, PHONE_DARK], indirect=True, ids=str)
def test_groups_filter_and_columns_fit_the_screen(page: Page, sign_in: SignIn, manager: User, customers, audit):
    sign_in(page, manager)
    page.goto("/customers/?by=stage")
    expect(page.get_by_role("rowheader", name="Former customer")).to_be_visible()
    assert audit(page) == []
    sort = page.get_by_text("Sort", exact=True)
    if sort.is_visible():  # where no headings are
        sort.click()
        page.get_by_role("link", name="Stage", exact=True).click()
        expect(page).to_have_url(re.compile("sort="))
    page.get_by_role("link", name="Filter", exact=True).click()
    sheet = page.get_by_role("dialog")
    sheet.get_by_label("What it is about").select_option("bought")
    expect(sheet.get_by_label("at least so many times")).to_be_visible()
    sheet.get_by_role("button", name="Group", exact=True).click()
    assert audit(page) == []
    sheet.get_by_role("link", name="Close").click()
    expect(sheet).to_have_count(0)
    page.get_by_role("link", name="Columns").click()
    expect(sheet.get_by_role("checkbox", name="Tags")).to_be_visible()
    assert audit(page) == []
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Views", exact=True).click()
    expect(page.get_by_text("No views yet")).to_be_visible()
    assert audit(page) == []
