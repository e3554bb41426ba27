"""A salesperson changes cells of the list by keyboard, then many customers at once, and takes that back."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from customers.models import BulkChange, Customer
from jobs.execution import run_job
from tests.browser.scenarios import PHONE_DARK, WIDE_LIGHT
from tests.factories import create_customer


@pytest.fixture
def customers(manager: User) -> list[Customer]:
    return [create_customer(f"Customer {number}", owner=manager, source="shop") for number in range(1, 6)]


@pytest.mark.parametrize("scenario", [WIDE_LIGHT], indirect=True)
def test_cells_are_edited_by_keyboard_and_many_at_once(
    page: Page, sign_in: Callable[[Page, User], None], manager: User, customers: list[Customer], audit, watcher
) -> None:
    watcher.expect("409")  # the answer to whoever comes second
    sign_in(page, manager)
    page.goto("/customers/?columns=name,source,lifecycle")
    first = page.locator("tbody tr").first
    first.locator("[data-cell=source]").focus()
    page.keyboard.press("F2")
    expect(first.get_by_label("Source", exact=True)).to_be_focused()
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.type("left")
    page.keyboard.press("Escape")
    expect(first.locator("[data-cell=source]")).to_be_focused()
    page.keyboard.press("Enter")
    expect(first.get_by_label("Source", exact=True)).to_be_focused()
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.type("fair")
    page.keyboard.press("Tab")  # saves, and goes on to the stage
    expect(first.get_by_role("combobox", name="Lifecycle stage")).to_be_focused()
    assert Customer.objects.get(pk=customers[0].pk).source == "fair"
    assert audit(page) == []
    first.get_by_role("combobox", name="Lifecycle stage").select_option("former")
    page.keyboard.press("Enter")
    expect(first.get_by_text("Former customer")).to_be_visible()
    page.locator(".toast").last.get_by_role("button", name="Undo").click()
    expect(first.get_by_text("Lead", exact=True)).to_be_visible()

    second = page.locator("tbody tr").nth(1)
    second.locator("[data-cell=source]").click()
    expect(second.get_by_label("Source", exact=True)).to_be_focused()
    Customer.objects.filter(pk=customers[1].pk).update(source="theirs", version=2)
    second.get_by_label("Source", exact=True).fill("mine")
    page.keyboard.press("Enter")
    both = page.get_by_role("dialog", name="This field has been changed meanwhile")
    expect(both).to_contain_text("theirs")
    expect(both.get_by_label("Source", exact=True)).to_have_value("mine")
    page.keyboard.press("Escape")
    expect(both).to_have_count(0)
    expect(second.locator("[data-cell=source]")).to_have_text("theirs")
    Customer.objects.filter(pk=customers[1].pk).update(source="shop", version=3)

    page.get_by_label("Customer 2", exact=True).check()
    page.get_by_label("Customer 4", exact=True).click(modifiers=["Shift"])
    expect(page.get_by_text("Ticked: 3")).to_be_visible()
    assert audit(page) == []
    page.get_by_role("button", name="Edit").click()
    page.get_by_label("Field").select_option("source")
    page.get_by_role("textbox", name="Source").fill("trade fair")
    assert audit(page) == []
    page.get_by_role("button", name="Change 3 customers").click()
    expect(page.get_by_role("heading", name="Source: trade fair")).to_be_visible()
    change = BulkChange.objects.get()
    assert change.job_id
    run_job(change.job_id)
    Customer.objects.filter(pk=customers[3].pk).update(source="by hand")
    page.get_by_role("button", name="Take it back").click()
    expect(page.get_by_role("heading", name="Taking it back")).to_be_visible()
    change.refresh_from_db()
    assert change.undo_job_id
    run_job(change.undo_job_id)
    expect(page.get_by_role("link", name="Customer 4")).to_be_visible()
    assert audit(page) == []
    assert [each.source for each in Customer.objects.order_by("pk")] == ["fair", "shop", "shop", "by hand", "shop"]


@pytest.mark.parametrize("scenario", [PHONE_DARK], indirect=True)
def test_all_that_match_are_chosen_on_a_phone_too(
    page: Page, sign_in: Callable[[Page, User], None], manager: User, customers: list[Customer], audit
) -> None:
    sign_in(page, manager)
    page.goto("/customers/")
    page.get_by_label("All 5 that match").check()
    assert audit(page) == []
    page.get_by_role("button", name="Export").click()
    expect(page.get_by_text("5 customers", exact=True)).to_be_visible()
    assert audit(page) == []
