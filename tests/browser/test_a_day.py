"""A whole day in one walk: find, edit beside a colleague, create, merge, change many, keep a view, phone."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from customers.models import BulkChange, Customer, EmailAddress, Merge
from jobs.execution import run_job
from tests.browser.scenarios import PHONE_LIGHT, WIDE_LIGHT
from tests.browser.watching import Watcher
from tests.factories import create_customer

Audit = Callable[[Page], list[str]]


@pytest.mark.parametrize("scenario", [WIDE_LIGHT], indirect=True, ids=str)
def test_a_whole_day(
    page: Page, sign_in: Callable[[Page, User], None], manager: User, audit: Audit, watcher: Watcher
) -> None:
    watcher.expect("409")  # the answer to whoever comes second
    watcher.expect("console error: htmx:")  # a request whose answer is wanted no more
    ada = create_customer("Ada Lovelace", owner=manager, source="fair", website="https://ada.example")
    EmailAddress.objects.create(customer=ada, email="ada@example.org", is_primary=True)
    for number in range(1, 6):
        create_customer(f"Customer {number}", owner=manager, source="shop")
    sign_in(page, manager)

    page.goto("/customers/")
    found_by_palette(page, ada)
    edited_beside_a_colleague(page, ada, audit)
    double = created_as_a_duplicate_and_merged(page, ada, audit)
    taken_apart(page, ada, double)
    many_changed(page, audit)
    kept_as_a_view(page, audit)
    read_on_a_phone(page, audit)


def found_by_palette(page: Page, ada: Customer) -> None:
    page.keyboard.press("Control+k")
    field = page.get_by_role("combobox", name="Customer, order, page or action")
    expect(field).to_be_focused()
    field.press_sequentially("lovelace")
    expect(page.get_by_role("option", name="Ada Lovelace")).to_have_attribute("aria-selected", "true")
    field.press("Enter")
    expect(page).to_have_url(ada.get_absolute_url())


def edited_beside_a_colleague(page: Page, ada: Customer, audit: Audit) -> None:
    page.get_by_role("link", name="Edit: Source").click()
    field = page.get_by_role("textbox", name="Source")
    expect(field).to_be_focused()
    field.fill("mine")
    Customer.objects.filter(pk=ada.pk).update(source="theirs", version=ada.version + 10)
    field.press("Enter")
    dialog = page.get_by_role("dialog", name="This field has been changed meanwhile")
    expect(dialog).to_contain_text("theirs")
    expect(dialog.get_by_role("textbox")).to_have_value("mine")
    assert audit(page) == []
    dialog.get_by_role("button", name="Save mine over it").click()
    expect(page.locator("#field-source")).to_contain_text("mine")
    expect(dialog).to_have_count(0)


def created_as_a_duplicate_and_merged(page: Page, ada: Customer, audit: Audit) -> Customer:
    page.goto("/customers/new/")
    page.locator("#id_name").fill("Ada L.")
    page.locator("#id_emails-0-email").press_sequentially("ADA@example.org")
    warning = page.get_by_role("region", name="1 customer may be the same")
    expect(warning).to_contain_text("same e-mail")
    expect(warning.get_by_role("button", name="Create anyway")).to_be_visible()
    assert audit(page) == []
    warning.get_by_role("button", name="Merge Ada Lovelace").click()
    expect(page.get_by_role("heading", name="Merge records", level=1)).to_be_visible()
    assert audit(page) == []
    page.get_by_role("radio", name="Name: Ada Lovelace").check()
    page.get_by_role("button", name="Merge", exact=True).click()
    expect(page.get_by_role("heading", name="Ada Lovelace", level=1)).to_be_visible()
    double = Customer.objects.get(name="Ada L.")
    assert Merge.objects.get().absorbed_ids == [double.pk]
    return double


def taken_apart(page: Page, ada: Customer, double: Customer) -> None:
    page.goto(double.get_absolute_url())
    expect(page).to_have_url(ada.get_absolute_url())
    page.get_by_role("button", name="Undo merge").click()
    expect(page.get_by_role("status")).to_contain_text("the records are apart again")
    assert set(Customer.objects.live().filter(pk__in=[ada.pk, double.pk])) == {ada, double}


def many_changed(page: Page, audit: Audit) -> None:
    page.goto("/customers/?columns=name,source,lifecycle")
    page.get_by_label("Customer 2", exact=True).check()
    page.get_by_label("Customer 4", exact=True).click(modifiers=["Shift"])
    expect(page.get_by_text("Ticked: 3")).to_be_visible()
    assert audit(page) == []
    page.get_by_role("button", name="Edit").click()
    page.get_by_label("Field").select_option("source")
    page.get_by_role("textbox", name="Source").fill("trade fair")
    page.get_by_role("button", name="Change 3 customers").click()
    expect(page.get_by_role("heading", name="Source: trade fair")).to_be_visible()
    change = BulkChange.objects.get()
    assert change.job_id
    run_job(change.job_id)
    expect(page.get_by_role("button", name="Take it back")).to_be_visible()
    assert Customer.objects.filter(source="trade fair").count() == 3


def kept_as_a_view(page: Page, audit: Audit) -> None:
    page.goto("/customers/?columns=name,source")
    page.get_by_role("link", name="Filter", exact=True).click()
    sheet = page.get_by_role("dialog")
    sheet.get_by_label("What it is about").select_option("source")
    expect(sheet.get_by_label("How it is compared")).to_be_focused()
    sheet.get_by_label("Value").fill("trade fair")
    sheet.get_by_label("Value").hover()
    page.mouse.down()
    page.mouse.move(5, 5)
    page.mouse.up()  # what is marked with the mouse may end beside the sheet
    sheet.get_by_role("button", name="Apply", exact=True).click()
    expect(page.get_by_role("table").get_by_role("row")).to_have_count(4)
    page.get_by_role("link", name="Save as a view").click()
    sheet.get_by_label("Name").fill("Met at the fair")
    sheet.get_by_role("button", name="Save the view").click()
    tab = page.get_by_role("navigation", name="Views").get_by_role("link", name="Met at the fair")
    expect(tab).to_have_attribute("aria-current", "page")
    assert audit(page) == []


def read_on_a_phone(page: Page, audit: Audit) -> None:
    page.set_viewport_size({"width": PHONE_LIGHT.width, "height": PHONE_LIGHT.height})
    page.reload()
    expect(page.get_by_role("link", name="Customer 3")).to_be_visible()
    expect(page.get_by_role("link", name="Ada")).to_have_count(0)
    assert audit(page) == []
    page.get_by_role("link", name="Customer 3").click()
    expect(page).to_have_url(re.compile(r"/customers/\d+/"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Customer 3")
    assert audit(page) == []
