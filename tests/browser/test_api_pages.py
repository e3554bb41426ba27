"""The pages about the API, in a browser."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from api.models import Webhook
from tests.browser.scenarios import PHONE_DARK, WIDE_LIGHT

two_screens = pytest.mark.parametrize("scenario", [WIDE_LIGHT, PHONE_DARK], indirect=True, ids=str)


@pytest.mark.parametrize("scenario", [WIDE_LIGHT], indirect=True, ids=str)
def test_the_description_is_shown_without_a_network(page: Page, sign_in, admin: User):
    """Swagger UI keeps to the content policy, or the watcher says so."""
    sign_in(page, admin)
    page.goto("/api/v1/docs/")
    operation = page.locator(".opblock").filter(has_text="/api/v1/customers/bulk")
    operation.click()
    expect(operation.get_by_text("Create or change up to 1,000 customers").first).to_be_visible()


@two_screens
def test_a_token_is_made(page: Page, sign_in, admin: User, audit: Callable[[Page], list[str]]):
    sign_in(page, admin)
    page.goto("/tokens/")
    page.get_by_label("Name").fill("shop")
    page.get_by_role("button", name="Make the token").click()
    expect(page.get_by_role("status").filter(has_text="mcrm_")).to_be_visible()
    expect(page.get_by_role("cell", name="shop mcrm_")).to_be_visible()
    assert audit(page) == []


@two_screens
def test_a_webhook_is_made(page: Page, sign_in, admin: User, audit: Callable[[Page], list[str]]):
    sign_in(page, admin)
    page.goto("/webhooks/")
    assert audit(page) == []
    page.get_by_label("Name").fill("Shop")
    page.get_by_label("Address").fill("https://shop.example.org/a-long-path/that-goes-on/and-on/and-on/until-the-end")
    page.get_by_label("Order created").check()
    page.get_by_role("button", name="Make the webhook").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Shop")
    assert audit(page) == []
    assert Webhook.objects.get().occasions == ["order.created"]
