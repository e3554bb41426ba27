"""A seller on a customer's page: a field edited where it stands, two people at once, the timeline, the way back."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from customers.models import Customer
from tests.browser.scenarios import PHONE_DARK
from tests.browser.watching import Watcher
from tests.factories import create_customer, create_event

SignIn = Callable[[Page, User], None]
phone = pytest.mark.parametrize("scenario", [PHONE_DARK], indirect=True, ids=str)  # wide: `test_a_day`
HOSTILE = "<img src=x onerror=alert(1)>"


@phone
def test_a_seller_edits_meets_a_colleague_reads_back_and_restores(
    page: Page, sign_in: SignIn, manager: User, audit: Callable[[Page], list[str]], watcher: Watcher
):
    watcher.expect("409")  # the answer to whoever comes second
    ada = create_customer("Ada", owner=manager, source="fair", email="ada@example.org", orders=30)
    create_customer("Laboratory", kind="organisation")
    for _ in range(3):
        create_event(ada, "view", on=dt.date(2026, 6, 2))
    sign_in(page, manager)
    page.goto(ada.get_absolute_url())
    assert audit(page) == []

    # By keyboard: Escape leaves a field as it was, Enter saves it, and the focus stays where it is edited.
    edit = page.get_by_role("link", name="Edit: Source")
    edit.press("Enter")
    field = page.get_by_role("textbox", name="Source")
    expect(field).to_be_focused()
    field.fill("nothing")
    field.press("Escape")
    expect(field).to_have_count(0)
    edit.press("Enter")
    field.fill(HOSTILE)
    field.press("Enter")
    expect(page.locator("#field-source")).to_contain_text(HOSTILE)
    expect(edit).to_be_focused()
    expect(page).to_have_url(re.compile(rf"/customers/{ada.pk}/$"))
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#field-source")).to_contain_text("fair")

    # By a click on the value.
    page.locator("#field-lifecycle dd").click()
    page.get_by_role("combobox", name="Lifecycle stage").select_option("Customer")
    page.get_by_role("combobox", name="Lifecycle stage").press("Enter")
    expect(page.locator("#field-lifecycle")).to_contain_text("Customer")

    page.get_by_role("link", name="Edit this e-mail").click()
    page.get_by_role("textbox", name="E-mail").fill("lovelace@example.org")
    page.get_by_role("textbox", name="E-mail").press("Enter")
    expect(page.locator("#field-emails")).to_contain_text("lovelace@example.org")
    expect(page.get_by_role("textbox", name="E-mail")).to_have_count(0)

    page.get_by_text("empty fields").first.click()
    page.locator("#field-organisation dd").click()
    organisation = page.get_by_role("combobox", name="Organisation")
    organisation.press_sequentially("Labor")
    expect(page.locator("#customer-suggestions option")).to_have_count(1)
    organisation.press("Escape")
    expect(organisation).to_have_count(0)

    # A colleague saves the same field while it is open: both versions, nothing typed is lost.
    edit.click()
    field.fill("mine")
    Customer.objects.filter(pk=ada.pk).update(source="theirs", version=ada.version + 10)
    field.press("Enter")
    dialog = page.get_by_role("dialog", name="This field has been changed meanwhile")
    expect(dialog).to_contain_text("theirs")
    expect(dialog.get_by_role("textbox")).to_have_value("mine")
    assert audit(page) == []
    dialog.get_by_role("button", name="Save mine over it").click()
    expect(page.locator("#field-source")).to_contain_text("mine")

    # The timeline: further pages come as one reads on; one source alone.
    timeline = page.locator("#timeline")
    expect(timeline.get_by_text("Product view, 3 times")).to_be_visible()
    timeline.get_by_text("What happened before").scroll_into_view_if_needed()
    expect(timeline.get_by_text("Order O")).to_have_count(30)
    timeline.get_by_role("link", name="Events").click()
    expect(timeline.get_by_text("Order O")).to_have_count(0)
    expect(page).to_have_url(re.compile(r"\?show=events$"))
    expect(timeline.get_by_text("Product view, 3 times")).to_be_visible()

    # What the field held before, and who changed it.
    edit.click()
    page.locator("#field-source").get_by_role("link", name="History").click()
    page.get_by_role("button", name="Restore “fair”").last.click()
    expect(page.locator("#field-source")).to_contain_text("fair")
    assert audit(page) == []
