"""A duplicate is noticed while somebody types, merged, and taken apart again; on a wide screen: `test_a_day`."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from customers.actions import delete_customer
from customers.models import Customer, DuplicatePair, EmailAddress, Merge
from tests.browser.scenarios import PHONE_DARK

SignIn = Callable[[Page, User], None]


@pytest.mark.parametrize("scenario", [PHONE_DARK], indirect=True, ids=str)
def test_a_duplicate_is_noticed_merged_and_taken_apart(page: Page, sign_in: SignIn, admin: User, audit):
    ada = Customer.objects.create(name="Ada Lovelace", website="https://ada.example", lifecycle="customer")
    EmailAddress.objects.create(customer=ada, email="ada@example.org", is_primary=True)
    sign_in(page, admin)
    page.goto("/customers/new/")
    page.get_by_label("Name", exact=False).first.fill("Ada L.")
    restored_beside_what_is_typed(page)
    page.locator("#id_emails-0-email").press_sequentially("ADA@example.org")
    warning = page.get_by_role("region", name="1 customer may be the same")
    expect(warning).to_contain_text("same e-mail")
    expect(warning.get_by_role("button", name="Create anyway")).to_be_visible()
    assert audit(page) == []
    warning.get_by_role("button", name="Merge Ada Lovelace").click()
    expect(page.get_by_role("heading", name="Merge records", level=1)).to_be_visible()
    double = Customer.objects.get(name="Ada L.")
    assert audit(page) == []
    page.get_by_role("radio", name="Name: Ada Lovelace").check()
    page.get_by_role("button", name="Merge", exact=True).click()
    expect(page.get_by_role("heading", name="Ada Lovelace", level=1)).to_be_visible()
    assert Merge.objects.get().absorbed_ids == [double.pk]
    page.goto(double.get_absolute_url())
    expect(page).to_have_url(f"{page.url.split('/customers/')[0]}{ada.get_absolute_url()}")
    page.get_by_role("button", name="Undo merge").click()
    expect(page.get_by_role("status")).to_contain_text("the records are apart again")
    assert set(Customer.objects.filter(deleted_at=None, pk__in=[ada.pk, double.pk])) == {ada, double}
    DuplicatePair.objects.create(first=ada, second=double, score=0.97, reasons=["email", "similar_name"])
    page.goto("/customers/duplicates/")
    expect(page.get_by_text("almost certain")).to_be_visible()
    assert audit(page) == []
    page.get_by_role("button", name="No duplicate").click()
    expect(page.get_by_text("Not searched yet")).to_be_visible()


def restored_beside_what_is_typed(page: Page) -> None:
    """In another tab: the form goes on, and is sent when it is done."""
    gone = Customer.objects.create(name="Grace Hopper")
    EmailAddress.objects.create(customer=gone, email="grace@example.org", is_primary=True)
    delete_customer(customer=gone)
    page.locator("#id_emails-0-email").fill("grace@example.org")
    with page.context.expect_page() as opened:
        page.get_by_role("button", name="Restore Grace Hopper").click()
    expect(opened.value.get_by_role("status")).to_contain_text("Grace Hopper is restored")
    opened.value.close()
    page.locator("#id_emails-0-email").fill("")
