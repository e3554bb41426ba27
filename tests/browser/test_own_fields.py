"""A day with custom fields: an admin adds one, writes it on an order, finds the order by it; on both screens."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from customers.models import Customer, CustomField, Order
from tests.browser.scenarios import PHONE_DARK, WIDE_LIGHT
from tests.factories import create_customer, create_order, create_product, create_refund

SignIn = Callable[[Page, User], None]
two_screens = pytest.mark.parametrize("scenario", [WIDE_LIGHT, PHONE_DARK], indirect=True, ids=str)


@pytest.fixture
def order() -> Order:
    ada: Customer = create_customer("Ada Lovelace")
    order = create_order(ada, products=[create_product("Tea"), create_product("A flask of steel")], channel="web")
    create_refund(order=order, on=dt.date(2026, 6, 9), amount="30.00", reason="broken on arrival")
    CustomField.objects.create(key="gift", label="Is a gift", kind="yes_no", applies_to="order", position=1)
    return order


@two_screens
def test_a_field_is_added_written_on_an_order_and_found_by(
    page: Page, sign_in: SignIn, admin: User, order: Order, audit
):
    sign_in(page, admin)
    page.goto("/settings/custom-fields/")
    assert audit(page) == []
    page.get_by_role("link", name="New field (Orders)").click()
    page.get_by_label("Label").fill("Delivery")
    expect(page.get_by_label("Choices")).to_be_hidden()
    page.get_by_label("Kind").select_option("choice")
    page.get_by_label("Choices").fill("Express\nPick-up")
    page.get_by_label("fast to search").check()
    assert audit(page) == []
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("Its index is being made")
    page.get_by_role("button", name="Move Delivery up").click()
    expect(page.locator("tbody tr").first).to_contain_text("Delivery")
    assert audit(page) == []

    page.goto(order.get_absolute_url())
    assert audit(page) == []
    page.get_by_role("link", name="Edit").click()
    page.get_by_label("Delivery").select_option("pick_up")
    assert audit(page) == []
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("definition").filter(has_text="Pick-up")).to_be_visible()

    page.goto("/orders/")
    page.get_by_text("Filters").click()
    page.get_by_role("combobox", name="Delivery").select_option("pick_up")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    assert audit(page) == []
    page.get_by_role("link", name=order.external_id).click()
    page.get_by_role("link", name="Tea").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Tea")
    assert audit(page) == []
    page.goto("/products/")
    assert audit(page) == []
